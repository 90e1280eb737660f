import type { Embedding } from '../rkme/embedding.js'

/** What a market can say to a requirement. */
export type Decision = 'single' | 'mixture' | 'partial' | 'none'

/** The part of a user's distribution that no learnware covers, with an interval. */
export interface UnseenShare {
  readonly share: number
  readonly low: number
  readonly high: number
}

/**
 * The distance that sampling alone explains, τ = √(f_u² + Σ w_i² f_i²) + e_u + Σ w_i e_i with floors f = √((1 − ‖Φ‖²)/m) and
 * reduction errors e (ALGORITHMS 2.3, with the requirement's own reduction error added).
 */
export const noiseFloor = (
  target: Pick<Embedding, 'floor' | 'error'>,
  members: readonly { readonly weight: number; readonly embedding: Pick<Embedding, 'floor' | 'error'> }[],
): number => {
  let variance = target.floor * target.floor
  let error = target.error
  for (const { weight, embedding } of members) {
    variance += weight * weight * embedding.floor * embedding.floor
    error += weight * embedding.error
  }
  return Math.sqrt(variance) + error
}

/** A distance with the noise that it is to be judged by. */
export interface Residual {
  readonly distance: number
  readonly noise: number
}

/** What {@link decide} weighs. */
export interface Evidence {
  /** ‖Φ_u‖. */
  readonly norm: number
  /** The nearest single, or undefined in an empty market. */
  readonly single: Residual | undefined
  readonly mixture: Residual
  readonly unseen: UnseenShare
}

/** A residual of this part of ‖Φ_u‖ is more than a difference between shops. */
const large = 0.25
/** Less than this is neither worth an own model nor worth the name of help. */
const leastShare = 0.15
/** A share below this is not told from none. */
export const significantShare = 0.05

/**
 * ALGORITHMS 2.4, in this order. A residual above max(3τ, ‖Φ_u‖/4) means a job that nobody serves: `partial` where the
 * unseen share and the covered share are both at least 0.15 and the share's interval stays above 0.05, else `none`.
 * Otherwise `single` where the nearest single is within max(2τ, 1.15 · residual), else `mixture`.
 */
export const decide = ({ norm, single, mixture, unseen }: Evidence): Decision => {
  if (single === undefined) return 'none'
  if (mixture.distance > Math.max(3 * mixture.noise, large * norm)) {
    const isPart = unseen.share >= leastShare && unseen.share <= 1 - leastShare && unseen.low >= significantShare
    return isPart ? 'partial' : 'none'
  }
  return single.distance <= Math.max(2 * single.noise, 1.15 * mixture.distance) ? 'single' : 'mixture'
}
