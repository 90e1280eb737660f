import { options, whole } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { ModelOutput } from '../../learnware/model.js'
import type { Rows } from '../../specification/rows/table.js'
import type { Requirement } from '../../specification/specification.js'
import { compose, type ReusedModel } from '../compose.js'
import { freeWeights } from '../ensemble.js'
import { checkedOptions, evidence, type LabelledOptions, labelledOptions } from '../evidence.js'
import { reportOf } from '../evidence-report.js'
import { tableOf } from '../outputs.js'
import { proximity } from '../proximity.js'
import { measureOf, usedOf } from '../report.js'
import { outputOf } from '../target.js'
import { densityEstimate, type Estimate, learnt, servedMean } from './learnt.js'
import { type Boosting, boostedWeights, margins, moreBoost } from './more-boost.js'

/** Options of {@link boost}: without labels, who serves a row is told by densities alone. */
export interface BoostOptions extends Partial<LabelledOptions> {
  /** The user's rows, with or without labels; by default those with labels. */
  readonly rows?: Rows
  /** At most so many learnwares are picked. */
  readonly rounds?: number
}

/** A collective reuse that knows at which rows it is unsure. */
export interface BoostedModel extends ReusedModel {
  /** Σ_l α_l u_l(x) / Σ_l α_l at every row, from −1 (nobody serves it) to 1 (all do). */
  margins(rows: Rows): Float64Array
  /** Positions of the `count` rows whose labels would tell most: those of the smallest |margin|, the least first. */
  toLabel(rows: Rows, count: number): Int32Array
}

/**
 * Collective reuse by the utility of each learnware at each row: f(x) = Σ_l α_l [u_l(x) ≥ 0] f_l(x) / Σ_l α_l [u_l(x) ≥ 0],
 * with usefulness u_l by density (see {@link usefulnessByDensity}), which labels near a row overrule, and weights α by
 * {@link moreBoost} on the user's rows. Where nobody serves a row, all that were picked speak. How far a label speaks is
 * chosen by cross-validation.
 * @throws RangeError where there are neither rows nor labelled ones, or labels that do not fit.
 */
export const boost = async (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  settings: BoostOptions = {},
): Promise<BoostedModel> => {
  const { rows: given, rounds = 20, ...rest } = options(settings, 'options', [...labelledOptions, 'rows', 'rounds'])
  const { labelled, members, weighting } = checkedOptions(rest)
  whole(rounds, 'rounds', 1)
  const output = outputOf(learnwares, labelled?.labels)
  const rows = given ?? labelled?.rows
  if (rows === undefined) {
    throw new ValueError('"rows" expected your rows, to see which learnware serves which of them, got none')
  }
  const table = tableOf(rows, learnwares[0].terms)
  if (labelled === undefined) {
    const near = proximity(learnwares, requirement)
    const estimate = densityEstimate(learnwares, requirement)
    const prior = freeWeights(learnwares, requirement, near, members, weighting)
    const found = moreBoost(estimate(table, all(learnwares)), rounds)
    return boostedModel({ learnwares, output, estimate, found, prior }, (weights, reason) => ({
      method: 'boost',
      reason,
      used: usedOf(learnwares, weights, near),
      labelled: 0,
      measure: measureOf(output),
      candidates: [],
      failed: [],
    }))
  }
  const seen = await evidence(learnwares, requirement, { ...rest, labelled }, 2)
  const { estimate, losses } = await learnt(seen, requirement, table, rounds)
  const found = moreBoost(estimate(table, all(seen.learnwares)), rounds)
  seen.progress(1)
  return boostedModel({ ...seen, estimate, found }, (weights, reason) =>
    reportOf(seen, weights, { method: 'boost', reason, losses }, [{ method: 'boost', weight: 1, ...losses }]),
  )
}

const all = (learnwares: readonly Learnware[]): number[] => learnwares.map((_, l) => l)

interface Found {
  readonly learnwares: readonly Learnware[]
  readonly output: ModelOutput
  readonly estimate: Estimate
  readonly found: Boosting
  /** The weights where no learnware serves any row. */
  readonly prior: Float64Array
}

const boostedModel = (
  { learnwares, output, estimate, found, prior }: Found,
  reportOf: (weights: Float64Array, reason: string) => ReusedModel['report'],
): BoostedModel => {
  const picked = boostedWeights(found)
  const weights = picked ?? prior
  const running = all(learnwares).filter((l) => weights[l] !== 0)
  const marginsOf = (rows: Rows): Float64Array =>
    margins(
      running.map((l) => weights[l]),
      estimate(tableOf(rows, learnwares[0].terms), running),
    )
  const model = compose({
    learnwares,
    weights,
    output,
    join: (run, shares, table) =>
      servedMean(
        run,
        shares,
        estimate(
          table,
          run.ran.map((l) => running[l]),
        ),
      ),
    report: reportOf(
      weights,
      picked
        ? `${found.picks.length} rounds of boosting by which learnware serves which rows; at most ${Math.round(100 * found.bound)}% are served wrongly or not`
        : 'no learnware serves these rows, so the data-free weights stand',
    ),
  })
  return {
    ...model,
    get report() {
      return model.report
    },
    margins: marginsOf,
    toLabel(rows, count) {
      whole(count, 'count', 1)
      const unsure = marginsOf(rows).map(Math.abs)
      return Int32Array.from(unsure, (_, i) => i)
        .sort((a, b) => unsure[a] - unsure[b] || a - b)
        .slice(0, count)
    },
  }
}
