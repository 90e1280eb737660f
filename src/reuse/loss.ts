import type { ModelOutput } from '../learnware/model.js'

/** How far predictions are from labels; which of them counts for a choice stands first. */
export interface Losses {
  /** Mean squared error of a real; Brier score of classes, mean over rows of Σ_c (p_c − 1[y = c])². */
  readonly loss: number
  /** Mean of −log p_y, with p_y at least 1e-6. Classes only. */
  readonly logLoss?: number
  /** Share of rows whose likeliest class is not their label. Classes only. */
  readonly error?: number
}

/** Mean over rows of the squared distance ‖ŷ − y‖² (rows × width each). */
export const squaredLoss = (predicted: ArrayLike<number>, y: ArrayLike<number>, rows: number): number => {
  let sum = 0
  for (let i = 0; i < y.length; i++) sum += (predicted[i] - y[i]) ** 2
  return sum / rows
}

/** All losses of proper predictions (rows × width) against targets of the same shape. */
export const losses = (predicted: Float64Array, y: Float64Array, output: ModelOutput): Losses => {
  if (output.kind === 'real') return { loss: squaredLoss(predicted, y, y.length) }
  const width = output.classes.length
  const rows = y.length / width
  let logLoss = 0
  let wrong = 0
  for (let i = 0; i < rows; i++) {
    let best = 0
    let truth = 0
    for (let c = 1; c < width; c++) {
      if (predicted[i * width + c] > predicted[i * width + best]) best = c
      if (y[i * width + c] > y[i * width + truth]) truth = c
    }
    logLoss -= Math.log(Math.max(predicted[i * width + truth], 1e-6))
    if (best !== truth) wrong++
  }
  return { loss: squaredLoss(predicted, y, rows), logLoss: logLoss / rows, error: wrong / rows }
}
