import { type Belief, condition, type Posterior } from './gaussian-process.js'
import { expectedImprovement } from './improvement.js'

/** One kind of loss, its share in the loss that counts, and what was seen of it with the variance of each. */
export interface Aspect {
  readonly share: number
  readonly belief: Belief
  readonly values: readonly number[]
  readonly noise: readonly number[]
}

/** Where to look next, and how much that is expected to help. */
export interface Probes {
  /** The most promising first; none where it is not worth a look. */
  readonly next: readonly number[]
  /** Largest expected improvement, in the unit of the losses. */
  readonly improvement: number
}

/** An improvement below this part of the best loss is not worth another round. */
const worthwhile = 0.01

/** The loss Σ_c share_c L_c given what was seen of every aspect at the places `at`; aspects are believed independent. */
export const conditionAll = (aspects: readonly Aspect[], at: readonly number[]): Posterior => {
  const parts = aspects.map(({ belief, values, noise }) => condition(belief, at, values, noise))
  const sum = (of: (part: Posterior, share: number) => Float64Array): Float64Array => {
    const total = new Float64Array(parts[0].mean.length)
    parts.forEach((part, c) => {
      of(part, aspects[c].share).forEach((value, i) => {
        total[i] += value
      })
    })
    return total
  }
  return {
    mean: sum(({ mean }, share) => mean.map((value) => share * value)),
    spread: sum(({ spread }, share) => spread.map((value) => share * value * (share * value))).map(Math.sqrt),
  }
}

/**
 * The places, at most `count`, where the least loss may lie: each of the largest expected improvement on the least mean of
 * those seen, once those before it were seen to be as expected. None where the first is below 1% of the best loss.
 */
export const nextProbes = (aspects: readonly Aspect[], seen: readonly number[], count: number): Probes => {
  const at = [...seen]
  let grown = aspects
  const next: number[] = []
  let largest = 0
  while (next.length < count) {
    const posterior = conditionAll(grown, at)
    const best = at.reduce((least, i) => Math.min(least, posterior.mean[i]), Number.POSITIVE_INFINITY)
    const { place, improvement } = mostPromising(posterior, new Set(at), best)
    if (next.length === 0) largest = improvement
    if (place < 0 || !(improvement > 0) || (next.length === 0 && improvement < worthwhile * best)) break
    next.push(place)
    grown = grown.map((aspect, c) => ({
      ...aspect,
      values: [...aspect.values, condition(aspect.belief, at, aspect.values, aspect.noise).mean[place]],
      noise: [...aspect.noise, usual(aspects[c].noise)],
    }))
    at.push(place)
  }
  return { next, improvement: largest }
}

const usual = (noise: readonly number[]): number =>
  noise.length === 0 ? 0 : noise.reduce((sum, value) => sum + value, 0) / noise.length

const mostPromising = ({ mean, spread }: Posterior, known: ReadonlySet<number>, best: number) => {
  let place = -1
  let improvement = 0
  for (let i = 0; i < mean.length; i++) {
    if (known.has(i)) continue
    const expected = expectedImprovement(mean[i], spread[i], best)
    if (place < 0 || expected > improvement) {
      place = i
      improvement = expected
    }
  }
  return { place, improvement }
}
