import type { Matrix } from '../../base/matrix.js'
import { densityOf } from '../density.js'
import { largest, type Member, type Selector } from './mimic.js'

/** Σ_l w_l Φ_l(x) at every row: how well the members' embeddings together know it. */
export const densityIn = (members: readonly Member[], X: Matrix): Float64Array => {
  const sums = new Float64Array(X.rows)
  for (const { learnware, weight } of members) {
    densityOf(learnware.specification.embedding, X).forEach((value, i) => {
      sums[i] += weight * value
    })
  }
  return sums
}

/** The density below which a row lies outside every support: for each member the quantile of its mimic rows, and the least of those. */
export const supportLevel = (members: readonly Member[], mimic: readonly Matrix[], quantile: number): number =>
  mimic.reduce((least, X) => {
    const sorted = densityIn(members, X).sort()
    return Math.min(least, sorted[Math.floor(quantile * (sorted.length - 1))])
  }, Number.POSITIVE_INFINITY)

/** The share of every member's mimic rows that a selector sends elsewhere. */
export const selectorErrors = (selector: Selector, mimic: readonly Matrix[]): Float64Array =>
  Float64Array.from(mimic, (X, l) => {
    const shares = selector(X)
    let wrong = 0
    for (let i = 0; i < X.rows; i++) if (largest(shares, mimic.length, i) !== l) wrong++
    return wrong / X.rows
  })
