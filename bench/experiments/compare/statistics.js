import { mulberry32 } from '../../../examples/random.js'

/**
 * The middle of some numbers; NaN of none.
 * @param {Iterable<number>} values
 */
export function median(values) {
  const sorted = [...values].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  if (sorted.length === 0) return Number.NaN
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** @param {Iterable<number>} values */
export function mean(values) {
  const all = [...values]
  return all.reduce((sum, value) => sum + value, 0) / all.length
}

/**
 * A 95% percentile interval of a statistic over units, by the bootstrap. What is paired must sit in one unit.
 * @template T
 * @param {T[]} units
 * @param {(sample: T[]) => number} statistic
 * @param {{ draws?: number, seed?: number }} [options]
 * @returns {[number, number]}
 */
export function bootstrap(units, statistic, { draws = 2000, seed = 1 } = {}) {
  const random = mulberry32(seed)
  const values = Array.from({ length: draws }, () =>
    statistic(units.map(() => units[Math.floor(random() * units.length)])),
  ).sort((a, b) => a - b)
  return [values[Math.floor(0.025 * draws)], values[Math.ceil(0.975 * draws) - 1]]
}
