import { whole } from '../base/check.js'
import type { Embedding } from '../rkme/embedding.js'
import { type Candidate, type ProductTable, productTable } from './products.js'

/** A candidate by its nearness to a requirement. */
export interface Ranked {
  readonly id: string
  /** Position among the candidates. */
  readonly index: number
  /** MMD to the requirement. */
  readonly distance: number
  /** What the order goes by: the distance, and a penalty for a model that performs less well. */
  readonly rank: number
  readonly score: number
}

/** 100 · max(0, 1 − distance²/‖Φ_u‖²): absolute, the same whatever else a market holds. */
export const score = (distance: number, squaredNormOfTarget: number): number =>
  squaredNormOfTarget > 0 ? 100 * Math.max(0, 1 - (distance * distance) / squaredNormOfTarget) : 0

/**
 * The `top` of a table's candidates by distance + penalty, ties by distance, then by id: exact, by one pass over all of them.
 */
export const rank = (
  { candidates, own, linear, norms }: ProductTable,
  penalties: readonly number[] = [],
  top: number = candidates.length,
): Ranked[] =>
  candidates
    .map(({ id }, index) => {
      const distance = Math.sqrt(Math.max(0, own - 2 * linear[index] + norms[index]))
      return { id, index, distance, rank: distance + (penalties[index] ?? 0), score: score(distance, own) }
    })
    .sort((a, b) => a.rank - b.rank || a.distance - b.distance || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
    .slice(0, top)

/**
 * The `top` nearest candidates by MMD, nearest first, ties by id: exact, by one pass over all of them. A penalty is added
 * to a candidate's distance where its place in the order is settled.
 * @throws MarketError `incompatible` where kernels or dimensions differ.
 */
export const nearest = (
  target: Embedding,
  candidates: readonly Candidate[],
  {
    top = 5,
    table = productTable(target, candidates),
    penalties,
  }: { top?: number; table?: ProductTable; penalties?: readonly number[] } = {},
): Ranked[] => rank(table, penalties, whole(top, 'top', 1))
