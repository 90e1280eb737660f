import { exp } from '../../wasm/scalar.js'

/** So much of a likelihood errors count: those who gave them have chosen settings, too, and prior beliefs are not the truth. */
export const learningRate = 0.25

/** A fit whose tempered log-likelihood is so much lower has no share worth having. */
export const leastGap = 7

/** What has less of a share is not worth running. */
const leastShare = 0.01

/** Shares by Hedge, w_k ∝ start_k exp(−rate (ℓ_k − min ℓ)), summing to 1; a loss that leaves nothing to choose takes all. */
export const hedged = (start: ArrayLike<number>, losses: readonly number[], rate: number): Float64Array => {
  const least = losses.reduce((a, b) => Math.min(a, b))
  const shares = losses.map((loss, k) =>
    loss === least ? start[k] : start[k] * exp(Math.max(-700, -rate * (loss - least))),
  )
  const sum = shares.reduce((a, b) => a + b)
  return Float64Array.from(shares, (share) => share / sum)
}

/** The rate at which a mean squared error over some rows speaks as a likelihood: n / (2 s²), s² the least of all. */
export const gaussianRate = (losses: readonly number[], rows: number): number => {
  const least = losses.reduce((a, b) => Math.min(a, b))
  // Where one is right to the last digit, it is taken.
  return rows / (2 * Math.max(least, Number.MIN_VALUE))
}

/** Shares without those below 1 %, summing to 1 again. */
export const withoutSlight = (shares: Float64Array): Float64Array => {
  const kept = shares.map((share) => (share < leastShare ? 0 : share))
  const sum = kept.reduce((total, share) => total + share, 0)
  return kept.map((share) => share / sum)
}
