import { quadratic } from '../qp/quadratic.js'
import { squaredLoss } from './loss.js'
import { type Outputs, weightedSum } from './outputs.js'

/** Strength of the shrinkage towards the prior: as if so many rows had spoken for it. */
export const shrinkage = 30

/**
 * Simplex weights shrunk towards a prior w₀:
 *   min over w ≥ 0, Σw = 1 of ‖Y − Σ_l w_l F_l‖² / n + (strength · s² / n) ‖w − w₀‖²,  s² = ‖Y − Σ_l w₀_l F_l‖² / n.
 * The penalty weakens as 1/n, and it is measured in the loss of the prior itself, so it needs no scale of y.
 * `strength` = Infinity gives w₀.
 */
export const shrunkWeights = (
  columns: Outputs,
  targets: Float64Array,
  prior: ArrayLike<number>,
  strength: number = shrinkage,
): Float64Array => {
  const { rows, of } = columns
  const size = of.length
  if (size === 1 || strength === Infinity) return Float64Array.from(prior)
  const noise = squaredLoss(weightedSum(columns, prior), targets, rows)
  // Where the prior is exact its weights cannot be improved on; a penalty of zero would only make the problem singular.
  if (noise === 0) return Float64Array.from(prior)
  const penalty = (strength * noise) / rows
  const data = new Float64Array(size * size)
  const linear = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) data[i * size + j] = data[j * size + i] = dot(of[i], of[j]) / rows
    data[i * size + i] += penalty
    linear[i] = dot(of[i], targets) / rows + penalty * prior[i]
  }
  return quadratic({ rows: size, columns: size, data }, linear, { constraint: 'simplex' }).weights
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
