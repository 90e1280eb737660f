/** An error of a model estimated on labelled reduced points, beside that of the best constant prediction. */
export interface Estimate {
  readonly measure: 'error' | 'squared error' | 'absolute error'
  readonly error: number
  readonly trivial: number
  /** Points that it stands on. */
  readonly points: number
}

/**
 * How much of what a constant prediction leaves a model takes away, q = max(0, 1 − ε̂/ε_trivial), by its estimated error at
 * submission; undefined where nothing was estimated.
 */
export const qualityOf = (estimate: Estimate | undefined): number | undefined =>
  estimate === undefined || !(estimate.trivial > 1e-12) ? undefined : Math.max(0, 1 - estimate.error / estimate.trivial)

/** From this quality on a model is ranked by distance alone. */
const enough = 0.25

/**
 * What is added to the distance of a weak model where singles are ranked: singles go by the bound ε̂ + U·MMD of Eq. (6), in
 * units of the trivial error, with U = 1 and without the part of ε̂ that every model may have: max(0, ¼ − q). A model of
 * unknown quality has none.
 */
export const penaltyOf = (quality: number | undefined): number =>
  quality === undefined ? 0 : Math.max(0, enough - quality)
