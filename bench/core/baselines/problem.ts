import type { Matrix } from '../../../src/base/matrix.js'
import { gram } from '../../../src/kernel/gram.js'
import { gaussian } from '../../../src/kernel/kernel.js'

/** Rows to be reduced, with everything that methods which choose among them look up. */
export interface Problem {
  readonly X: Matrix
  readonly gamma: number
  /** K(X, X), f64. */
  readonly K: Float64Array
  /** Φ̂ at every row. */
  readonly mean: Float64Array
  /** ‖Φ̂‖². */
  readonly self: number
}

export const problem = (X: Matrix, gamma: number): Problem => {
  const m = X.rows
  const K = gram(X, undefined, gaussian(gamma)).data as Float64Array
  const mean = new Float64Array(m)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) mean[i] += K[i * m + j]
    mean[i] /= m
  }
  return { X, gamma, K, mean, self: mean.reduce((sum, value) => sum + value, 0) / m }
}

/** ‖Φ̂ − Σ w_i k(x_i, ·)‖² for rows chosen by index, with equal weights unless others are given. */
export const chosenError = (
  { X, K, mean, self }: Problem,
  indices: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number => {
  const n = indices.length
  let value = self
  for (let a = 0; a < n; a++) {
    const row = indices[a] * X.rows
    const weight = weights ? weights[a] : 1 / n
    let sum = -2 * mean[indices[a]]
    for (let b = 0; b < n; b++) sum += (weights ? weights[b] : 1 / n) * K[row + indices[b]]
    value += weight * sum
  }
  return Math.sqrt(Math.max(0, value))
}
