import { type Matrix, matrix, stackRows } from '../../../src/base/matrix.js'
import type { Embedding } from '../../../src/rkme/embedding.js'
import { evaluate } from '../../../src/rkme/evaluate.js'

const starts = 12
const rounds = 25
const difference = 1e-3
const lengths = [4, 2, 1, 0.5, 0.25, 0.1, 0.03, 0.01]

/** What the supremum was found to be, and the largest value at the places given alone. */
export interface Supremum {
  readonly value: number
  readonly atPlaces: number
}

/**
 * sup |Φ_a(x) − Φ_b(x)|: the largest at the given places and the points of both, and after an ascent from the best of them
 * (central differences, the best of a few lengths of the step). Still a value that is taken, so never too large.
 */
export const supremum = (a: Embedding, b: Embedding, places: Matrix): Supremum => {
  const { columns: d } = a.points
  const both: Embedding = {
    ...a,
    points: stackRows(a.points, b.points),
    weights: Float64Array.of(...a.weights, ...b.weights.map((weight) => -weight)),
  }
  const at = (data: Float64Array): Float64Array => evaluate(both, matrix(data, data.length / d, d))
  const everywhere = stackRows(places, both.points).data as Float64Array
  const first = at(everywhere).map(Math.abs)
  const best = Array.from(first.keys())
    .sort((i, j) => first[j] - first[i])
    .slice(0, starts)
  let x = Float64Array.from(best.flatMap((i) => [...everywhere.subarray(i * d, (i + 1) * d)]))
  let value = at(x)
  // What a step of length 1 covers; where no length helps it becomes shorter.
  const reach = new Float64Array(best.length).fill(1)
  for (let round = 0; round < rounds; round++) {
    const around = new Float64Array(2 * best.length * d * d)
    for (let s = 0; s < best.length; s++) {
      for (let k = 0; k < d; k++) {
        for (const [side, by] of [difference, -difference].entries()) {
          const to = ((s * d + k) * 2 + side) * d
          around.set(x.subarray(s * d, (s + 1) * d), to)
          around[to + k] += by
        }
      }
    }
    const values = at(around)
    const tried = new Float64Array(best.length * lengths.length * d)
    for (let s = 0; s < best.length; s++) {
      const slope = Float64Array.from(
        { length: d },
        (_, k) => Math.sign(value[s]) * (values[(s * d + k) * 2] - values[(s * d + k) * 2 + 1]),
      )
      const size = Math.sqrt(slope.reduce((sum, one) => sum + one * one, 0)) || 1
      for (let l = 0; l < lengths.length; l++) {
        for (let k = 0; k < d; k++) {
          tried[(s * lengths.length + l) * d + k] = x[s * d + k] + (reach[s] * lengths[l] * slope[k]) / size
        }
      }
    }
    const reached = at(tried)
    const next = x.slice()
    const found = value.slice()
    for (let s = 0; s < best.length; s++) {
      for (let l = 0; l < lengths.length; l++) {
        const i = s * lengths.length + l
        if (Math.abs(reached[i]) <= Math.abs(found[s])) continue
        found[s] = reached[i]
        next.set(tried.subarray(i * d, (i + 1) * d), s * d)
      }
      if (found[s] === value[s]) reach[s] /= 30
    }
    x = next
    value = found
  }
  const over = (values: Float64Array): number => values.reduce((most, one) => Math.max(most, Math.abs(one)), 0)
  return { value: over(value), atPlaces: over(first.subarray(0, places.rows)) }
}
