import type { Matrix } from '../../base/matrix.js'
import { logLoss } from '../../learnware/learner/softmax.js'
import { exp, log } from '../../wasm/scalar.js'

/** Exponents from none to sharp. */
const exponents = [1, 1.5, 2, 3, 4, 6, 8]

/** Each row of class scores as probabilities p_c^τ / Σ p^τ, negative scores as 0; a row without any is uniform. */
export const sharpened = (scores: Float64Array, width: number, exponent: number): Float64Array => {
  const result = new Float64Array(scores.length)
  for (let start = 0; start < scores.length; start += width) {
    let largest = 0
    for (let c = start; c < start + width; c++) largest = Math.max(largest, scores[c])
    let sum = 0
    for (let c = start; c < start + width; c++) {
      const share = largest > 0 ? Math.max(scores[c], 0) / largest : 1
      result[c] = exponent === 1 ? share : share > 0 ? exp(exponent * log(share)) : 0
      sum += result[c]
    }
    for (let c = start; c < start + width; c++) result[c] /= sum
  }
  return result
}

/**
 * The exponent τ from 1 … 8 under which scores have the least log loss. A mean of models that know different classes is
 * far less sure than it is right, so that the Brier score would prefer the sure to the right.
 */
export const sharpnessOf = (scores: Float64Array, targets: Matrix): number => {
  const { columns } = targets
  const losses = exponents.map((exponent) =>
    logLoss({ ...targets, data: sharpened(scores, columns, exponent) }, targets),
  )
  return exponents[losses.indexOf(Math.min(...losses))]
}
