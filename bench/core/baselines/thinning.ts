import { permutation, uniforms } from '../../../src/base/random.js'
import { chosenError, type Problem } from './problem.js'

const delta = 0.5

/**
 * Kernel thinning (Dwivedi & Mackey): split into 2^g coresets by halving pairs at random, but against the sum so far;
 * the best coreset, then greedy swaps. Written after ALGORITHMS 11, not taken from their package.
 */
export const kernelThinning = (problem: Problem, count: number, seed: number): number[] => {
  const { X } = problem
  const rounds = Math.round(Math.log2(X.rows / count))
  const random = uniforms(seed)
  const order = Array.from(permutation(random, X.rows))
  let coresets = [order]
  for (let round = 0; round < rounds; round++)
    coresets = coresets.flatMap((one) => halves(problem, one, rounds, random))
  // Standard thinning takes part, so that the result is never worse than it.
  coresets.push(Array.from({ length: count }, (_, i) => order[i << rounds]))
  const errors = coresets.map((one) => chosenError(problem, one))
  return swapped(problem, coresets[errors.indexOf(Math.min(...errors))])
}

/** Splits pairs so that both halves keep the sums of the whole. */
const halves = ({ X, K }: Problem, points: readonly number[], rounds: number, random: () => number): number[][] => {
  const m = X.rows
  const left: number[] = []
  const right: number[] = []
  let variance = 0
  for (let i = 0; i + 1 < points.length; i += 2) {
    const [x, y] = [points[i], points[i + 1]]
    const square = K[x * m + x] + K[y * m + y] - 2 * K[x * m + y]
    const spread = Math.sqrt(variance * square * 2 * Math.log((2 * points.length * rounds) / delta))
    const bound = Math.max(spread, square)
    // How far the right half is ahead of the left one at x, less the same at y.
    let lead = 0
    for (let s = 0; s < left.length; s++) {
      lead += K[x * m + right[s]] - K[x * m + left[s]] - K[y * m + right[s]] + K[y * m + left[s]]
    }
    if (square > 0) {
      variance += square * Math.max(0, 1 + ((square - 2 * bound) * variance) / (bound * bound))
    }
    const first = bound === 0 || random() < 0.5 * (1 + lead / bound)
    left.push(first ? x : y)
    right.push(first ? y : x)
  }
  return [left, right]
}

/** Each member in turn gives way to the row that makes the error smallest. */
const swapped = ({ X, K, mean }: Problem, given: readonly number[]): number[] => {
  const m = X.rows
  const n = given.length
  const chosen = [...given]
  const sums = new Float64Array(m)
  for (const one of chosen) for (let i = 0; i < m; i++) sums[i] += K[one * m + i]
  for (let t = 0; t < n; t++) {
    for (let i = 0; i < m; i++) sums[i] -= K[chosen[t] * m + i]
    let best = chosen[t]
    const cost = (i: number): number => (2 * sums[i] + K[i * m + i]) / n - 2 * mean[i]
    for (let i = 0; i < m; i++) if (cost(i) < cost(best)) best = i
    chosen[t] = best
    for (let i = 0; i < m; i++) sums[i] += K[best * m + i]
  }
  return chosen
}
