import { type Matrix, takeRows } from '../../base/matrix.js'
import { permutation, uniforms } from '../../base/random.js'
import { gammaByDimension } from '../../kernel/bandwidth.js'
import { gram } from '../../kernel/gram.js'
import { gaussian } from '../../kernel/kernel.js'
import { choleskySolve } from '../../qp/cholesky.js'
import type { KernelState } from './fit-state.js'
import { type Fold, partition } from './folds.js'
import {
  type Choice,
  type Learner,
  type Predict,
  type Setting,
  scatter,
  squaredError,
  type Trial,
  walk,
} from './learner.js'
import { block, type Dense, meansOf, shifted, times, transposeTimes } from './product.js'

/** Multiples of gamma = 1/(4d), and ridge parameters from stiff to loose. */
const multiples = [1 / 16, 1 / 4, 1, 4]
const lambdas = [100, 30, 10, 3, 1, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4]

/** Without folds, up to so many rows each is left out in turn; above, three folds. */
const rowsForEveryRow = 200
/** Settings are chosen on at most so many rows. */
const rowsForChoice = 500
/** Up to so many rows each is a basis point; above, fits stand on `basisPoints`. */
export const mostRows = 1000
const basisPoints = 400

/**
 * Kernel ridge regression with an intercept that is not penalised, f(x) = b + Σ α_i k(x_i, x), Gaussian kernel: gamma from
 * {1/16, 1/4, 1, 4} / (4d) and λ from 100 … 1e-4 by squared error. Settings are chosen on at most 500 seeded rows; above
 * 1,000 rows a fit stands on 400 seeded basis points (subset of regressors).
 */
export const kernelRidgeLearner = (): Omit<Learner, 'fit'> & { readonly fit: typeof fitKernel } => ({
  name: 'kernel ridge',
  choose: (X, Y, folds) => {
    if (X.rows <= rowsForChoice) return chooseKernel(X, Y, folds)
    const some = permutation(uniforms(X.rows), X.rows, rowsForChoice).sort()
    const { setting } = chooseKernel(takeRows(X, some), takeRows(Y, some), partition(rowsForChoice, 3, 0))
    const data = new Float64Array(Y.data.length)
    for (const { fit, judge } of folds ?? partition(X.rows, 3, 0)) {
      scatter(fitKernel(takeRows(X, fit), takeRows(Y, fit), setting)(takeRows(X, judge)), judge, data)
    }
    return { setting, outOfSample: { rows: Y.rows, columns: Y.columns, data } }
  },
  fit: fitKernel,
})

const chooseKernel = (X: Matrix, Y: Matrix, folds: readonly Fold[] | undefined): Choice => {
  let best: (Trial<number> & { gamma: number }) | undefined
  for (const multiple of multiples) {
    const gamma = multiple * gammaByDimension(X.columns)
    const K = gram(X, undefined, gaussian(gamma))
    const judge =
      folds === undefined && X.rows <= rowsForEveryRow ? leftOut(K, Y) : held(K, Y, folds ?? partition(X.rows, 3, 0))
    const trial = walk(lambdas, judge, (predicted) => squaredError(predicted, Y))
    if (best === undefined || trial.error < best.error) best = { ...trial, gamma }
  }
  const { gamma, setting, outOfSample } = best as Trial<number> & { gamma: number }
  return { setting: { gamma, lambda: setting }, outOfSample }
}

function fitKernel(X: Matrix, Y: Matrix, { gamma, lambda }: Setting): Expansion {
  const kernel = gaussian(gamma)
  if (X.rows <= mostRows) {
    const { alpha, intercept } = dual(problemOf(gram(X, undefined, kernel), Y), lambda)
    return expansion(gamma, X, alpha, intercept)
  }
  const basis = takeRows(X, permutation(uniforms(X.rows), X.rows, basisPoints))
  const mean = meansOf(Y)
  const across = gram(X, basis, kernel)
  const inner = transposeTimes(across, across)
  const between = gram(basis, undefined, kernel)
  for (let e = 0; e < inner.data.length; e++) inner.data[e] += lambda * between.data[e]
  const alpha = choleskySolve(inner, transposeTimes(across, shifted(Y, mean, -1)), { ridge: 1e-9 * X.rows })
  return expansion(gamma, basis, alpha, mean)
}

/** A fitted {@link kernelRidgeLearner}. */
export interface Expansion extends Predict {
  readonly state: () => KernelState
}

const expansion = (gamma: number, basis: Matrix, alpha: Dense, intercept: Float64Array): Expansion => {
  const kernel = gaussian(gamma)
  return Object.assign((Z: Matrix) => shifted(times(gram(Z, basis, kernel), alpha), intercept, 1), {
    state: (): KernelState => ({ kind: 'kernel', gamma, basis: basis.data, alpha: alpha.data, intercept }),
  })
}

/** A kernel ridge regression from its state. */
export const kernelRidgeFrom = ({ gamma, basis, alpha, intercept }: KernelState): Expansion => {
  const rows = alpha.length / intercept.length
  return expansion(
    gamma,
    { rows, columns: basis.length / rows, data: basis },
    { rows, columns: intercept.length, data: alpha },
    intercept,
  )
}

/** HKH with H the projection off the constant vector, which frees the intercept of the penalty; and centred targets. */
interface Problem {
  readonly inner: Dense
  readonly meansK: Float64Array
  readonly y: Dense
  readonly meanY: Float64Array
}

const problemOf = (K: Matrix, Y: Matrix): Problem => {
  const n = K.rows
  const meansK = meansOf(K)
  const meanY = meansOf(Y)
  let all = 0
  for (let i = 0; i < n; i++) all += meansK[i] / n
  const data = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) data[i * n + j] = K.data[i * n + j] - meansK[i] - meansK[j] + all
  return { inner: { rows: n, columns: n, data }, meansK, y: shifted(Y, meanY, -1), meanY }
}

/** (HKH + λI)α = y; α sums to 0, so that the centring falls away: f = b + Kα with b = mean y − (mean row of K)α. */
const dual = ({ inner, meansK, y, meanY }: Problem, ridge: number): { alpha: Dense; intercept: Float64Array } => {
  const alpha = choleskySolve(inner, y, { ridge })
  const level = times({ rows: 1, columns: meansK.length, data: meansK }, alpha).data
  return { alpha, intercept: meanY.map((value, j) => value - level[j]) }
}

/** Each row without itself: y − λα / (λ·diag(HKH + λI)⁻¹ − 1/n). */
const leftOut = (K: Matrix, Y: Matrix): ((lambda: number) => Matrix) => {
  const n = K.rows
  const { columns } = Y
  const { inner, y } = problemOf(K, Y)
  const width = n + columns
  const right = new Float64Array(n * width)
  for (let i = 0; i < n; i++) {
    right[i * width + i] = 1
    right.set(y.data.subarray(i * columns, (i + 1) * columns), i * width + n)
  }
  return (ridge) => {
    const { data: solved } = choleskySolve(inner, { rows: n, columns: width, data: right }, { ridge })
    const data = new Float64Array(n * columns)
    for (let i = 0; i < n; i++) {
      const share = Math.max(ridge * solved[i * width + i] - 1 / n, 1e-10)
      for (let j = 0; j < columns; j++) {
        data[i * columns + j] = Y.data[i * columns + j] - (ridge * solved[i * width + n + j]) / share
      }
    }
    return { rows: n, columns, data }
  }
}

const held = (K: Matrix, Y: Matrix, folds: readonly Fold[]): ((lambda: number) => Matrix) => {
  const parts = folds.map(({ fit, judge }) => ({
    problem: problemOf(block(K, fit, fit), takeRows(Y, fit)),
    judge,
    across: block(K, judge, fit),
  }))
  return (lambda) => {
    const data = new Float64Array(Y.data.length)
    for (const { problem, judge, across } of parts) {
      const { alpha, intercept } = dual(problem, lambda)
      scatter(shifted(times(across, alpha), intercept, 1), judge, data)
    }
    return { rows: Y.rows, columns: Y.columns, data }
  }
}
