import type { Learnware } from '../../learnware/learnware.js'
import type { Ran } from '../compose.js'
import { type Guide, isRanking } from '../proximity.js'
import { byMoments } from './moments.js'
import { routed } from './routed.js'
import { membersOf, selectionOf } from './selection.js'

/** Part of a learnware's own mimic rows that count as outside, and the seed of those rows, as `route` has them. */
const quantile = 0.01
const seed = 0

/** {@link softRouteOf} where rows can be routed ({@link routeless}). */
export const softRouteAmong = (learnwares: readonly Learnware[], guide: Guide, weights: ArrayLike<number>) =>
  routeless(learnwares, guide, weights) === undefined ? softRouteOf(learnwares, weights) : undefined

/** Why no row can be routed among learnwares with these weights, as a clause; undefined where it can. */
export const routeless = (
  learnwares: readonly Learnware[],
  guide: Guide,
  weights: ArrayLike<number>,
): string | undefined => {
  if (isRanking(guide)) return 'anchors told the order of the learnwares only'
  if (new Set(learnwares.map(({ terms }) => terms.island)).size > 1)
    return 'embeddings of several islands do not compare at a row'
  return Array.from(weights).filter((weight) => weight > 0).length < 2
    ? 'one learnware alone resembles the task'
    : undefined
}

/**
 * Σ_l p_l(x) f_l(x), p the shares at the row of the learnwares with a weight, or these weights where none of them has been;
 * undefined where none of them ran.
 */
export const softRouteOf = (
  learnwares: readonly Learnware[],
  weights: ArrayLike<number>,
): ((ran: Ran) => Float64Array | undefined) => {
  const places = [...learnwares.keys()].filter((l) => weights[l] > 0)
  const members = membersOf(learnwares, weights)
  const selector = byMoments(
    members.map(({ learnware, weight }) => ({ weight, embedding: learnware.specification.embedding })),
  )
  const selection = selectionOf(members, selector, quantile, seed)
  const join = routed(learnwares[0].terms, places.length, 'soft', selection.select)
  return ({ of, table, rows, width }) => {
    const ran = [...places.keys()].filter((at) => of.has(places[at]))
    if (ran.length === 0) return undefined
    const left = Float64Array.from(ran, (at) => weights[places[at]])
    const outputs = ran.map((at) => of.get(places[at]) as Float64Array)
    return join({ rows, width, of: outputs, ran, failed: [] }, left, table)
  }
}
