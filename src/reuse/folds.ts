import { permutation, uniforms } from '../base/random.js'

/** Row indices of one fold: those it is fitted on and those it is judged on. */
export interface Fold {
  readonly fit: Int32Array
  readonly judge: Int32Array
}

/**
 * A partition of 0 … n − 1 into `count` folds by a seeded order. Rows of one class are dealt one after the other, so that
 * every fold has its share of every class (`targets` rows × width; width 1 means a real).
 */
export const foldsOf = (targets: Float64Array, width: number, count: number, seed: number): Fold[] => {
  const n = targets.length / width
  const order = [...permutation(uniforms(seed), n)]
  if (width > 1) {
    const classOf = (i: number): number => targets.subarray(i * width, (i + 1) * width).indexOf(1)
    order.sort((a, b) => classOf(a) - classOf(b))
  }
  const number = new Int32Array(n)
  order.forEach((row, position) => {
    number[row] = position % count
  })
  const rows = Int32Array.from({ length: n }, (_, i) => i)
  return Array.from({ length: Math.min(count, n) }, (_, k) => ({
    fit: rows.filter((i) => number[i] !== k),
    judge: rows.filter((i) => number[i] === k),
  }))
}
