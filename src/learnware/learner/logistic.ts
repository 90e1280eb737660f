import { type Matrix, takeRows } from '../../base/matrix.js'
import { lbfgs } from '../../qp/lbfgs.js'
import { log } from '../../wasm/scalar.js'
import { type Fold, partition } from './folds.js'
import { laplace } from './laplace.js'
import { type Learner, scatter, walk } from './learner.js'
import { type LinearKind, linearFit, linearScores } from './linear.js'
import { meansOf } from './product.js'
import { logLoss, smoothed, softmax } from './softmax.js'
import { classesOf } from './target.js'

/** Penalties from stiff to loose. */
const lambdas = [10, 3, 1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 1e-4]

/**
 * Multinomial logistic regression, min mean −log softmax(b + W'x)_y + ½λ‖W‖² with an intercept that is not penalised, by
 * L-BFGS; λ from 10 … 1e-4 by log loss. Classes without a row get what smoothing leaves them.
 */
export const logisticLearner = (): Learner => ({
  name: 'logistic',
  choose: (X, Y, folds) => {
    const judge = held(X, Y, folds ?? partition(X.rows, 4, 0, classesOf(Y)))
    const { setting, outOfSample } = walk(lambdas, judge, (predicted) => logLoss(predicted, Y))
    return { setting: { lambda: setting }, outOfSample }
  },
  fit: (X, Y, { lambda }) => {
    const descend = path(X, Y)
    let weights = descend(lambdas[0])
    for (const penalty of lambdas) if (penalty >= lambda) weights = descend(penalty)
    return linearFit(weights, entropy, Y.rows)
  },
})

/** Columns of the classes that have a row. */
const present = (Y: Matrix): boolean[] => {
  const found = Array.from({ length: Y.columns }, () => false)
  for (const place of classesOf(Y)) found[place] = true
  return found
}

/**
 * Weights under one penalty after the other, each from the one before; (d + 1) × C, the intercepts last, with one of −Infinity
 * for every class without a row. Only classes with rows are descended on.
 */
const path = (X: Matrix, Y: Matrix): ((lambda: number) => Float64Array) => {
  const places = [...present(Y).entries()].flatMap(([place, known]) => (known ? [place] : []))
  const width = places.length
  const data = new Float64Array(Y.rows * width)
  for (let i = 0; i < Y.rows; i++) {
    places.forEach((place, c) => {
      data[i * width + c] = Y.data[i * Y.columns + place]
    })
  }
  const known = { rows: Y.rows, columns: width, data }
  let weights: Float64Array = new Float64Array((X.columns + 1) * width)
  return (lambda) => {
    weights = lbfgs((w, gradient) => objective(X, known, lambda, w, gradient), weights)
    const all = new Float64Array((X.columns + 1) * Y.columns).fill(-Infinity, X.columns * Y.columns)
    weights.forEach((value, e) => {
      all[Math.floor(e / width) * Y.columns + places[e % width]] = value
    })
    return all
  }
}

const objective = (X: Matrix, Y: Matrix, lambda: number, weights: Float64Array, gradient: Float64Array): number => {
  const { rows, columns: d } = X
  const C = Y.columns
  const scores = linearScores(weights, X)
  let value = 0
  for (let e = 0; e < scores.data.length; e++) if (Y.data[e] === 1) value -= scores.data[e] / rows
  value += softmax(scores) / rows
  gradient.fill(0)
  const residual = new Float64Array(C)
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < C; c++) {
      residual[c] = (scores.data[i * C + c] - Y.data[i * C + c]) / rows
      gradient[d * C + c] += residual[c]
    }
    for (let k = 0, at = 0; k < d; k++) {
      const x = X.data[i * d + k]
      for (let c = 0; c < C; c++, at++) gradient[at] += residual[c] * x
    }
  }
  for (let e = 0; e < d * C; e++) {
    value += 0.5 * lambda * weights[e] * weights[e]
    gradient[e] += lambda * weights[e]
  }
  return value
}

const probabilities = (theta: Float64Array, X: Matrix): Matrix => {
  const scores = linearScores(theta, X)
  softmax(scores)
  return scores
}

/** Weights smaller than this are none: their ridge would leave all bounds. */
const leastSquare = 1e-200

/** −log softmax(xW + b)_y. */
export const entropy: LinearKind = {
  loss: 'entropy',
  predict: (theta, Z, labels) => smoothed(probabilities(theta, Z), labels),
  level: (Y) => meansOf(Y).map((share) => log(share > 0 ? share : 0.5 / (Y.rows + 1))),
  open: (theta, X, Y) => {
    const first = theta.length - Y.columns
    // A class that had no row starts with the chance of half a row.
    const level = softmax(linearScores(theta, X)) / X.rows + log(0.5 / (X.rows + 1))
    const found = present(Y)
    return theta.map((value, e) => (value === -Infinity && found[e - first] ? level : value))
  },
  // In units of what the weights themselves are like.
  ridges: (theta, columns) => {
    const C = theta.length / (columns + 1)
    const weights = theta.subarray(0, columns * C)
    const square = weights.reduce((sum, value) => sum + value * value, 0) / weights.length
    return [0.03, 0.1, 0.3, 1, 3, 10].map((share) => 1 / (share * (square > leastSquare ? square : 1 / columns)))
  },
  posterior: laplace,
}

const held = (X: Matrix, Y: Matrix, folds: readonly Fold[]): ((lambda: number) => Matrix) => {
  const parts = folds.map(({ fit, judge }) => {
    const y = takeRows(Y, fit)
    return { descend: path(takeRows(X, fit), y), judge, Z: takeRows(X, judge) }
  })
  return (lambda) => {
    const data = new Float64Array(Y.data.length)
    for (const { descend, judge, Z } of parts) {
      scatter(smoothed(probabilities(descend(lambda), Z), Y.rows - judge.length), judge, data)
    }
    return { rows: Y.rows, columns: Y.columns, data }
  }
}
