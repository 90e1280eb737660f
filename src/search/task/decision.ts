/** What a market can say to a requirement. */
export type Decision = 'single' | 'mixture' | 'partial' | 'none'

/** The part of a user's distribution that no learnware covers, with an interval. */
export interface UnseenShare {
  readonly share: number
  readonly low: number
  readonly high: number
}

/** A squared distance in the metric of generalised least squares, and what noise alone makes of it. */
export interface Misfit {
  readonly left: number
  readonly noise: number
}

/** What {@link decide} weighs. */
export interface Evidence {
  /** Of the nearest single, or undefined in an empty market. */
  readonly single: Misfit | undefined
  readonly mixture: Misfit
  readonly unseen: UnseenShare
}

/** Less than this is neither worth an own model nor worth the name of help. */
const leastShare = 0.15
/** An interval of the unseen share that starts below this does not show an unseen job. */
const shownShare = 0.1
/** Noise alone stays below this many times its mean (seen: 2.2 at most where a single was right, 2.7 at least where not). */
const explained = 2.4
/** A mixture must fit so many times better than the single that it takes the place of. */
const better = 1.3

/**
 * In this order: `none` where less than 0.15 of the task is covered; `partial` where the unseen share is at least 0.15 and
 * its interval starts above 0.1; `single` where noise explains what it leaves (at most 2.4 times its mean) or the mixture
 * fits less than 1.3 times better; else `mixture`. Misfits are judged in the metric in which sampling noise is
 * alike in all directions: a plain MMD of 2τ, the rule of ALGORITHMS 2.4, called every user of the digits with six classes
 * `single`, though a mixture served them three times better.
 */
export const decide = ({ single, mixture, unseen }: Evidence): Decision => {
  if (single === undefined || unseen.share > 1 - leastShare) return 'none'
  if (unseen.share >= leastShare && unseen.low >= shownShare) return 'partial'
  const one = single.left / single.noise
  return one <= explained || one <= better * (mixture.left / mixture.noise) ? 'single' : 'mixture'
}
