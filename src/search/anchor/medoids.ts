import { lengthOf, whole } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import type { Matrix } from '../../base/matrix.js'

/** Prototypes of a space of which only distances are known. */
export interface Medoids {
  /** Positions of the prototypes, the most central of the first step first. */
  readonly chosen: readonly number[]
  /** Σ_i min_m D_im. */
  readonly deviation: number
  /** Exchanges that lowered it after the greedy start. */
  readonly swaps: number
}

/** Below this part of the deviation two choices are equal, and the cheaper one is taken. */
const equal = 1e-9

/**
 * k-medoids by BUILD and SWAP: `count` items such that Σ_i min_m D_im is no longer lowered by any exchange of one medoid
 * for one other item. Each round of SWAP judges all exchanges at once in O(N²) by the nearest and second nearest medoid of
 * every item (FastPAM, Schubert and Rousseeuw 2021). `distances` is N × N and symmetric. Among equals the one of less
 * `cost` (by default all cost the same) is taken, then the first.
 * @throws RangeError where `count` is not from 1 to N, or shapes do not fit.
 */
export const medoids = (distances: Matrix, count: number, { cost }: { cost?: ArrayLike<number> } = {}): Medoids => {
  const space = spaceOf(distances, count, cost)
  const { size, at } = space
  const chosen: number[] = []
  const nearest = new Float64Array(size).fill(Number.POSITIVE_INFINITY)
  while (chosen.length < count) {
    const next = least(space, (candidate) => {
      if (chosen.includes(candidate)) return Number.POSITIVE_INFINITY
      let sum = 0
      for (let i = 0; i < size; i++) sum += Math.min(nearest[i], at(candidate, i))
      return sum
    }).item
    chosen.push(next)
    for (let i = 0; i < size; i++) nearest[i] = Math.min(nearest[i], at(next, i))
  }
  let deviation = nearest.reduce((sum, value) => sum + value, 0)
  let swaps = 0
  for (;;) {
    const better = exchange(space, chosen)
    if (!(better.gain > equal * deviation)) return { chosen, deviation, swaps }
    chosen[better.out] = better.item
    deviation -= better.gain
    swaps++
  }
}

/**
 * `count` items far from each other: the most central one, then always the one farthest from those chosen. No item is
 * farther from them than twice the best possible. Ties as in {@link medoids}.
 * @throws RangeError as {@link medoids}.
 */
export const farthestFirst = (
  distances: Matrix,
  count: number,
  { cost }: { cost?: ArrayLike<number> } = {},
): readonly number[] => {
  const space = spaceOf(distances, count, cost)
  const { size, at } = space
  const chosen = [...medoids(distances, 1, { cost }).chosen]
  const nearest = Float64Array.from({ length: size }, (_, i) => at(chosen[0], i))
  while (chosen.length < count) {
    const next = least(space, (i) => (chosen.includes(i) ? Number.POSITIVE_INFINITY : -nearest[i])).item
    chosen.push(next)
    for (let i = 0; i < size; i++) nearest[i] = Math.min(nearest[i], at(next, i))
  }
  return chosen
}

interface Space {
  readonly size: number
  readonly cost: ArrayLike<number>
  at(i: number, j: number): number
}

const spaceOf = ({ rows, columns, data }: Matrix, count: number, cost?: ArrayLike<number>): Space => {
  if (rows !== columns) throw new ValueError(`"distances" expected a square matrix, got ${rows} × ${columns}`, 'shape')
  whole(count, 'count', 1)
  if (count > rows) {
    throw new ValueError(`"count" expected at most ${rows}, since there are no more items, got ${count}; ask for fewer`)
  }
  if (data.some((value) => !(value >= 0 && value < Number.POSITIVE_INFINITY))) {
    throw new ValueError('"distances" expected finite numbers of at least 0, got others; measure them again')
  }
  return {
    size: rows,
    cost: lengthOf(cost ?? new Float64Array(rows), 'cost', rows),
    at: (i, j) => data[i * rows + j],
  }
}

/** The item of least value; equal ones by cost, then by position. */
const least = ({ size, cost }: Space, value: (item: number) => number): { item: number; value: number } => {
  let best = { item: -1, value: Number.POSITIVE_INFINITY }
  for (let item = 0; item < size; item++) {
    const found = value(item)
    if (found === Number.POSITIVE_INFINITY) continue
    const margin = equal * Math.abs(best.value)
    const isLess = best.item < 0 || found < best.value - margin
    if (isLess || (found <= best.value + margin && cost[item] < cost[best.item])) best = { item, value: found }
  }
  return best
}

/** The exchange that lowers the deviation most: medoid number `out` for `item`. */
const exchange = (space: Space, chosen: readonly number[]): { item: number; out: number; gain: number } => {
  const { size, at } = space
  const first = new Int32Array(size)
  const near = new Float64Array(size).fill(Number.POSITIVE_INFINITY)
  const second = new Float64Array(size).fill(Number.POSITIVE_INFINITY)
  for (let i = 0; i < size; i++) {
    chosen.forEach((medoid, m) => {
      const distance = at(medoid, i)
      if (distance < near[i]) {
        second[i] = near[i]
        near[i] = distance
        first[i] = m
      } else if (distance < second[i]) second[i] = distance
    })
  }
  let out = -1
  const changes = new Float64Array(chosen.length)
  const changeBy = (item: number): { change: number; out: number } => {
    changes.fill(0)
    let shared = 0
    for (let i = 0; i < size; i++) {
      const distance = at(item, i)
      if (distance < near[i]) {
        shared += distance - near[i]
      } else changes[first[i]] += Math.min(distance, second[i]) - near[i]
    }
    let best = 0
    for (let m = 1; m < changes.length; m++) if (changes[m] < changes[best]) best = m
    return { change: shared + changes[best], out: best }
  }
  const found = least(space, (item) => (chosen.includes(item) ? Number.POSITIVE_INFINITY : changeBy(item).change))
  if (found.item >= 0) out = changeBy(found.item).out
  return { item: found.item, out, gain: -found.value }
}
