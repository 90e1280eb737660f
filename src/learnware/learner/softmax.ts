import type { Matrix } from '../../base/matrix.js'
import { exp, log } from '../../wasm/scalar.js'

/** Each row becomes exp(factor·s_c) / Σ exp(factor·s), in place; returns Σ over rows of log Σ exp(factor·s). */
export const softmax = ({ rows, columns, data }: Matrix, factor = 1): number => {
  let logs = 0
  for (let i = 0; i < rows; i++) {
    const start = i * columns
    let largest = -Infinity
    for (let c = 0; c < columns; c++) largest = Math.max(largest, factor * data[start + c])
    let sum = 0
    for (let c = 0; c < columns; c++) {
      data[start + c] = exp(factor * data[start + c] - largest)
      sum += data[start + c]
    }
    for (let c = 0; c < columns; c++) data[start + c] /= sum
    logs += largest + log(sum)
  }
  return logs
}

/** Mean of −log p_y over one-hot targets, with p_y at least 1e-6. */
export const logLoss = (P: Matrix, Y: Matrix): number => {
  let sum = 0
  for (let i = 0; i < P.data.length; i++) if (Y.data[i] === 1) sum -= log(Math.max(P.data[i], 1e-6))
  return sum / P.rows
}

/** Probabilities drawn towards the uniform by 1/(n + C): what n labels can not rule out. */
export const smoothed = (P: Matrix, labels: number): Matrix => {
  const share = 1 / (labels + P.columns)
  return { ...P, data: Float64Array.from(P.data, (p) => (1 - share) * p + share / P.columns) }
}
