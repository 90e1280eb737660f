import type { Matrix } from '../../../src/base/matrix.js'
import { gram } from '../../../src/kernel/gram.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import { quadratic } from '../../../src/qp/quadratic.js'

/** Points z with their weights β. */
export interface Placed {
  readonly points: Matrix
  readonly weights: Float64Array
}

/**
 * The direction in which the Python package `learnware` 0.4.0 moves point i, as published (`rkme.py`, `_update_z`):
 * −2γβ_i [T1 − 2·T2], T1 = Σ_j β_j k(z_i, z_j)(z_i − z_j), T2 = Σ_s k(z_i, x_s)(z_i − x_s) / m. With `share` 2 for the
 * weight of T1 it is the gradient of ‖Φ̂ − Φ̃‖².
 */
export const direction = (X: Matrix, { points, weights }: Placed, gamma: number, share = 1): Float64Array => {
  const { rows: n, columns: d, data: z } = points
  const KZ = gram(points, undefined, gaussian(gamma)).data
  const KX = gram(points, X, gaussian(gamma)).data
  const result = new Float64Array(n * d)
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < d; k++) {
      let own = 0
      for (let j = 0; j < n; j++) own += weights[j] * KZ[i * n + j] * (z[i * d + k] - z[j * d + k])
      let rows = 0
      for (let s = 0; s < X.rows; s++) rows += KX[i * X.rows + s] * (z[i * d + k] - X.data[s * d + k])
      result[i * d + k] = -2 * gamma * weights[i] * (share * own - (2 * rows) / X.rows)
    }
  }
  return result
}

/** Their weights: the best on the simplex, here by this project's solver instead of Clarabel. */
export const simplexWeights = (X: Matrix, points: Matrix, gamma: number): Float64Array => {
  const cross = gram(points, X, gaussian(gamma)).data
  const c = Float64Array.from({ length: points.rows }, (_, j) => {
    let sum = 0
    for (let s = 0; s < X.rows; s++) sum += cross[j * X.rows + s]
    return sum / X.rows
  })
  return quadratic(gram(points, undefined, gaussian(gamma)), c, { constraint: 'simplex' }).weights
}

/** The package's three steps of 0.1 from given points (it takes k-means centres), with the best weights between. */
export const peerReduction = (X: Matrix, gamma: number, start: Matrix): Placed => {
  let points = start
  let weights = simplexWeights(X, points, gamma)
  for (let step = 0; step < 3; step++) {
    const move = direction(X, { points, weights }, gamma)
    points = { ...points, data: Float64Array.from(points.data, (value, i) => value - 0.1 * move[i]) }
    weights = simplexWeights(X, points, gamma)
  }
  return { points, weights }
}
