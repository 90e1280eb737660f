import { type Matrix, takeRows } from '../../base/matrix.js'
import { choleskySolve, logDeterminant } from '../../qp/cholesky.js'
import { log } from '../../wasm/scalar.js'
import { type Fold, partition } from './folds.js'
import { type Learner, type Predict, scatter, squaredError, walk } from './learner.js'
import { type LinearKind, linearFit, linearScores, moved, type Posterior, widened } from './linear.js'
import { type Dense, meansOf, shifted, times, transposed, transposeTimes } from './product.js'

/** Ridge parameters for each row, from stiff to loose; Infinity is the mean of the labels. */
const lambdas = [Infinity, 300, 100, 30, 10, 3, 1, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6]

/** Work (multiplications) up to which each row is left out in turn; above, five folds. */
const workForEveryRow = 2e7

/**
 * Ridge regression with an intercept that is not penalised: min ‖Y − 1b' − XB‖² + nλ‖B‖². It solves for the d
 * coefficients or for the n dual ones, whichever are fewer; λ from 300 … 3e-6 and ∞ by squared error.
 */
export const ridgeLearner = (): Learner => ({
  name: 'ridge',
  choose: (X, Y, folds) => {
    const everyRow = Math.min(X.rows, X.columns) ** 2 * X.rows <= workForEveryRow
    const judge = folds === undefined && everyRow ? leftOut(X, Y) : held(X, Y, folds ?? partition(X.rows, 5, 0))
    const { setting, outOfSample } = walk(lambdas, judge, (predicted) => squaredError(predicted, Y))
    return { setting: { lambda: setting }, outOfSample }
  },
  fit: (X, Y, { lambda }) => fitted(problemOf(X, Y), lambda),
})

/** Centred rows with the smaller of X'X and XX': what every ridge regression on them shares. */
export interface Centred {
  readonly X: Dense
  readonly mean: Float64Array
  readonly dual: boolean
  readonly inner: Dense
}

/** The {@link Centred} of rows of coordinates. */
export const centredOf = (raw: Matrix): Centred => {
  const mean = meansOf(raw)
  return { mean, ...innerOf(shifted(raw, mean, -1)) }
}

const innerOf = (X: Dense): Omit<Centred, 'mean'> => {
  const dual = X.rows < X.columns
  return { X, dual, inner: dual ? times(X, transposed(X)) : transposeTimes(X, X) }
}

/** The minimiser B of ‖Y − XB‖² + ridge·‖B‖² for centred X and Y. */
export const coefficients = ({ X, dual, inner }: Omit<Centred, 'mean'>, Y: Dense, ridge: number): Dense => {
  if (ridge === Infinity) return { rows: X.columns, columns: Y.columns, data: new Float64Array(X.columns * Y.columns) }
  return dual
    ? transposeTimes(X, choleskySolve(inner, Y, { ridge }))
    : choleskySolve(inner, transposeTimes(X, Y), { ridge })
}

interface Problem {
  readonly at: Centred
  readonly Y: Dense
  readonly meanY: Float64Array
}

const problemOf = (X: Matrix, rawY: Matrix): Problem => {
  const meanY = meansOf(rawY)
  return { at: centredOf(X), Y: shifted(rawY, meanY, -1), meanY }
}

const solved = ({ at, Y }: Problem, lambda: number): Dense => coefficients(at, Y, at.X.rows * lambda)

const fitted = (problem: Problem, lambda: number): Predict => {
  const { at, meanY } = problem
  const B = solved(problem, lambda)
  const level = times({ rows: 1, columns: at.X.columns, data: at.mean }, B)
  const intercept = meanY.map((value, j) => value - level.data[j])
  const theta = new Float64Array(B.data.length + intercept.length)
  theta.set(B.data)
  theta.set(intercept, B.data.length)
  return linearFit(theta, squared, at.X.rows)
}

/** ½(ŷ − y)², its scale σ² unknown. */
export const squared: LinearKind = {
  loss: 'squared',
  predict: (theta, Z) => {
    const at = theta.length - theta.length / (Z.columns + 1)
    const B = { rows: Z.columns, columns: theta.length - at, data: theta.subarray(0, at) }
    return shifted(times(Z, B), theta.subarray(at), 1)
  },
  open: (theta) => theta,
  level: meansOf,
  // In units of σ², which no θ tells.
  ridges: () => Array.from({ length: 15 }, (_, k) => 1000 / Math.sqrt(10) ** k),
  posterior: (X, Y) => {
    const at = innerOf(widened(X))
    const size = at.inner.rows
    const determinants = new Map<number, number>()
    const determinant = (ridge: number): number => {
      const found = determinants.get(ridge) ?? logDeterminant(at.inner, ridge) - size * log(ridge)
      determinants.set(ridge, found)
      return found
    }
    const leftBy = (theta: Float64Array): Dense => {
      const scores = linearScores(theta, X)
      return { ...scores, data: scores.data.map((value, e) => Y.data[e] - value) }
    }
    const sum = (values: Float64Array): number => values.reduce((total, value) => total + value * value, 0)
    // With σ² integrated out under the prior 1/σ².
    const evidenceOf = (square: number): number => (-Y.data.length / 2) * log(Math.max(square, Number.MIN_VALUE))
    return Object.assign(
      (mean: Float64Array, ridge: number) => {
        const left = leftBy(mean)
        const { data: delta } = coefficients(at, left, ridge)
        const theta = moved(mean, delta, Y.columns)
        const square = sum(leftBy(theta).data) + ridge * sum(delta)
        return { theta, evidence: evidenceOf(square) - (Y.columns / 2) * determinant(ridge) }
      },
      { at: (theta: Float64Array) => evidenceOf(sum(leftBy(theta).data)) },
    ) satisfies Posterior
  },
}

/** Each row without itself: y − (y − ŷ) / (1 − 1/n − h), h = x'(X'X + nλI)⁻¹x. */
const leftOut = (rawX: Matrix, rawY: Matrix): ((lambda: number) => Matrix) => {
  const problem = problemOf(rawX, rawY)
  const { Y } = problem
  const { X, dual, inner } = problem.at
  const n = X.rows
  const right = dual ? inner : transposed(X)
  return (lambda) => {
    const predicted = times(X, solved(problem, lambda)).data
    const hat = lambda === Infinity ? undefined : choleskySolve(inner, right, { ridge: n * lambda }).data
    for (let i = 0; i < n; i++) {
      let leverage = 1 / n
      if (hat && dual) leverage += hat[i * n + i]
      if (hat && !dual) for (let k = 0; k < X.columns; k++) leverage += X.data[i * X.columns + k] * hat[k * n + i]
      for (let e = i * Y.columns; e < (i + 1) * Y.columns; e++) {
        predicted[e] = rawY.data[e] - (Y.data[e] - predicted[e]) / Math.max(1 - leverage, 1e-10)
      }
    }
    return { rows: n, columns: Y.columns, data: predicted }
  }
}

const held = (X: Matrix, Y: Matrix, folds: readonly Fold[]): ((lambda: number) => Matrix) => {
  const parts = folds.map(({ fit, judge }) => ({
    problem: problemOf(takeRows(X, fit), takeRows(Y, fit)),
    judge,
    Z: takeRows(X, judge),
  }))
  return (lambda) => {
    const data = new Float64Array(Y.data.length)
    for (const { problem, judge, Z } of parts) scatter(fitted(problem, lambda)(Z), judge, data)
    return { rows: Y.rows, columns: Y.columns, data }
  }
}
