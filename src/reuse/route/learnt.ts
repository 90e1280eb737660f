import type { GaussianKernel } from '../../kernel/kernel.js'
import { foldsOf, type Losses } from '../../learnware/fit/cross-validation.js'
import { scatter } from '../../learnware/learner/learner.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { Table } from '../../specification/rows/table.js'
import type { Requirement } from '../../specification/specification.js'
import { coordinatesOf } from '../density.js'
import type { Evidence } from '../evidence.js'
import { type Outputs, takeOutputs } from '../outputs.js'
import { moreBoost } from './more-boost.js'
import { kernelsOf, rightAt, type Usefulness, usefulnessByDensity, usefulnessByLabels } from './usefulness.js'

/** The usefulness of the learnwares at some positions, at the rows of a table. */
export type Estimate = (table: Table, positions: readonly number[]) => Usefulness

/** The {@link usefulnessByDensity} of learnwares, at the rows of any table. */
export const densityEstimate =
  (learnwares: readonly Learnware[], requirement: Requirement): Estimate =>
  (table, positions) =>
    usefulnessByDensity(
      positions.map((l) => learnwares[l]),
      requirement,
      table,
    )

/** Usefulness that labels near a row have told of. */
export interface Learnt {
  readonly estimate: Estimate
  /** What boosting puts out for the labelled rows without their own fold, rows × width, and its losses. */
  readonly outOfFold: Float64Array
  readonly losses: Losses
}

/** Usefulness by labels on the rows of a table, with the reach of a label by cross-validation. */
export const learnt = async (
  seen: Evidence,
  requirement: Requirement,
  table: Table,
  rounds: number,
): Promise<Learnt> => {
  const { learnwares, outputs, targets, output } = seen
  const [{ terms }] = learnwares
  const labelled = coordinatesOf(seen.rows)(terms)
  const X = coordinatesOf(table)(terms)
  const right = rightAt(outputs, targets.data, output)
  const densities = usefulnessByDensity(learnwares, requirement, table)
  const there = table === seen.rows ? densities : usefulnessByDensity(learnwares, requirement, seen.rows)
  let best: { kernel: GaussianKernel; outOfFold: Float64Array; losses: Losses } | undefined
  for (const kernel of kernelsOf(terms.kernel)) {
    const outOfFold = new Float64Array(targets.data.length)
    for (const { fit, judge } of foldsOf(seen, seen.folds, seen.seed)) {
      await seen.pause()
      const here = usefulnessByLabels(densities, right, fit, X, labelled, kernel)
      const { alphas } = moreBoost(here, rounds)
      // Where there are no rows but the labelled ones, it is told of them once.
      const at = table === seen.rows ? here : usefulnessByLabels(there, right, fit, labelled, labelled, kernel)
      const judged = at.map((u) => Float64Array.from(judge, (i) => u[i]))
      const weights = alphas.some((alpha) => alpha > 0) ? alphas : seen.prior
      const data = servedMean(takeOutputs(outputs, judge), weights, judged)
      scatter({ columns: outputs.width, data }, judge, outOfFold)
    }
    const losses = seen.scored(outOfFold)
    if (!best || losses.loss < best.losses.loss) best = { kernel, outOfFold, losses }
  }
  const { kernel, outOfFold, losses } = best as NonNullable<typeof best>
  const every = Int32Array.from({ length: outputs.rows }, (_, i) => i)
  const byDensity = densityEstimate(learnwares, requirement)
  const estimate: Estimate = (table, positions) =>
    usefulnessByLabels(
      byDensity(table, positions),
      positions.map((l) => right[l]),
      every,
      coordinatesOf(table)(terms),
      labelled,
      kernel,
    )
  return { estimate, outOfFold, losses }
}

/** The weighted mean of those that serve a row, or of all where none does; the sum of the weights is kept. */
export const servedMean = (
  { rows, width, of }: Outputs,
  weights: ArrayLike<number>,
  usefulness: Usefulness,
): Float64Array => {
  const result = new Float64Array(rows * width)
  let total = 0
  for (let l = 0; l < of.length; l++) total += weights[l]
  for (let i = 0; i < rows; i++) {
    let serving = 0
    for (let l = 0; l < of.length; l++) if (usefulness[l][i] >= 0) serving += weights[l]
    for (let l = 0; l < of.length; l++) {
      if (serving > 0 && usefulness[l][i] < 0) continue
      const weight = weights[l] / (serving > 0 ? serving : total)
      if (weight > 0) for (let e = i * width; e < (i + 1) * width; e++) result[e] += weight * of[l][e]
    }
  }
  return result
}
