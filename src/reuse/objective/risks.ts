import { exp, log } from '../../wasm/scalar.js'

/** A smooth stand-in for a measure: its value at scores, with the gradient by each score written out. */
export type Risk = (scores: Float64Array, y: Float64Array, gradient: Float64Array) => number

/** Mean over pairs of a positive and a negative row of max(0, 1 − s⁺ + s⁻)², in O(n log n) by sorting. */
export const pairwiseHinge: Risk = (scores, y, gradient) => {
  const order = Int32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a] - scores[b] || a - b)
  const positive = order.filter((i) => y[i] === 1)
  const negative = order.filter((i) => y[i] !== 1)
  const pairs = positive.length * negative.length
  gradient.fill(0)
  if (pairs === 0) return 0
  let value = 0
  // Of a positive score s, those negative ones count that lie above s − 1: fewer and fewer as s rises.
  let [count, sum, squares] = [negative.length, 0, 0]
  for (const j of negative) {
    sum += scores[j]
    squares += scores[j] ** 2
  }
  let first = 0
  for (const i of positive) {
    const edge = 1 - scores[i]
    for (; first < negative.length && scores[negative[first]] <= -edge; first++) {
      count--
      sum -= scores[negative[first]]
      squares -= scores[negative[first]] ** 2
    }
    value += count * edge * edge + 2 * edge * sum + squares
    gradient[i] = (-2 * (count * edge + sum)) / pairs
  }
  let below = 0
  let reached = 0
  for (const j of negative) {
    for (; reached < positive.length && scores[positive[reached]] < scores[j] + 1; reached++)
      below += 1 - scores[positive[reached]]
    gradient[j] = (2 * (below + reached * scores[j])) / pairs
  }
  return Math.max(0, value / pairs)
}

const sigmoid = (s: number): number => (s >= 0 ? 1 / (1 + exp(-s)) : exp(s) / (1 + exp(s)))

/** 1 − 2 Σ p y / (Σ p + Σ y) with p = σ(s): F1 with chances for decisions. */
export const softF1: Risk = (scores, y, gradient) => {
  let [hits, sum] = [0, 0]
  const p = scores.map(sigmoid)
  for (let i = 0; i < y.length; i++) {
    hits += p[i] * y[i]
    sum += p[i] + y[i]
  }
  for (let i = 0; i < y.length; i++) gradient[i] = -2 * p[i] * (1 - p[i]) * (y[i] / sum - hits / (sum * sum))
  return 1 - (2 * hits) / sum
}

/**
 * 1 − Σ y σ(s − t) / n⁺ with t such that Σ σ(s − t) = n⁺: recall where as many are chosen as are positive, with chances for
 * decisions. The gradient goes through t.
 */
export const softBreakEven: Risk = (scores, y, gradient) => {
  const positives = y.reduce((sum, value) => sum + value, 0)
  if (positives === 0 || positives === y.length) {
    gradient.fill(0)
    return 0
  }
  let low = scores.reduce((a, b) => Math.min(a, b)) - 40
  let high = scores.reduce((a, b) => Math.max(a, b)) + 40
  for (let halving = 0; halving < 60; halving++) {
    const middle = low + (high - low) / 2
    if (scores.reduce((sum, s) => sum + sigmoid(s - middle), 0) > positives) low = middle
    else high = middle
  }
  const p = scores.map((s) => sigmoid(s - low))
  let [hits, slope, slopeHits] = [0, 0, 0]
  for (let i = 0; i < y.length; i++) {
    const d = p[i] * (1 - p[i])
    hits += y[i] * p[i]
    slope += d
    slopeHits += y[i] * d
  }
  for (let i = 0; i < y.length; i++)
    gradient[i] = slope > 0 ? (-p[i] * (1 - p[i]) * (y[i] - slopeHits / slope)) / positives : 0
  return 1 - hits / positives
}

/** Mean of missed · y · ln(1 + e^−s) + alarm · (1 − y) · ln(1 + e^s). */
export const weightedLogistic =
  (missed: number, alarm: number): Risk =>
  (scores, y, gradient) => {
    let value = 0
    for (let i = 0; i < y.length; i++) {
      const s = y[i] === 1 ? -scores[i] : scores[i]
      const cost = y[i] === 1 ? missed : alarm
      value += cost * (Math.max(s, 0) + log(1 + exp(-Math.abs(s))))
      gradient[i] = (cost * (y[i] === 1 ? -1 : 1) * sigmoid(s)) / y.length
    }
    return value / y.length
  }

/** Half of the width in which the pinball loss is rounded off, in units of the target's deviation. */
const rounding = 0.02

/** Mean pinball loss of quantile q, with a parabola in the place of its kink (targets of deviation 1). */
export const smoothPinball =
  (q: number): Risk =>
  (scores, y, gradient) => {
    let value = 0
    for (let i = 0; i < y.length; i++) {
      const r = y[i] - scores[i]
      const slope = Math.max(q - 1, Math.min(q, q - 0.5 + r / (2 * rounding)))
      gradient[i] = -slope / y.length
      value +=
        Math.abs(r) >= rounding
          ? Math.max(q * r, (q - 1) * r)
          : (q - 0.5) * r + (r * r + rounding * rounding) / (4 * rounding)
    }
    return value / y.length
  }
