import type { Matrix } from '../../../src/base/matrix.js'
import { gram } from '../../../src/kernel/gram.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import { quadratic } from '../../../src/qp/quadratic.js'
import type { Problem } from './problem.js'

/** Φ̂ at points anywhere, f64. */
export const meanAt = ({ X, gamma }: Problem, points: Matrix): Float64Array => {
  const values = gram(points, X, gaussian(gamma)).data
  return Float64Array.from({ length: points.rows }, (_, j) => {
    let sum = 0
    for (let i = 0; i < X.rows; i++) sum += values[j * X.rows + i]
    return sum / X.rows
  })
}

/** ‖Φ̂ − Σ w_j k(z_j, ·)‖ for points anywhere. */
export const placedError = (problem: Problem, points: Matrix, weights: ArrayLike<number>): number => {
  const mean = meanAt(problem, points)
  const G = gram(points, undefined, gaussian(problem.gamma)).data
  let value = problem.self
  for (let a = 0; a < points.rows; a++) {
    let sum = -2 * mean[a]
    for (let b = 0; b < points.rows; b++) sum += weights[b] * G[a * points.rows + b]
    value += weights[a] * sum
  }
  return Math.sqrt(Math.max(0, value))
}

/** The best weights for points anywhere, on the cone. */
export const placedWeights = (problem: Problem, points: Matrix): Float64Array =>
  quadratic(gram(points, undefined, gaussian(problem.gamma)), meanAt(problem, points), { constraint: 'cone' }).weights

/** The share of rows nearest to each point. */
export const shares = ({ X }: Problem, points: Matrix): Float64Array => {
  const { columns: d } = X
  const counts = new Float64Array(points.rows)
  for (let i = 0; i < X.rows; i++) {
    let best = 0
    let least = Number.POSITIVE_INFINITY
    for (let j = 0; j < points.rows; j++) {
      let distance = 0
      for (let k = 0; k < d; k++) distance += (X.data[i * d + k] - points.data[j * d + k]) ** 2
      if (distance < least) {
        least = distance
        best = j
      }
    }
    counts[best] += 1 / X.rows
  }
  return counts
}
