import { options, whole } from '../../base/check.js'
import { KindError, shown } from '../../base/error.js'
import type { Losses } from '../../learnware/fit/cross-validation.js'
import { targetsOf } from '../../learnware/learner/target.js'
import type { ModelOutput } from '../../learnware/model.js'
import { encodeTable } from '../../specification/rows/encode.js'
import { type Rows, readTable, rowCount, type Table } from '../../specification/rows/table.js'
import { checkTerms } from '../../specification/specify/terms-check.js'
import type { Terms } from '../../specification/terms.js'
import { reuse } from '../blend/choose.js'
import type { ReusedModel } from '../compose.js'
import { evidence, isOneClass } from '../evidence.js'
import { ranked } from '../evidence-report.js'
import { type Failure, reasonOf } from '../failure.js'
import { tableOf } from '../outputs.js'
import { pauses } from '../pause.js'
import { proximity } from '../proximity.js'
import { measureOf, type Report, type Tried, type Used } from '../report.js'
import { type Labelled, outputOf } from '../target.js'
import { stack, stackModel } from '../weigh/stack.js'
import { type Cut, cutter, fewestRows, labelledParts, type Part, type Search } from './cut.js'
import { gatedModel } from './gated.js'
import { kernelSplit, outputSplit } from './split.js'

/** What {@link divide} takes besides terms and rows. */
export interface DivideOptions {
  /** The learnwares that a requirement needs: `async (r) => market.fetch(await market.search(r))`. */
  readonly search: Search
  /** Labelled rows; with them parts are also cut by what learnwares say, and losses decide. */
  readonly labelled?: Labelled<Rows>
  readonly seed?: number
  readonly signal?: AbortSignal
}

/** A part of a divided task. */
export interface DividedPart {
  /** Its share of the rows. */
  readonly share: number
  /** MMD (not squared) of its rows to the nearest learnware that was found for them. */
  readonly distance: number
  readonly report: Report
}

/** A model of parts, or of the whole where no cut was worth it. */
export interface DividedModel extends ReusedModel {
  /** How the task was cut, and into what; absent where it stayed whole. */
  readonly division?: { readonly by: string; readonly parts: readonly DividedPart[] }
}

/** A cut must bring the squared distance to the nearest learnwares below this part of that of the whole. */
const nearer = 0.7
/** A cut by labels must bring the cross-validated loss below this part of that of the whole. */
const better = 0.9
/** Labels that the weights of a part need. */
const fewestLabels = 10
/** So many of the learnwares nearest to the whole are tried as what cuts it. */
const mostSplitters = 10

/**
 * Cuts a task into parts that different learnwares serve, searches for each part, and sends every row to its part. Without
 * labels two clusters of the rows are parts where Σ share · d² < 0.7 d², d the distance to the nearest learnware found. With
 * labels the groups that one learnware's outputs make are tried, too, and a cut counts by its cross-validated loss, which
 * must be below 0.9 of that of the whole; labels of one class say nothing. A task that no cut helps stays whole.
 * @throws TypeError or RangeError with one sentence for rows, labels or options that do not fit, or where the search for the
 * whole finds nothing; the reason of an abort.
 */
export const divide = async (terms: Terms, rows: Rows, given: DivideOptions): Promise<DividedModel> => {
  options(given, 'options', ['search', 'labelled', 'seed', 'signal'])
  const { search, signal } = given
  if (typeof search !== 'function')
    throw new KindError(`"search" expected a function from a requirement to learnwares, got ${shown(search)}`)
  const seed = whole(given.seed ?? 0, 'seed')
  checkTerms(terms)
  const table = tableOf(rows, terms)
  const { whole: all, cut } = cutter(terms, table, search, { seed, pause: pauses(signal) })
  const task = await all()
  const output = outputOf(task.learnwares, given.labelled?.labels)
  const labelled = given.labelled && { ...given.labelled, rows: tableOf(given.labelled.rows, terms) }
  if (labelled) targetsOf(labelled.labels, output, rowCount(labelled.rows), 'labelled.labels')

  const X = encodeTable(readTable(table, terms.columns), terms)
  const clusters = await cut(kernelSplit(X, terms.kernel, seed))
  const fit = { terms, output, labelled, seed, signal }
  if (labelled === undefined || labelled.labels.length < 2 * fewestLabels || isOneClass(labelled.labels, output)) {
    const isNearer = clusters && spreadOf(clusters) < nearer * task.distance ** 2
    return isNearer ? divided(clusters, fit, []) : undivided(task, fit, [])
  }

  const cuts = [clusters]
  const { order } = proximity(task.learnwares, task.requirement)
  const failed: Failure[] = []
  for (const l of order.subarray(0, mostSplitters)) {
    const learnware = task.learnwares[l]
    const split = await outputSplit(learnware, table, output, fewestRows, signal).catch((error) => {
      signal?.throwIfAborted()
      failed.push({ id: learnware.id, reason: reasonOf(error) })
    })
    if (split) cuts.push(await cut(split))
  }
  const judged: Judged[] = []
  for (const cut of cuts) {
    const entry = cut && (await judgedCut(cut, { ...fit, labelled }, failed))
    if (entry) judged.push(entry)
  }
  judged.sort((a, b) => a.tried.loss - b.tried.loss)
  const { losses } = (await stack(task.learnwares, task.requirement, { labelled, seed, signal })).report
  const tried = [...judged.map(({ tried }) => tried), { method: 'undivided', weight: 0, ...(losses as Losses) }]
  const [best] = judged
  return best && best.tried.loss < better * (losses as Losses).loss
    ? divided(best.cut, fit, tried, failed)
    : undivided(task, fit, tried, failed)
}

interface Fit {
  readonly terms: Terms
  readonly output: ModelOutput
  readonly labelled?: { readonly rows: Table; readonly labels: Labelled<Rows>['labels'] }
  readonly seed: number
  readonly signal?: AbortSignal
}

/** Σ share · d² over the parts. */
const spreadOf = ({ parts }: Cut): number => parts.reduce((sum, { share, distance }) => sum + share * distance ** 2, 0)

interface Judged {
  readonly cut: Cut
  readonly tried: Tried
}

/** A cut with the cross-validated loss of a stack in each part; nothing where a part has too few labels, or none that can predict it. */
const judgedCut = async (
  cut: Cut,
  { terms, labelled, seed, signal }: Fit & Required<Pick<Fit, 'labelled'>>,
  failed: Failure[],
): Promise<Judged | undefined> => {
  const groups = await labelledParts(cut, terms, labelled)
  if (groups.some(({ labels }) => labels.length < fewestLabels)) return undefined
  let sum = 0
  for (const [k, group] of groups.entries()) {
    const { learnwares, requirement } = cut.parts[k]
    try {
      // A part may well hold one class only.
      const found = await evidence(learnwares, requirement, { labelled: group, seed, signal })
      const { losses } = stackModel(found, `the part ${k}`).report
      sum += (losses as Losses).loss * group.labels.length
    } catch (error) {
      signal?.throwIfAborted()
      failed.push({ id: learnwares[0].id, reason: reasonOf(error) })
      return undefined
    }
  }
  const loss = sum / labelled.labels.length
  return { cut, tried: { method: `divided by ${cut.by}`, weight: 0, loss } }
}

const undivided = async (
  { learnwares, requirement }: Part,
  { labelled, seed, signal }: Fit,
  tried: readonly Tried[],
  failed: readonly Failure[] = [],
): Promise<DividedModel> => {
  const model = await reuse(learnwares, requirement, { seed, signal, ...(labelled && { labelled }) })
  return withReport(model, () => ({
    ...model.report,
    candidates: ranked([...model.report.candidates, ...tried]),
    failed: once([...model.report.failed, ...failed]),
  }))
}

/** Every learnware once, with what was said of it first. */
const once = (failed: readonly Failure[]): Failure[] =>
  failed.filter(({ id }, i) => failed.findIndex((failure) => failure.id === id) === i)

const divided = async (
  cut: Cut,
  fit: Fit,
  tried: readonly Tried[],
  failed: readonly Failure[] = [],
): Promise<DividedModel> => {
  const { terms, output, labelled, seed, signal } = fit
  const groups = labelled && (await labelledParts(cut, terms, labelled))
  const parts: { share: number; distance: number; model: ReusedModel }[] = []
  for (const [k, { share, distance, learnwares, requirement }] of cut.parts.entries()) {
    const group = groups?.[k]
    const given = group && group.labels.length > 0 ? { labelled: group } : {}
    parts.push({ share, distance, model: await reuse(learnwares, requirement, { seed, signal, ...given }) })
  }
  const report: Report = {
    method: 'divide',
    reason: `the task was cut into ${parts.length} parts by ${cut.by}`,
    used: usedIn(parts),
    labelled: labelled?.labels.length ?? 0,
    measure: measureOf(output),
    ...(tried.length > 0 && { losses: { loss: tried[0].loss } }),
    candidates: tried.map((entry, i) => ({ ...entry, weight: i === 0 ? 1 : 0 })),
    failed: once(failed),
  }
  const model = gatedModel(terms, parts, cut.gate, output, report)
  const division = {
    by: cut.by,
    parts: parts.map(({ share, distance, model }) => ({ share, distance, report: model.report })),
  }
  return withReport(model, () => model.report, division)
}

const withReport = (model: ReusedModel, report: () => Report, division?: DividedModel['division']): DividedModel => ({
  inputs: model.inputs,
  output: model.output,
  predict: (...given) => model.predict(...given),
  close: () => model.close(),
  get report() {
    return report()
  },
  ...(division && { division }),
})

/** The learnwares of all parts, a weight counted by the share of its part, the heaviest first. */
const usedIn = (parts: readonly { share: number; model: ReusedModel }[]): Used[] => {
  const all = new Map<string, Used>()
  for (const { share, model } of parts) {
    for (const { id, weight, distance } of model.report.used) {
      const known = all.get(id)
      const total = (known?.weight ?? 0) + share * weight
      all.set(id, { id, weight: total, distance: Math.min(known?.distance ?? Infinity, distance ?? Infinity) })
    }
  }
  return [...all.values()].sort((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1))
}
