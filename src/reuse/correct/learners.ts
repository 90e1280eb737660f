import type { Matrix } from '../../base/matrix.js'
import { takeRows } from '../../base/matrix.js'
import { gram } from '../../kernel/gram.js'
import { gaussian } from '../../kernel/kernel.js'
import { boostedTreesLearner } from '../../learnware/learner/boosted-trees.js'
import { block, type Dense, meansOf, shifted, times } from '../../learnware/learner/product.js'
import { type Centred, centredOf, coefficients } from '../../learnware/learner/ridge.js'
import { choleskySolve } from '../../qp/cholesky.js'
import type { Learner, Setting } from './correction.js'

/** Ridge regression with an intercept: min ‖R − 1b' − XB‖² + λ‖B‖². Settings λ = 1000 … 0.3. */
export const ridgeLearner = (X: Matrix): Learner => {
  const known = new WeakMap<Int32Array, Centred>()
  const centred = (rows: Int32Array): Centred => {
    const found = known.get(rows) ?? centredOf(takeRows(X, rows))
    known.set(rows, found)
    return found
  }
  const fit: Learner['fit'] = (rows, residual, width, { lambda }) => {
    const at = centred(rows)
    const { level, left } = levelled(residual, width)
    const B = coefficients(at, left, lambda)
    const bound = bounds(residual, width)
    return (Z) => bound(shifted(times(shifted(Z, at.mean, -1), B), level, 1))
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
    const K = grams.get(g) ?? gram(X, undefined, gaussian(g))
    grams.set(g, K)
    return K
  }
  const dual = (rows: Int32Array, residual: Float64Array, width: number, { gamma: g, lambda }: Setting) => {
    const { level, left } = levelled(residual, width)
    return { level, alpha: choleskySolve(block(gramOf(g), rows, rows), left, { ridge: lambda }) }
  }
  const fit: Learner['fit'] = (rows, residual, width, setting) => {
    const { level, alpha } = dual(rows, residual, width, setting)
    const basis = takeRows(X, rows)
    const bound = bounds(residual, width)
    return (Z) => bound(shifted(times(gram(Z, basis, gaussian(setting.gamma)), alpha), level, 1))
  }
  const judge: Learner['judge'] = (rows, judged, residual, width, setting) => {
    const { level, alpha } = dual(rows, residual, width, setting)
    return bounds(residual, width)(shifted(times(block(gramOf(setting.gamma), judged, rows), alpha), level, 1))
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

/** Boosted trees on the residual, as the own model has them. Settings: 5 … 80 trees. */
export const treesLearner = (X: Matrix): Learner => {
  const { fit: grow } = boostedTreesLearner()
  const fit: Learner['fit'] = (rows, residual, width, { lambda }) => {
    const R = { rows: rows.length, columns: width, data: residual }
    const predict = grow(takeRows(X, rows), R, { rounds: lambda })
    const bound = bounds(residual, width)
    return (Z) => bound(predict(Z) as Dense)
  }
  const judge: Learner['judge'] = (rows, judged, residual, width, setting) =>
    fit(rows, residual, width, setting)(takeRows(X, judged))
  const path = [5, 10, 20, 40, 80].map((rounds) => ({ name: `${rounds} trees`, gamma: 0, lambda: rounds }))
  return { paths: [path], fit, judge }
}

/** A residual's column means, and what is left without them. */
const levelled = (residual: Float64Array, width: number): { level: Float64Array; left: Dense } => {
  const R = { rows: residual.length / width, columns: width, data: residual }
  const level = meansOf(R)
  return { level, left: shifted(R, level, -1) }
}

// Beyond the residuals seen a correction extrapolates, and the learnwares know more there than it does.
const bounds = (residual: Float64Array, width: number): ((values: Dense) => Float64Array) => {
  const low = new Float64Array(width).fill(Infinity)
  const high = new Float64Array(width).fill(-Infinity)
  residual.forEach((value, i) => {
    low[i % width] = Math.min(low[i % width], value)
    high[i % width] = Math.max(high[i % width], value)
  })
  return ({ data }) => data.map((value, i) => Math.min(high[i % width], Math.max(low[i % width], value)))
}
