import type { Matrix } from '../base/matrix.js'
import { takeRows } from '../base/matrix.js'
import { gram } from '../kernel/gram.js'
import { gaussian } from '../kernel/kernel.js'
import { choleskySolve } from '../qp/cholesky.js'
import type { Fold } from './folds.js'
import { squaredLoss } from './loss.js'
import { takeFlat } from './outputs.js'

/** What is left of the labels once a base has predicted: rows × width. */
export interface Residual {
  readonly width: number
  /** Of all labelled rows, under the base fitted on all of them. */
  readonly all: Float64Array
  /** Of all labelled rows, under the base fitted without fold k. */
  readonly without: readonly Float64Array[]
}

/** A fitted correction: coordinates in, rows × width out, never beyond the residuals it has seen. */
export type Correct = (X: Matrix) => Float64Array

/** The best setting of one kind of learner on a residual. */
export interface Correction {
  readonly setting: string
  /** Out-of-fold corrections of the labelled rows, rows × width. */
  readonly outOfFold: Float64Array
  readonly correct: Correct
}

/** A kind of learner on fixed rows: `path` holds its settings from stiff to loose, one list for every choice of kernel. */
interface Learner {
  readonly paths: readonly (readonly Setting[])[]
  fit(rows: Int32Array, residual: Float64Array, width: number, setting: Setting): Correct
  /** The same fit evaluated on rows of the labelled set itself. */
  judge(rows: Int32Array, judged: Int32Array, residual: Float64Array, width: number, setting: Setting): Float64Array
}

interface Setting {
  readonly name: string
  readonly gamma: number
  readonly lambda: number
}

/**
 * Fits a learner to the residual of a base, its setting taken by cross-validation: fold k is corrected by a fit on the
 * residuals of the base without fold k. The squared loss of base plus correction is convex enough in the stiffness that
 * a path is left once it has risen twice.
 */
export const correction = async (
  learner: Learner,
  residual: Residual,
  folds: readonly Fold[],
  pause: () => Promise<void>,
): Promise<Correction> => {
  const { width, all, without } = residual
  const rows = all.length / width
  let best: { loss: number; setting: Setting; outOfFold: Float64Array } | undefined
  for (const path of learner.paths) {
    let least = Infinity
    let rises = 0
    for (const setting of path) {
      const outOfFold = new Float64Array(all.length)
      const left = new Float64Array(all.length)
      for (let k = 0; k < folds.length; k++) {
        await pause()
        const { fit, judge } = folds[k]
        const corrected = learner.judge(fit, judge, takeFlat(without[k], fit, width), width, setting)
        for (let i = 0; i < judge.length; i++) {
          for (let c = 0; c < width; c++) {
            outOfFold[judge[i] * width + c] = corrected[i * width + c]
            left[judge[i] * width + c] = without[k][judge[i] * width + c]
          }
        }
      }
      const loss = squaredLoss(outOfFold, left, rows)
      if (!best || loss < best.loss) best = { loss, setting, outOfFold }
      rises = loss < least ? 0 : rises + 1
      least = Math.min(least, loss)
      if (rises === 2) break
    }
  }
  const { setting, outOfFold } = best as NonNullable<typeof best>
  const every = Int32Array.from({ length: rows }, (_, i) => i)
  return { setting: setting.name, outOfFold, correct: learner.fit(every, all, width, setting) }
}

/** Ridge regression with an intercept: min ‖R − 1b' − XB‖² + λ‖B‖². Settings λ = 1000 … 0.3. */
export const ridgeLearner = (X: Matrix): Learner => {
  const d = X.columns
  const normal = new WeakMap<Int32Array, { A: Matrix; mean: Float64Array; centred: Matrix }>()
  const normalOf = (rows: Int32Array) => {
    const known = normal.get(rows)
    if (known) return known
    const mean = meanOf(takeRows(X, rows).data, d)
    const centred = centre(takeRows(X, rows), mean)
    const made = { A: product(centred, centred), mean, centred }
    normal.set(rows, made)
    return made
  }
  const coefficients = (rows: Int32Array, residual: Float64Array, width: number, lambda: number) => {
    const { A, mean, centred } = normalOf(rows)
    const level = meanOf(residual, width)
    const R = centre({ rows: rows.length, columns: width, data: residual }, level)
    const B = choleskySolve(A, product(centred, R), { ridge: lambda })
    return { B, mean, level }
  }
  const fit: Learner['fit'] = (rows, residual, width, { lambda }) => {
    const { B, mean, level } = coefficients(rows, residual, width, lambda)
    const bounds = boundsOf(residual, width)
    return (Z) => bounded(plus(times(centre(Z, mean), B), level), bounds)
  }
  const judge: Learner['judge'] = (rows, judged, residual, width, setting) =>
    fit(rows, residual, width, setting)(takeRows(X, judged))
  const path = [1000, 300, 100, 30, 10, 3, 1, 0.3].map((lambda) => ({ name: `lambda ${lambda}`, gamma: 0, lambda }))
  return { paths: [path], fit, judge }
}

/** Kernel ridge on the mean-free residual: α = (K + λI)⁻¹(R − mean), Gaussian kernel. Settings γ, γ/4 and λ = 30 … 0.03. */
export const kernelRidgeLearner = (X: Matrix, gamma: number): Learner => {
  const grams = new Map<number, Matrix>()
  const gramOf = (g: number): Matrix => {
    const known = grams.get(g) ?? gram(X, undefined, gaussian(g), { precision: 'f64' })
    grams.set(g, known)
    return known
  }
  const dual = (rows: Int32Array, residual: Float64Array, width: number, { gamma: g, lambda }: Setting) => {
    const level = meanOf(residual, width)
    const R = centre({ rows: rows.length, columns: width, data: residual }, level)
    return { level, alpha: choleskySolve(block(gramOf(g), rows, rows), R, { ridge: lambda }) }
  }
  const fit: Learner['fit'] = (rows, residual, width, setting) => {
    const { level, alpha } = dual(rows, residual, width, setting)
    const bounds = boundsOf(residual, width)
    const basis = takeRows(X, rows)
    return (Z) =>
      bounded(plus(times(gram(Z, basis, gaussian(setting.gamma), { precision: 'f64' }), alpha), level), bounds)
  }
  const judge: Learner['judge'] = (rows, judged, residual, width, setting) => {
    const { level, alpha } = dual(rows, residual, width, setting)
    return bounded(plus(times(block(gramOf(setting.gamma), judged, rows), alpha), level), boundsOf(residual, width))
  }
  const paths = [gamma, gamma / 4].map((g) =>
    [30, 10, 3, 1, 0.3, 0.1, 0.03].map((lambda) => ({
      name: `gamma ${g.toPrecision(3)}, lambda ${lambda}`,
      gamma: g,
      lambda,
    })),
  )
  return { paths, fit, judge }
}

const meanOf = (data: ArrayLike<number>, width: number): Float64Array => {
  const mean = new Float64Array(width)
  const rows = data.length / width
  for (let i = 0; i < data.length; i++) mean[i % width] += data[i] / rows
  return mean
}

const centre = ({ rows, columns, data }: Matrix, mean: Float64Array): Matrix => ({
  rows,
  columns,
  data: Float64Array.from(data, (value, i) => value - mean[i % columns]),
})

/** A'B. */
const product = (A: Matrix, B: Matrix): Matrix => {
  const data = new Float64Array(A.columns * B.columns)
  for (let r = 0; r < A.rows; r++) {
    for (let i = 0; i < A.columns; i++) {
      const a = A.data[r * A.columns + i]
      if (a === 0) continue
      for (let j = 0; j < B.columns; j++) data[i * B.columns + j] += a * B.data[r * B.columns + j]
    }
  }
  return { rows: A.columns, columns: B.columns, data }
}

/** AB, as plain numbers. */
const times = (A: Matrix, B: Matrix): Float64Array => {
  const result = new Float64Array(A.rows * B.columns)
  for (let r = 0; r < A.rows; r++) {
    for (let i = 0; i < A.columns; i++) {
      const a = A.data[r * A.columns + i]
      for (let j = 0; j < B.columns; j++) result[r * B.columns + j] += a * B.data[i * B.columns + j]
    }
  }
  return result
}

const plus = (data: Float64Array, level: Float64Array): Float64Array => {
  for (let i = 0; i < data.length; i++) data[i] += level[i % level.length]
  return data
}

const block = ({ columns, data }: Matrix, rows: Int32Array, chosen: Int32Array): Matrix => {
  const result = new Float64Array(rows.length * chosen.length)
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < chosen.length; j++) result[i * chosen.length + j] = data[rows[i] * columns + chosen[j]]
  }
  return { rows: rows.length, columns: chosen.length, data: result }
}

const boundsOf = (residual: Float64Array, width: number): { low: Float64Array; high: Float64Array } => {
  const low = new Float64Array(width).fill(Infinity)
  const high = new Float64Array(width).fill(-Infinity)
  residual.forEach((value, i) => {
    low[i % width] = Math.min(low[i % width], value)
    high[i % width] = Math.max(high[i % width], value)
  })
  return { low, high }
}

// Beyond the residuals seen a correction extrapolates, and the learnwares know more there than it does.
const bounded = (data: Float64Array, { low, high }: { low: Float64Array; high: Float64Array }): Float64Array => {
  const width = low.length
  for (let i = 0; i < data.length; i++) data[i] = Math.min(high[i % width], Math.max(low[i % width], data[i]))
  return data
}
