import { flag, options, whole } from '../../base/check.js'
import { MarketError } from '../../base/error.js'
import { fitOwn, type OwnModel } from '../../learnware/builtin.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { Model } from '../../learnware/model.js'
import { reuse } from '../../reuse/blend/choose.js'
import type { ReusedModel } from '../../reuse/compose.js'
import { localSource } from '../../rkme/rows/driver.js'
import type { Decision } from '../../search/task/decision.js'
import type { RequirementDescription } from '../../specification/description/description.js'
import type { Manifest } from '../../specification/manifest.js'
import type { Rows } from '../../specification/rows/table.js'
import type { Requirement } from '../../specification/specification.js'
import { leastSupport } from '../../specification/specify/guard.js'
import { specifyWith } from '../../specification/specify/specify.js'
import type { Terms } from '../../specification/terms.js'
import type { Market } from '../market.js'
import type { Found } from '../match/match.js'
import { explain, type Tried, triedOf } from './explain.js'
import { checkMarket, type SolvedByAnchors, solveByAnchors } from './few.js'
import type { Outcome } from './outcome.js'
import { sentManifest } from './sent.js'
import { assumedTerms, labelledRows, labelsOf, type Task, taskOf } from './task.js'

/** What {@link solve} takes. */
export interface SolveOptions {
  /** All rows of the task, by column name, or a matrix in the order of the description's inputs. They stay here. */
  readonly rows: Rows
  /** The column to predict, or its values, one for each row; blank cells are rows without a label. */
  readonly target?: string | ArrayLike<unknown>
  /** What is wanted; without it the islands whose columns the rows have are meant. */
  readonly description?: RequirementDescription
  /** How many of the nearest learnwares to fetch. */
  readonly top?: number
  /**
   * Whether anchors are asked where the rows are too few for a requirement and at least five have a label: learnwares come
   * here, and how well they do is told. By default yes.
   */
  readonly anchors?: boolean
  readonly seed?: number
  readonly signal?: AbortSignal
  /** Share of the work that is done, from 0 to 1, and what is being done. */
  readonly onProgress?: (share: number, step: 'specify' | 'search' | 'fetch' | 'reuse') => void
}

/** What {@link solve} answers. */
export interface Solution {
  /** What the search said; `few` where the rows are too few for a requirement, and anchors were asked or nobody. */
  readonly decision: Decision | 'few'
  /** Predicts the target; absent where nobody's model serves and the labels are too few for an own one. */
  readonly model?: ReusedModel | OwnModel
  /** What was assumed, sent, found, tried and chosen, in plain words, one sentence a line. */
  readonly explanation: string
  /** Every byte that left this machine. */
  readonly manifest: Manifest
  /** Every method that was tried on the labelled rows, with its loss, the best first. */
  readonly losses: readonly Tried[]
  readonly requirement?: Requirement
  readonly found?: Found
  /** Where anchors were asked: what was told of them and what was found by it. */
  readonly byAnchors?: Pick<SolvedByAnchors, 'found' | 'report' | 'asked'>
  /** The learnwares that were fetched after a search. */
  readonly learnwares: readonly Learnware[]
  /** Closes the model and the learnwares that it runs. */
  close(): Promise<void>
}

/** What `solve` asks of a market. */
export type SolvingMarket = Pick<Market, 'terms' | 'islands' | 'search' | 'fetch'> &
  Partial<Pick<Market, 'anchors' | 'searchByAnchors'>>

/** With so many labels evidence overrides a search that found nothing near: the blend holds an own model, and decides. */
const enoughToTry = 30

/**
 * One call from rows to a model: it makes the requirement of the rows (here), searches, fetches, and reuses or blends what
 * it found with the labelled rows (here). Rows too few for a requirement are served by anchors ({@link solveByAnchors}). Finding
 * nothing is an answer, not an error.
 * @throws TypeError or RangeError with one sentence for rows, target or description that do not fit; the reason of an abort.
 */
export const solve = async (market: SolvingMarket, given: SolveOptions): Promise<Solution> => {
  options(given, 'options', ['rows', 'target', 'description', 'top', 'anchors', 'seed', 'signal', 'onProgress'])
  checkMarket(market)
  const { description, signal, onProgress = () => {} } = given
  const seed = whole(given.seed ?? 0, 'seed')
  const top = whole(given.top ?? 60, 'top', 1)
  const isAsking = flag(given.anchors ?? true, 'anchors')
  const task = taskOf(given.rows, given.target)
  signal?.throwIfAborted()

  const assumption = description === undefined ? assumedTerms(task, await market.islands()) : undefined
  const terms = description === undefined ? assumption?.terms : await market.terms(description)
  const said = { task, description, assumed: assumption?.sentence }
  if (terms === undefined) return answer({ ...said, decision: 'none' })
  const labels = labelsOf(task, terms.labels)
  const own = () => ownModel(task, labels, terms, { seed, signal })
  if (task.count < Math.max(terms.size.leastRowsRequirement, 30)) {
    // A number that is told stands for as many rows as a point of a requirement.
    const byAnchors =
      isAsking && labels.length >= leastSupport ? await askedAnchors(market, task, labels, terms, given) : undefined
    const model = byAnchors?.model ?? (await own())
    onProgress(1, 'reuse')
    return answer({ ...said, decision: 'few', terms, byAnchors, model })
  }

  // A reduction that starts over with another number of points does not go back.
  let specified = 0
  const requirement = await specifyWith(async (rows) => localSource(rows), terms, given.rows, {
    role: 'requirement',
    seed,
    signal,
    onProgress: ({ iteration, iterations }) => {
      specified = Math.max(specified, (0.3 * iteration) / Math.max(iterations, 1))
      onProgress(specified, 'specify')
    },
  })
  onProgress(0.3, 'search')
  const found = await market.search(requirement, { top, signal })
  const isServed = found.decision !== 'none' || (labels.length >= enoughToTry && (found.ranked[0]?.score ?? 0) > 0)
  const outcome = { ...said, decision: found.decision, terms, requirement, found }
  if (!isServed) return answer({ ...outcome, model: await own() })

  onProgress(0.4, 'fetch')
  const learnwares = await market.fetch(found, { signal })
  try {
    onProgress(0.5, 'reuse')
    const model = await reuse(learnwares, requirement, {
      seed,
      signal,
      onProgress: (share) => onProgress(0.5 + 0.5 * share, 'reuse'),
      ...(labels.length > 0 && { labelled: { rows: labelledRows(task, learnwares[0].terms), labels } }),
    })
    onProgress(1, 'reuse')
    return answer({ ...outcome, learnwares, model })
  } catch (error) {
    await Promise.allSettled(learnwares.map(({ model }) => model.close()))
    throw error
  }
}

/** What anchors lead to; undefined where the market has none to give, or nothing that serves. */
const askedAnchors = async (
  market: SolvingMarket,
  task: Task,
  labels: number[] | string[],
  terms: Terms,
  { description, seed, signal, onProgress = () => {} }: SolveOptions,
): Promise<SolvedByAnchors | undefined> => {
  if (!givesAnchors(market)) return undefined
  let share = 0
  try {
    return await solveByAnchors(market, labelledRows(task, terms), {
      description: description ?? terms.island,
      labels,
      ...(seed !== undefined && { seed }),
      ...(signal && { signal }),
      onProgress: (step) => {
        share += 0.2
        onProgress(share, step === 'reuse' ? 'reuse' : 'search')
      },
    })
  } catch (error) {
    if (error instanceof MarketError && error.code === 'absent') return undefined
    throw error
  }
}

const givesAnchors = (
  market: SolvingMarket,
): market is SolvingMarket & Required<Pick<Market, 'anchors' | 'searchByAnchors'>> =>
  typeof market.anchors === 'function' && typeof market.searchByAnchors === 'function'

/** A model of the labels alone, where they are enough for one and tell at least two values apart. */
const ownModel = async (
  task: Task,
  labels: number[] | string[],
  terms: Terms,
  { seed, signal }: Pick<SolveOptions, 'seed' | 'signal'>,
): Promise<OwnModel | undefined> => {
  if (new Set<number | string>(labels).size < 2) return undefined
  const output: Model['output'] =
    terms.labels.kind === 'classes' ? { kind: 'probabilities', classes: terms.labels.classes } : { kind: 'real' }
  return fitOwn(labelledRows(task, terms), labels, { inputs: terms.columns, output, seed, signal })
}

const answer = (outcome: Outcome): Solution => {
  const { decision, model, requirement, found, byAnchors, learnwares = [] } = outcome
  const manifest = sentManifest(outcome)
  return {
    decision,
    ...(model && { model }),
    explanation: explain(outcome, manifest),
    manifest,
    losses: triedOf(model),
    ...(requirement && { requirement }),
    ...(found && { found }),
    ...(byAnchors && { byAnchors: { found: byAnchors.found, report: byAnchors.report, asked: byAnchors.asked } }),
    learnwares,
    async close() {
      await model?.close()
      await Promise.allSettled(learnwares.map((learnware) => learnware.model.close()))
    },
  }
}
