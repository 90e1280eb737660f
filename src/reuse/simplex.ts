import { squaredError } from '../learnware/learner/learner.js'
import { dot } from '../qp/lbfgs.js'
import { quadratic } from '../qp/quadratic.js'
import { type Outputs, weightedSum } from './outputs.js'

/** Strength of the shrinkage towards the prior: as if so many rows had spoken for it. */
export const shrinkage = 30

/**
 * The same where classes are predicted: their squared error moves less with who is right than with who is sure, so that more
 * rows must speak. (On users of the digits kept for tuning, 10 to 150 labels, 300 errs least among 10 … 1000.)
 */
export const classShrinkage = 300

/** Rows from which on 100 of them hold a real's stack. */
const rowsForFirm = 30

/**
 * The same where a real's stack is to stand by itself, or against a blend: 100, and 3000 / n for fewer than 30 rows, since so few
 * hardly tell who is right. (On users of sales and of M5 kept for tuning 300 errs 0.8 % less than 100 in the mean with 10 labels,
 * 150 0.1 to 0.4 % less with 20; with 30 on sales 300 errs 1 % more, and from there to 100 labels 100 errs 1 % less than 30 on both.)
 */
export const firmShrinkage = (rows: number): number => 100 * Math.max(1, rowsForFirm / rows)

/** More rounds than the residual's level needs to settle; where models fit the labels exactly it falls on, and the last round counts. */
const rounds = 20

/**
 * Simplex weights shrunk towards a prior w₀:
 *   min over w ≥ 0, Σw = 1 of ‖Y − Σ_l w_l F_l‖² / n + (strength · s² / n) ‖w − w₀‖²,  s² = ‖Y − Σ_l w_l F_l‖² / n.
 * The penalty weakens as 1/n, and it is measured in the noise that is left, so it needs no scale of y. s² is that of w₀
 * first, then that of the weights found, until it settles: the loss of a prior that is far off is not noise, and would
 * hold the weights at it. `strength` = Infinity gives w₀.
 */
export const shrunkWeights = (
  columns: Outputs,
  targets: Float64Array,
  prior: ArrayLike<number>,
  strength: number = shrinkage,
): Float64Array => {
  const { rows, of } = columns
  const size = of.length
  let weights: Float64Array = Float64Array.from(prior)
  if (size === 1 || strength === Infinity) return weights
  const products = new Float64Array(size * size)
  const answers = of.map((data) => dot(data, targets) / rows)
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) products[i * size + j] = products[j * size + i] = dot(of[i], of[j]) / rows
  }
  const lossOf = (w: Float64Array): number => squaredError({ data: weightedSum(columns, w) }, { rows, data: targets })
  let noise = lossOf(weights)
  for (let round = 0; round < rounds && noise > 0; round++) {
    const penalty = (strength * noise) / rows
    const data = products.map((value, at) => (at % (size + 1) === 0 ? value + penalty : value))
    const linear = answers.map((value, i) => value + penalty * prior[i])
    weights = quadratic({ rows: size, columns: size, data }, linear, { constraint: 'simplex' }).weights
    const left = lossOf(weights)
    if (left > (1 - 1e-4) * noise) break
    noise = left
  }
  return weights
}
