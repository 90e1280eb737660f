import { lengthOf } from '../../base/check.js'
import type { Matrix } from '../../base/matrix.js'
import { choleskySolve } from '../../qp/cholesky.js'
import { normals } from '../../wasm/scalar.js'

/** What is believed of N unknown numbers before any was seen: a mean and K = XX'/P + level · 11', never made whole. */
export interface Belief {
  readonly mean: Float64Array
  /** X, N × P: how P drawings of all the numbers deviate from their mean. */
  readonly deviations: Matrix
  /** Variance that all the numbers share. */
  readonly level: number
}

/** What is believed after some of the numbers were seen. */
export interface Posterior {
  readonly mean: Float64Array
  /** Standard deviations. */
  readonly spread: Float64Array
}

/** Part of the largest pivot that is added to the diagonal, for numbers that were seen twice without noise. */
const jitter = 1e-10

/**
 * The belief in numbers of which P drawings are known, N × P: their mean and covariance, each drawing counted by its share
 * (alike by default; shares of sum 1). All may be higher or lower together, by as much as one of them varies by itself.
 * @throws RangeError where there are not P shares.
 */
export const beliefOf = ({ rows, columns, data }: Matrix, shares?: ArrayLike<number>): Belief => {
  const counts = shares && Float64Array.from(lengthOf(shares, 'shares', columns), (share) => share * columns)
  const mean = new Float64Array(rows)
  const deviations = new Float64Array(rows * columns)
  let squares = 0
  for (let i = 0; i < rows; i++) {
    for (let p = 0; p < columns; p++) mean[i] += (counts?.[p] ?? 1) * data[i * columns + p]
    mean[i] /= columns
    for (let p = 0; p < columns; p++) {
      const deviation = Math.sqrt(counts?.[p] ?? 1) * (data[i * columns + p] - mean[i])
      deviations[i * columns + p] = deviation
      squares += deviation * deviation
    }
  }
  return { mean, deviations: { rows, columns, data: deviations }, level: squares / (rows * columns) }
}

/**
 * A Gaussian process given some of its numbers: with A the places seen (a place may be seen more than once), y the values
 * there and Σ = diag(noise variances),
 *   μ = m + K_·A (K_AA + Σ)⁻¹ (y − m_A),  σ² = diag K − diag K_·A (K_AA + Σ)⁻¹ K_A·.
 * @throws RangeError where lengths do not fit.
 */
export const condition = (
  belief: Belief,
  at: ArrayLike<number>,
  values: ArrayLike<number>,
  noise: ArrayLike<number>,
): Posterior => {
  const { mean } = belief
  const size = mean.length
  const count = at.length
  lengthOf(values, 'values', count)
  lengthOf(noise, 'noise', count)
  const covariance = covarianceOf(belief)
  const result = mean.slice()
  const variance = Float64Array.from({ length: size }, (_, i) => covariance(i, i))
  if (count > 0) {
    const right = new Float64Array(count * (size + 1))
    for (let a = 0; a < count; a++) {
      right[a * (size + 1)] = values[a] - mean[at[a]]
      for (let i = 0; i < size; i++) right[a * (size + 1) + 1 + i] = covariance(at[a], i)
    }
    const solved = solvedAt(covariance, at, noise, right)
    for (let i = 0; i < size; i++) {
      for (let a = 0; a < count; a++) {
        const cross = right[a * (size + 1) + 1 + i]
        result[i] += cross * solved[a * (size + 1)]
        variance[i] -= cross * solved[a * (size + 1) + 1 + i]
      }
    }
  }
  return { mean: result, spread: variance.map((value) => Math.sqrt(Math.max(0, value))) }
}

/**
 * Drawings of all the numbers from what is believed of them after some were seen, N × `count`, by Matheron's rule:
 * f + K_·A (K_AA + Σ)⁻¹ (y − f_A − ε) with f = m + Xw/√P + √level v, ε ~ N(0, Σ), w and v standard normal.
 */
export const drawn = (
  belief: Belief,
  at: ArrayLike<number>,
  values: ArrayLike<number>,
  noise: ArrayLike<number>,
  { count, seed }: { readonly count: number; readonly seed: number },
): Matrix & { readonly data: Float64Array } => {
  const { mean, deviations, level } = belief
  const { columns, data } = deviations
  const seen = at.length
  const deviates = normals(seed, count * (columns + 1 + seen))
  const common = columns * count
  const errors = common + count
  const result = new Float64Array(mean.length * count)
  for (let i = 0; i < mean.length; i++) {
    for (let s = 0; s < count; s++) {
      let sum = 0
      for (let p = 0; p < columns; p++) sum += data[i * columns + p] * deviates[p * count + s]
      result[i * count + s] = mean[i] + sum / Math.sqrt(columns) + Math.sqrt(level) * deviates[common + s]
    }
  }
  if (seen > 0) {
    const covariance = covarianceOf(belief)
    const right = new Float64Array(seen * count)
    for (let a = 0; a < seen; a++) {
      for (let s = 0; s < count; s++) {
        const error = Math.sqrt(noise[a]) * deviates[errors + a * count + s]
        right[a * count + s] = values[a] - error - result[at[a] * count + s]
      }
    }
    const solved = solvedAt(covariance, at, noise, right)
    for (let i = 0; i < mean.length; i++) {
      for (let a = 0; a < seen; a++) {
        const cross = covariance(i, at[a])
        for (let s = 0; s < count; s++) result[i * count + s] += cross * solved[a * count + s]
      }
    }
  }
  return { rows: mean.length, columns: count, data: result }
}

const covarianceOf =
  ({ deviations: { columns, data }, level }: Belief) =>
  (i: number, j: number): number => {
    let sum = 0
    for (let p = 0; p < columns; p++) sum += data[i * columns + p] * data[j * columns + p]
    return sum / columns + level
  }

/** (K_AA + Σ)⁻¹ B, B with a row for each place seen. */
const solvedAt = (
  covariance: (i: number, j: number) => number,
  at: ArrayLike<number>,
  noise: ArrayLike<number>,
  right: Float64Array,
): Float64Array => {
  const count = at.length
  const inner = new Float64Array(count * count)
  let largest = 0
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < count; b++) inner[a * count + b] = covariance(at[a], at[b])
    inner[a * count + a] += noise[a]
    largest = Math.max(largest, inner[a * count + a])
  }
  const ridge = largest > 0 ? jitter * largest : 1
  return choleskySolve(
    { rows: count, columns: count, data: inner },
    { rows: count, columns: right.length / count, data: right },
    { ridge },
  ).data
}
