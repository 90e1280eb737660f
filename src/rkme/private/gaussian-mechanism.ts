import { finite, positive } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import { exp, log } from '../../wasm/scalar.js'

const farTail = 3
const levels = 200

/** P(Z > x) of a standard normal Z, with a small relative error also far out (series, then Laplace's continued fraction). */
export const upperTail = (x: number): number => {
  if (x < 0) return 1 - upperTail(-x)
  const density = exp(-x * x * 0.5) / Math.sqrt(2 * Math.PI)
  if (x >= farTail) {
    let fraction = x
    for (let k = levels; k > 0; k--) fraction = x + k / fraction
    return density / fraction
  }
  let term = x
  let sum = x
  for (let k = 3; term > 1e-17 * sum; k += 2) {
    term *= (x * x) / k
    sum += term
  }
  return 0.5 - density * sum
}

/**
 * The least δ for which normal noise of `ratio` = σ / sensitivity gives (ε, δ)-privacy:
 * Q(ε·ratio − 1/(2·ratio)) − e^ε · Q(ε·ratio + 1/(2·ratio)), Q the upper tail.
 * Source: Balle & Wang 2018, Theorem 8, from memory; the tests integrate the definition beside it.
 */
export const gaussianDelta = (ratio: number, epsilon: number): number => {
  const half = 1 / (2 * ratio)
  return upperTail(epsilon * ratio - half) - exp(epsilon) * upperTail(epsilon * ratio + half)
}

const classicalUpTo = 1
const mostEpsilon = 100
// Outweighs the rounding of the tails.
const margin = 1 + 1e-9

/**
 * The standard deviation of normal noise on a vector that one row can move by `sensitivity` in the Euclidean norm, for
 * (ε, δ)-privacy. ε ≤ 1: sensitivity · √(2 ln(1.25/δ))/ε (Dwork & Roth, from memory). Above: the smallest that
 * {@link gaussianDelta} allows.
 * @throws RangeError where ε is not above 0 and at most 100, or δ not between 0 and 1.
 */
export const gaussianSigma = (sensitivity: number, epsilon: number, delta: number): number => {
  positive(sensitivity, 'sensitivity')
  if (positive(epsilon, 'epsilon') > mostEpsilon) {
    throw new ValueError(`"epsilon" expected at most ${mostEpsilon}, got ${epsilon}; above 10 or so it protects nobody`)
  }
  if (finite(delta, 'delta') <= 0 || delta >= 1) {
    throw new ValueError(`"delta" expected a number between 0 and 1, got ${delta}`)
  }
  if (epsilon <= classicalUpTo) return (sensitivity * Math.sqrt(2 * log(1.25 / delta))) / epsilon
  let high = 1
  while (gaussianDelta(high, epsilon) > delta) high *= 2
  let low = high / 2
  while (gaussianDelta(low, epsilon) <= delta) low /= 2
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (gaussianDelta(middle, epsilon) > delta) low = middle
    else high = middle
  }
  return sensitivity * high * margin
}
