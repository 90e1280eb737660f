import type { Evidence } from './evidence.js'
import { weightedSum } from './outputs.js'
import { measureOf, type Report, type Tried, usedOf } from './report.js'

/** What needs no fit: the nearest learnware, and the data-free weights, with their losses on the labelled rows. */
export const dataFreeCandidates = ({ outputs, prior, near, single, scored }: Evidence): Tried[] => [
  { method: 'direct', weight: 0, ...single[near.order[0]] },
  { method: 'average', weight: 0, ...scored(weightedSum(outputs, prior)) },
]

/** Best first. */
export const ranked = (candidates: readonly Tried[]): Tried[] => [...candidates].sort((a, b) => a.loss - b.loss)

/** The report of a method that labelled rows have chosen for, what was tried beside the data-free candidates. */
export const reportOf = (
  found: Evidence,
  weights: ArrayLike<number>,
  told: Pick<Report, 'method' | 'reason' | 'losses'>,
  tried: readonly Tried[],
): Report => ({
  ...told,
  used: usedOf(found.learnwares, weights, found.near, found.single),
  labelled: found.outputs.rows,
  measure: measureOf(found.output),
  failed: found.failed,
  candidates: ranked([...dataFreeCandidates(found), ...tried]),
})
