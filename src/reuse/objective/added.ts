import { type Matrix, takeRows } from '../../base/matrix.js'
import { permutation, uniforms } from '../../base/random.js'
import { gram } from '../../kernel/gram.js'
import type { GaussianKernel } from '../../kernel/kernel.js'
import { lbfgs } from '../../qp/lbfgs.js'
import { basisOf } from '../../rkme/private/basis.js'
import type { Risk } from './risks.js'

/** Features φ(x) in which an added function is linear, δ(x) = w'φ(x), with ‖δ‖ = ‖w‖. */
export interface Delta {
  features(X: Matrix): Matrix
}

/** A kernel function stands on so many of the labelled rows. */
const basisRows = 100

/** The features of a linear function, the coordinates themselves; or of a function in the span of k(x_j, ·), x_j labelled rows. */
export const deltaOf = (kind: 'linear' | 'kernel', X: Matrix, kernel: GaussianKernel, seed: number): Delta => {
  if (kind === 'linear') return { features: (Z) => Z }
  const some = permutation(uniforms(seed), X.rows, Math.min(X.rows, basisRows)).sort()
  const points = takeRows(X, some)
  const { factor } = basisOf(points, kernel)
  const b = points.rows
  return {
    features: (Z) => {
      const K = gram(Z, points, kernel)
      const data = Float64Array.from(K.data)
      for (let row = 0; row < Z.rows * b; row += b) {
        for (let i = 0; i < b; i++) {
          let value = data[row + i]
          for (let j = 0; j < i; j++) value -= factor[i * b + j] * data[row + j]
          data[row + i] = value / factor[i * b + i]
        }
      }
      return { rows: Z.rows, columns: b, data }
    },
  }
}

/** A fitted f(x) = Σ a_l f_l(x) + w'φ(x) + b. */
export interface Added {
  /** w, then a, then b. */
  readonly theta: Float64Array
  readonly a: Float64Array
  scores(phi: Matrix, columns: readonly Float64Array[]): Float64Array
}

const scoresAt = (theta: Float64Array, phi: Matrix, columns: readonly Float64Array[]): Float64Array => {
  const d = phi.columns
  const level = theta[d + columns.length]
  const scores = new Float64Array(phi.rows)
  for (let i = 0; i < phi.rows; i++) {
    let sum = level
    for (let k = 0; k < d; k++) sum += theta[k] * phi.data[i * d + k]
    for (let l = 0; l < columns.length; l++) sum += theta[d + l] * columns[l][i]
    scores[i] = sum
  }
  return scores
}

/** ½‖w‖² + ½‖a − a⁰‖² + C · risk at θ = (w, a, b), with its gradient; b is free. */
export const objectiveOf =
  (phi: Matrix, columns: readonly Float64Array[], y: Float64Array, risk: Risk, start: Float64Array, C: number) =>
  (theta: Float64Array, gradient: Float64Array): number => {
    const d = phi.columns
    const by = new Float64Array(phi.rows)
    let value = C * risk(scoresAt(theta, phi, columns), y, by)
    gradient.fill(0)
    for (let i = 0; i < phi.rows; i++) {
      const slope = C * by[i]
      if (slope === 0) continue
      for (let k = 0; k < d; k++) gradient[k] += slope * phi.data[i * d + k]
      for (let l = 0; l < columns.length; l++) gradient[d + l] += slope * columns[l][i]
      gradient[d + columns.length] += slope
    }
    for (let e = 0; e < d + columns.length; e++) {
      const off = theta[e] - (e < d ? 0 : start[e - d])
      value += 0.5 * off * off
      gradient[e] += off
    }
    return value
  }

/**
 * The minimiser of {@link objectiveOf} on some of the rows, sought from the learnwares alone (w = 0, a = a⁰): some risks have
 * flat places far away, in which a fit that went on from another would stay.
 */
export const fitAdded = (
  phi: Matrix,
  columns: readonly Float64Array[],
  y: Float64Array,
  rows: Int32Array,
  risk: Risk,
  start: Float64Array,
  C: number,
): Added => {
  const part = columns.map((column) => Float64Array.from(rows, (i) => column[i]))
  const targets = Float64Array.from(rows, (i) => y[i])
  const objective = objectiveOf(takeRows(phi, rows), part, targets, risk, start, C)
  const first = new Float64Array(phi.columns + columns.length + 1)
  first.set(start, phi.columns)
  const theta = lbfgs(objective, first, { iterations: 200, tolerance: 1e-5 })
  return {
    theta,
    a: theta.slice(phi.columns, phi.columns + columns.length),
    scores: (phi, columns) => scoresAt(theta, phi, columns),
  }
}
