import { permutation, uniforms } from '../../base/random.js'

/** Row indices of a fold: those it is fitted on and those it is judged on, both rising. */
export interface Fold {
  readonly fit: Int32Array
  readonly judge: Int32Array
}

/**
 * A partition of 0 … n − 1 into at most `count` folds by a seeded order; where `group` is given (the class of each row),
 * rows of one class are dealt one after the other, so that every fold has its share of every class.
 */
export const partition = (n: number, count: number, seed: number, group?: ArrayLike<number>): Fold[] => {
  const order = [...permutation(uniforms(seed), n)]
  if (group) order.sort((a, b) => group[a] - group[b])
  const number = new Int32Array(n)
  order.forEach((row, place) => {
    number[row] = place % count
  })
  const rows = Int32Array.from({ length: n }, (_, i) => i)
  return Array.from({ length: Math.min(count, n) }, (_, k) => ({
    fit: rows.filter((i) => number[i] !== k),
    judge: rows.filter((i) => number[i] === k),
  }))
}
