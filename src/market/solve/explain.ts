import type { OwnModel } from '../../learnware/builtin.js'
import type { ReusedModel } from '../../reuse/compose.js'
import type { Tried } from '../../reuse/report.js'
import type { Manifest } from '../../specification/manifest.js'
import type { Outcome } from './outcome.js'

export type { Tried } from '../../reuse/report.js'

/** Every method that a model was chosen from, with its loss, the best first. */
export const triedOf = (model: ReusedModel | OwnModel | undefined): Tried[] => {
  if (model === undefined) return []
  if (!isOwn(model)) return [...model.report.candidates]
  const { candidates, chosen } = model.report
  return candidates
    .map(({ name, ...losses }) => ({ method: name, weight: name === chosen ? 1 : 0, ...losses }))
    .sort((a, b) => a.loss - b.loss)
}

/** What was assumed, sent, found, tried and chosen, one sentence a line, for a reader who knows no machine learning. */
export const explain = (outcome: Outcome, sent: Manifest): string =>
  [
    outcome.assumed,
    rowsSentence(outcome),
    sentSentence(outcome, sent),
    foundSentence(outcome),
    unseenSentence(outcome),
    ...modelSentences(outcome),
    adviceSentence(outcome),
  ]
    .filter((sentence) => sentence !== undefined)
    .join('\n')

const rowsSentence = ({ task }: Outcome): string =>
  `You brought ${many(task.count, 'row')}, ${task.labelled.length === 0 ? 'none' : task.labelled.length} of them with a label.`

const sentSentence = ({ requirement, terms, byAnchors }: Outcome, { bytes }: Manifest): string => {
  if (requirement) {
    const { points, samples } = requirement.embedding
    return `${many(bytes, 'byte')} left this machine: ${points.rows} weighted points that stand for your ${samples} rows, and none of the rows.`
  }
  if (terms === undefined) return 'Nothing left this machine.'
  const least = Math.max(terms.size.leastRowsRequirement, 30)
  if (byAnchors) {
    const { anchors } = byAnchors.report
    return (
      `Fewer than ${least} rows would show through what a search sends, so ${many(anchors.length, 'learnware')} of the market came here as anchors: ` +
      `${many(bytes, 'byte')} left this machine, which say how well they do on your labelled rows, and none of the rows.`
    )
  }
  return `Fewer than ${least} rows would show through what a search sends, so nothing was sent and nothing was searched.`
}

const foundSentence = ({ found }: Outcome): string | undefined => {
  if (found === undefined) return undefined
  const [nearest] = found.ranked
  if (nearest === undefined) return 'The market holds no learnware for such a task.'
  const scores = `the nearest resembles your rows at ${score(nearest.score)} of 100`
  const members = found.mixture.members.length
  switch (found.decision) {
    case 'single':
      return `The market has learnwares for your task: ${scores}.`
    case 'mixture':
      return `No single learnware resembles your rows enough (${scores}), but ${members} of them together do, at ${score(found.mixture.score)}.`
    case 'partial':
      return `The market serves a part of your task: ${scores}, ${many(members, 'learnware')} together at ${score(found.mixture.score)}.`
    case 'none':
      return `No learnware of the market resembles your rows: ${scores}.`
  }
}

const unseenSentence = ({ found }: Outcome): string | undefined => {
  if (found === undefined || found.ranked.length === 0 || found.unseen.share < 0.05) return undefined
  const { share, low, high } = found.unseen
  return `About ${percent(share)} of your rows (${percent(low)} to ${percent(high)}) look like no job that the market has seen; predictions there are guesses.`
}

const modelSentences = ({ model, learnwares = [], decision, byAnchors }: Outcome): (string | undefined)[] => {
  if (model === undefined) return ['So there is no model.']
  if (isOwn(model)) {
    const { chosen, labels } = model.report
    return [`The model is one of your own, ${chosen} on your ${labels} labelled rows; no learnware takes part.`]
  }
  const { method, used, labelled, failed } = model.report
  const heavy = used.filter(({ weight }) => weight >= 0.01).length
  return [
    ...(decision === 'none' ? ['With so many labels the learnwares were tried nevertheless.'] : []),
    `${byAnchors ? `By that the market named ${many(byAnchors.found.ranked.length, 'learnware')}` : `${many(learnwares.length, 'learnware')} came here`}; the model is ${named[method] ?? method} of ${many(used.length, 'learnware')}${heavy < used.length ? `, ${heavy} of which count for more than 1%` : ''}.`,
    partsSentence(model),
    lossSentence(model),
    labelled === 0 ? 'Without labels nothing could be measured: label some rows to learn how good it is.' : undefined,
    failed.length > 0
      ? `${many(failed.length, 'learnware')} could not predict your rows and ${failed.length === 1 ? 'was' : 'were'} left out.`
      : undefined,
  ]
}

const named: Readonly<Record<string, string>> = {
  average: 'the weighted average',
  route: 'the average, weighted anew at each row by who knows such rows,',
  stack: 'the average, weighted by your labels,',
  blend: 'a blend, measured on your labels,',
}

/** What each way in a blend does; the others correct what learnwares say. */
const does: Readonly<Record<string, string>> = {
  own: 'a model of your own',
  route: 'learnwares by whose rows are alike',
  boost: 'learnwares by which labels nearby find right',
  stack: 'learnwares weighed by your labels',
  'firm stack': 'learnwares weighed by their rows',
  augment: 'a model of your own that sees what learnwares say',
}

const partsSentence = ({ report: { method, candidates } }: ReusedModel): string | undefined => {
  if (method !== 'blend') return undefined
  const shares = new Map<string, number>()
  for (const { method, weight } of candidates) {
    const what = does[method] ?? 'learnwares corrected by your labels'
    shares.set(what, (shares.get(what) ?? 0) + weight)
  }
  const parts = [...shares].filter(([, share]) => share >= 0.01).sort((a, b) => b[1] - a[1])
  return `In the blend: ${parts.map(([what, share]) => `${percent(share)} ${what}`).join('; ')}.`
}

const lossSentence = ({ report: { losses, candidates, measure, labelled } }: ReusedModel): string | undefined => {
  if (losses === undefined) return undefined
  const own = candidates.find(({ method }) => method === 'own')
  const against =
    own === undefined
      ? ''
      : losses.loss < own.loss
        ? `; that is ${percent(1 - losses.loss / own.loss)} less than a model of your own alone (${number(own.loss)})`
        : `; a model of your own alone comes to ${number(own.loss)}`
  const wrong = losses.error === undefined ? '' : `${percent(losses.error)} of its answers are wrong, and `
  return `On your ${labelled} labelled rows ${wrong}its ${measure} is ${number(losses.loss)}${against}.`
}

const adviceSentence = ({ model, decision, task, byAnchors }: Outcome): string | undefined => {
  if (model === undefined) {
    const kinds = new Set(task.cells.map(String)).size
    if (task.labelled.length > 1 && kinds < 2) return 'All your labels are the same: label rows of other kinds, too.'
    return decision === 'few'
      ? 'Bring more rows, or label at least five of them: then anchors can be asked, and how well some learnwares do is all that the market is told.'
      : 'Label some rows, at least two of different kinds, and a model of your own can be made.'
  }
  if (decision === 'few') {
    return byAnchors
      ? 'More rows make it better: with 30 the market is searched by what they are like.'
      : 'With five labelled rows or more the market can be asked by anchors: how well some learnwares do is all that it is told.'
  }
  const from = model.output.kind === 'real' ? 30 : 10
  return task.labelled.length < from
    ? `More labelled rows make it better: from ${from} on it can be blended with a model of your own.`
    : undefined
}

const isOwn = (model: ReusedModel | OwnModel): model is OwnModel => 'outOfFold' in model

const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
const score = (value: number): string => value.toFixed(0)
const percent = (share: number): string => `${Math.round(100 * share)}%`
const number = (value: number): string => String(Number(value.toPrecision(3)))
