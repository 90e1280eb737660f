import type { Dense } from '../../learnware/learner/product.js'

/** How predictions and true classes meet, by weight; `hit[c] ≤ predicted[c], actual[c]`. */
export interface Confusion {
  readonly total: number
  readonly hit: Float64Array
  readonly predicted: Float64Array
  readonly actual: Float64Array
}

/** The place of the largest of each row, the first of equals. */
export const likeliest = (data: ArrayLike<number>, width: number): Int32Array =>
  Int32Array.from({ length: data.length / width }, (_, i) => {
    let best = 0
    for (let c = 1; c < width; c++) if (data[i * width + c] > data[i * width + best]) best = c
    return best
  })

/** Counts weighted rows by predicted and true class, of which there are `width`. */
export const confusion = (
  predictions: ArrayLike<number>,
  truth: ArrayLike<number>,
  weights: ArrayLike<number>,
  width: number,
): Confusion => {
  const hit = new Float64Array(width)
  const predicted = new Float64Array(width)
  const actual = new Float64Array(width)
  let total = 0
  for (let i = 0; i < truth.length; i++) {
    total += weights[i]
    predicted[predictions[i]] += weights[i]
    actual[truth[i]] += weights[i]
    if (predictions[i] === truth[i]) hit[truth[i]] += weights[i]
  }
  return { total, hit, predicted, actual }
}

/** The harmonic mean of precision and recall, 2 · hits / (predicted + actual); 0 where a class was neither. */
export const harmonic = (hit: number, predicted: number, actual: number): number =>
  predicted + actual > 0 ? (2 * hit) / (predicted + actual) : 0

/** ‖ŷ − y‖² of each row: the squared error of a real, the Brier score of classes. */
export const squaredErrors = (predicted: ArrayLike<number>, { rows, columns, data }: Dense): Float64Array =>
  Float64Array.from({ length: rows }, (_, i) => {
    let sum = 0
    for (let c = i * columns; c < (i + 1) * columns; c++) sum += (predicted[c] - data[c]) ** 2
    return sum
  })
