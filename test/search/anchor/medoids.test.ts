import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Matrix, matrix } from '../../../src/base/matrix.js'
import { uniforms } from '../../../src/base/random.js'
import { functionalDistances } from '../../../src/search/anchor/functional.js'
import { farthestFirst, medoids } from '../../../src/search/anchor/medoids.js'

/** Distances of points in the plane. */
const planeOf = (size: number, seed: number): Matrix => {
  const random = uniforms(seed)
  const points = Array.from({ length: size }, () => [random(), random()])
  return matrix(
    Float64Array.from(points.flatMap((a) => points.map((b) => Math.hypot(a[0] - b[0], a[1] - b[1])))),
    size,
    size,
  )
}

const deviationOf = ({ rows, data }: Matrix, chosen: readonly number[]): number => {
  let sum = 0
  for (let i = 0; i < rows; i++) sum += Math.min(...chosen.map((m) => data[m * rows + i]))
  return sum
}

const subsets = (size: number, count: number, from = 0): number[][] =>
  count === 0
    ? [[]]
    : Array.from({ length: size - from }, (_, i) => from + i).flatMap((first) =>
        subsets(size, count - 1, first + 1).map((rest) => [first, ...rest]),
      )

describe('medoids', () => {
  test('cannot be bettered by any exchange, and are the best of all subsets nearly always', () => {
    let best = 0
    let all = 0
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 10 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 1e6 }),
        (size, count, seed) => {
          const distances = planeOf(size, seed)
          const { chosen, deviation } = medoids(distances, count)
          expect(new Set(chosen).size).toBe(count)
          expect(deviation).toBeCloseTo(deviationOf(distances, chosen), 10)
          for (let m = 0; m < count; m++) {
            for (let i = 0; i < size; i++) {
              if (chosen.includes(i)) continue
              const swapped = chosen.map((value, at) => (at === m ? i : value))
              expect(deviationOf(distances, swapped)).toBeGreaterThan(deviation - 1e-8)
            }
          }
          const least = Math.min(...subsets(size, count).map((subset) => deviationOf(distances, subset)))
          expect(deviation).toBeLessThan(1.25 * least + 1e-12)
          all++
          if (deviation < least + 1e-9) best++
        },
      ),
      { numRuns: 150, seed: 5 },
    )
    expect(best / all).toBeGreaterThan(0.9)
  })

  test('are the groups of a space that has groups', () => {
    const place = (i: number): number => 100 * Math.floor(i / 5) + (i % 5)
    const distances = matrix(
      Float64Array.from({ length: 400 }, (_, at) => Math.abs(place(Math.floor(at / 20)) - place(at % 20))),
      20,
      20,
    )
    expect([...medoids(distances, 4).chosen].sort((a, b) => a - b)).toEqual([2, 7, 12, 17])
  })

  test('prefer the cheaper of equals', () => {
    const twins = matrix(new Float64Array(9), 3, 3)
    expect(medoids(twins, 1, { cost: [5, 1, 3] }).chosen).toEqual([1])
    expect(medoids(twins, 2, { cost: [5, 1, 3] }).chosen).toEqual([1, 2])
    expect(medoids(twins, 1).chosen).toEqual([0])
    expect(farthestFirst(twins, 2, { cost: [5, 1, 3] })).toEqual([1, 2])
  })

  test('farthest first leaves nothing farther than twice the best cover', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const distances = planeOf(9, seed)
      const radius = (chosen: readonly number[]): number =>
        Math.max(...Array.from({ length: 9 }, (_, i) => Math.min(...chosen.map((m) => distances.data[m * 9 + i]))))
      const least = Math.min(...subsets(9, 3).map(radius))
      expect(radius(farthestFirst(distances, 3))).toBeLessThan(2 * least + 1e-12)
    }
  })

  test('refuse what cannot be', () => {
    const distances = planeOf(5, 1)
    const before = distances.data.slice()
    expect(() => medoids(distances, 6)).toThrow(
      /^"count" expected at most 5, since there are no more items, got 6; ask for fewer$/,
    )
    expect(() => medoids(distances, 0)).toThrow(/"count" expected a whole number of at least 1, got 0/)
    expect(() => medoids(distances, 2, { cost: [1, 2] })).toThrow(/"cost" expected length 5, got 2/)
    expect(() => medoids(matrix(new Float64Array(6), 2, 3), 1)).toThrow(/expected a square matrix, got 2 × 3/)
    expect(() => medoids(matrix(Float64Array.of(0, Number.NaN, 1, 0), 2, 2), 1)).toThrow(/"distances" expected finite/)
    expect(distances.data).toEqual(before)
  })
})

describe('functional distances', () => {
  test('are half of each part, in medians of the pairs', () => {
    const mmdSquared = matrix(Float64Array.of(0, 1, 4, 1, 0, 2, 4, 2, 0), 3, 3)
    const losses = matrix(Float64Array.of(0, 10, 30, 30, 0, 0, 50, 20, 0), 3, 3)
    // Medians: 2 of {1, 4, 2}; 20 of {20, 40, 10}.
    const { data } = functionalDistances(mmdSquared, losses)
    expect(data[1]).toBeCloseTo(Math.sqrt(1 / 4 + 20 / 40), 14)
    expect(data[2]).toBeCloseTo(Math.sqrt(4 / 4 + 40 / 40), 14)
    expect(data[5]).toBeCloseTo(Math.sqrt(2 / 4 + 10 / 40), 14)
    expect(data[3]).toBe(data[1])
    expect(data[4]).toBe(0)
  })

  test('do without a part that is 0 for all, and refuse other shapes', () => {
    const zero = matrix(new Float64Array(4), 2, 2)
    const one = matrix(Float64Array.of(0, 3, 3, 0), 2, 2)
    expect(functionalDistances(zero, one).data[1]).toBeCloseTo(Math.SQRT1_2, 14)
    expect(() => functionalDistances(zero, matrix(new Float64Array(9), 3, 3))).toThrow(/"losses" expected 2 × 2/)
  })
})
