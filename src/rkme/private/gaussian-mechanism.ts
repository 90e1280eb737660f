import { finite, positive } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import { exp } from '../../wasm/scalar.js'

const farTail = 3
const levels = 200

const density = (x: number): number => exp(-x * x * 0.5) / Math.sqrt(2 * Math.PI)

/** What Laplace's continued fraction adds to x: Q(x) is density(x) / (x + rest). */
const restOfFraction = (x: number): number => {
  let fraction = x
  for (let k = levels; k > 1; k--) fraction = x + k / fraction
  return 1 / fraction
}

/** P(Z > x) of a standard normal Z, with a small relative error also far out (series, then the continued fraction). */
export const upperTail = (x: number): number => {
  if (x < 0) return 1 - upperTail(-x)
  if (x >= farTail) return density(x) / (x + restOfFraction(x))
  let term = x
  let sum = x
  for (let k = 3; term > 1e-17 * sum; k += 2) {
    term *= (x * x) / k
    sum += term
  }
  return 0.5 - density(x) * sum
}

/** 1 − x·Q(x)/density(x), by which Q/density falls. */
const fall = (x: number): number => {
  if (x < farTail) return 1 - (x * upperTail(x)) / density(x)
  const rest = restOfFraction(x)
  return rest / (x + rest)
}

// Where the two tails of δ lie so near to each other, their difference is taken as an integral: it would be lost in their digits.
const nearTails = 0.1
const gaussNode = Math.sqrt(0.6)

/**
 * The least δ for which normal noise of `ratio` = σ / sensitivity gives (ε, δ)-privacy, for every ε:
 * Q(ε·ratio − 1/(2·ratio)) − e^ε · Q(ε·ratio + 1/(2·ratio)), Q the upper tail.
 * Source: Balle & Wang 2018, Theorem 8, from memory; the tests integrate the definition beside it.
 */
export const gaussianDelta = (ratio: number, epsilon: number): number => {
  const half = 1 / (2 * ratio)
  const middle = epsilon * ratio
  if (2 * half > nearTails) return upperTail(middle - half) - exp(epsilon) * upperTail(middle + half)
  // density(middle − half) = e^ε · density(middle + half); Gauss's rule with three nodes.
  const step = half * gaussNode
  return (density(middle - half) * half * (5 * fall(middle - step) + 8 * fall(middle) + 5 * fall(middle + step))) / 9
}

const mostEpsilon = 100
const halvings = 34
// Outweighs the rounding of the tails.
const margin = 1 + 1e-9

/**
 * The standard deviation of normal noise on a vector that one row can move by `sensitivity` in the Euclidean norm, for
 * (ε, δ)-privacy: the smallest that {@link gaussianDelta} allows. It is below the classical sensitivity · √(2 ln(1.25/δ))/ε, which
 * holds for ε < 1 alone.
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
  let high = 1
  while (gaussianDelta(high, epsilon) > delta) high *= 2
  let low = high / 2
  while (gaussianDelta(low, epsilon) <= delta) low /= 2
  for (let step = 0; step < halvings; step++) {
    const middle = (low + high) / 2
    if (gaussianDelta(middle, epsilon) > delta) low = middle
    else high = middle
  }
  return sensitivity * high * margin
}
