import { takeRows } from '../../base/matrix.js'
import { type Belief, drawn } from './gaussian-process.js'
import type { Aspect } from './probing.js'

/** Of a large island only those of least mean are looked at. */
const pool = 48
const draws = 256

/**
 * `top` places for one who keeps the best of them: the place of least mean, then each that most lowers the expected least loss
 * E min over those chosen, by drawings from what is believed after the places `at` were seen; ties by mean, then by place.
 * The places of least mean may all be alike, and wrong together.
 */
export const bestOf = (
  aspects: readonly Aspect[],
  at: readonly number[],
  mean: ArrayLike<number>,
  top: number,
): number[] => {
  const order = Array.from(mean, (_, i) => i).sort((a, b) => mean[a] - mean[b] || a - b)
  const near = order.slice(0, Math.max(pool, top))
  const losses = lossesAt(aspects, at, near)
  const chosen: number[] = []
  const left = new Set(near.keys())
  const best = new Float64Array(draws).fill(Number.POSITIVE_INFINITY)
  while (chosen.length < top && left.size > 0) {
    let pick = 0
    let least = Number.POSITIVE_INFINITY
    for (const k of chosen.length === 0 ? [0] : left) {
      let sum = 0
      for (let s = 0; s < draws; s++) sum += Math.min(best[s], losses[k * draws + s])
      if (sum < least) {
        least = sum
        pick = k
      }
    }
    left.delete(pick)
    chosen.push(near[pick])
    for (let s = 0; s < draws; s++) best[s] = Math.min(best[s], losses[pick * draws + s])
  }
  return chosen
}

/** Drawings of Σ_c share_c L_c at some places. */
const lossesAt = (aspects: readonly Aspect[], at: readonly number[], places: readonly number[]): Float64Array => {
  const total = new Float64Array(places.length * draws)
  const all = [...places, ...at]
  const seen = at.map((_, a) => places.length + a)
  aspects.forEach(({ share, belief, values, noise }, c) => {
    const { data } = drawn(amongst(belief, all), seen, values, noise, { count: draws, seed: c + 1 })
    for (let i = 0; i < total.length; i++) total[i] += share * data[i]
  })
  return total
}

const amongst = ({ mean, deviations, level }: Belief, places: readonly number[]): Belief => ({
  mean: Float64Array.from(places, (i) => mean[i]),
  deviations: takeRows(deviations, places),
  level,
})
