import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matrix } from '../../../src/base/matrix.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import type { Embedding } from '../../../src/rkme/embedding.js'
import { embed, mmd } from '../../../src/rkme/mmd.js'
import { type HerdOptions, herd } from '../../../src/rkme/reduce/herd.js'
import { reduce } from '../../../src/rkme/reduce/reduce.js'
import { core } from '../../../src/wasm/instance.js'
import { data3, equalWeights, gauss, kernelValue, mmdSquaredReference, rowsOf } from '../../reference.js'

const kernel = gaussian(0.5)

/** The definition, step by step. */
const herdReference = (
  X: number[][],
  a: ArrayLike<number>,
  candidates: number[][],
  gamma: number,
  size: number,
): number[] => {
  const phi = candidates.map((z) => X.reduce((sum, x, i) => sum + a[i] * kernelValue(x, z, gamma), 0))
  const picked: number[] = []
  for (let t = 0; t < size; t++) {
    const scores = candidates.map(
      (z, i) => (t + 1) * phi[i] - picked.reduce((sum, p) => sum + kernelValue(candidates[p], z, gamma), 0),
    )
    picked.push(scores.indexOf(Math.max(...scores)))
  }
  return picked
}

const slope = (sizes: readonly number[], errors: readonly number[]): number => {
  const x = sizes.map(Math.log)
  const y = errors.map(Math.log)
  const mean = (v: number[]) => v.reduce((a, b) => a + b) / v.length
  const [mx, my] = [mean(x), mean(y)]
  return (
    x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0) /
    x.reduce((sum, value) => sum + (value - mx) ** 2, 0)
  )
}

describe('herding', () => {
  test.each([1, 2, 40])('picks what its definition says, from rows and from other candidates, at d = %i', (d) => {
    const X = gauss(Array(d).fill(0), 120, d)
    const gamma = 1 / (4 * d)
    const a = equalWeights(120)
    const own = herd(X, { size: 25 })
    expect(Array.from(own.indices)).toEqual(herdReference(X, a, X, gamma, 25))
    expect(rowsOf(own.points)).toEqual(Array.from(own.indices, (i) => X[i]))
    const candidates = gauss(Array(d).fill(0.2), 70, 90 + d)
    const other = herd(X, { size: 25, candidates })
    expect(Array.from(other.indices)).toEqual(herdReference(X, a, candidates, gamma, 25))
    for (const result of [own, other, herd(X, { size: 25, weighted: 'cone' })]) {
      const exact = mmdSquaredReference(X, a, rowsOf(result.points), result.weights, gamma)
      expect(result.error ** 2).toBeCloseTo(exact, 12)
    }
    expect(own.floor).toBeCloseTo(other.floor, 12)
    expect(herd(X, { size: 25, candidates, measure: false })).toEqual({
      ...other,
      error: Number.NaN,
      floor: Number.NaN,
    })
  })

  test('falls nearly as 1/n, weighted faster, and a short herd begins a long one', () => {
    const X = data3(2048, 20240901)
    const sizes = [4, 8, 16, 32, 64]
    const errors = (weighted: HerdOptions['weighted']) => sizes.map((size) => herd(X, { kernel, size, weighted }).error)
    const plain = errors(false)
    const simplex = errors('simplex')
    const cone = errors('cone')
    // Measured with a program of its own: .3058 .1587 .0842 .0454 .0245, with simplex weights .2880 .1480 .0692 .0275 .0122.
    ;[0.3058, 0.1587, 0.0842, 0.0454, 0.0245].forEach((value, i) => expect(plain[i]).toBeCloseTo(value, 4))
    ;[0.288, 0.148, 0.0692, 0.0275, 0.0122].forEach((value, i) => expect(simplex[i]).toBeCloseTo(value, 4))
    expect(slope(sizes, plain)).toBeLessThanOrEqual(-0.85)
    expect(slope(sizes, simplex)).toBeLessThan(slope(sizes, plain))
    sizes.forEach((_, i) => expect(cone[i]).toBeLessThanOrEqual(simplex[i]))
    const long = herd(X, { kernel, size: 64 }).indices
    expect(herd(X, { kernel, size: 16 }).indices).toEqual(long.slice(0, 16))
  })

  test('best weights are never worse than equal ones', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 1, max: 12 }), fc.nat(), (m, size, seed) => {
        const X = data3(m, seed)
        const equal = herd(X, { kernel, size })
        const best = herd(X, { kernel, size, weighted: 'simplex' })
        expect(best.error).toBeLessThanOrEqual(equal.error + 1e-7)
        expect(best.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
        expect(best.points.rows).toBe(new Set(equal.indices).size)
      }),
      { numRuns: 40 },
    )
  })

  test('takes an embedding: normalised for the choice, its own error added', () => {
    const X = data3(1000, 3)
    const reduced = reduce(X, { kernel, size: 24, seed: 1 })
    const herded = herd(reduced, { size: 60, seed: 5 })
    const between = mmd(herded, reduced)
    expect(herded.error).toBeCloseTo(between + reduced.error, 9)
    expect(mmd(herded, embed(X, kernel))).toBeLessThanOrEqual(herded.error + 1e-9)
    expect(between).toBeLessThan(0.06)
    expect([herded.samples, herded.floor, herded.kernel]).toEqual([1000, reduced.floor, kernel])
    expect(herd(reduced, { size: 60, seed: 5 })).toEqual(herded)
    expect(herd(reduced, { size: 60, seed: 6 })).not.toEqual(herded)

    const doubled: Embedding = { ...reduced, weights: reduced.weights.map((weight) => 2 * weight) }
    const candidates = X.slice(0, 300)
    const mass = reduced.weights.reduce((a, b) => a + b)
    const probability = reduced.weights.map((weight) => weight / mass)
    const expected = herdReference(rowsOf(reduced.points), probability, candidates, 0.5, 20)
    expect(Array.from(herd(reduced, { size: 20, candidates }).indices)).toEqual(expected)
    expect(Array.from(herd(doubled, { size: 20, candidates }).indices)).toEqual(expected)
  })

  test('one point, equal rows, more picks than candidates, ties to the first', () => {
    const point = embed([[3, 4]], kernel)
    expect(herd(point, { size: 1 }).error).toBeLessThan(1e-7)
    const equal = herd(Array(9).fill([1, 2]), { kernel, size: 4 })
    expect(Array.from(equal.indices)).toEqual([0, 0, 0, 0])
    expect(equal.error).toBeLessThan(1e-7)
    const even = herd([[0], [1]], { size: 4 })
    expect(Array.from(even.indices)).toEqual([0, 1, 0, 1])
    expect(even.error).toBeLessThan(1e-7)
    expect(
      Array.from(
        herd(
          data3(50, 1).map((row) => row.map((value) => value + 1e6)),
          { kernel, size: 6 },
        ).indices,
      ),
    ).toEqual(Array.from(herd(data3(50, 1), { kernel, size: 6 }).indices))
  })

  test('inputs stay as they are, results are fresh, the arena is back, bad input is refused', () => {
    const before = core().mark()
    const X = matrix(Float64Array.from(data3(40, 5).flat()), 40, 2)
    const copy = X.data.slice()
    const result = herd(X, { kernel, size: 40 })
    result.points.data.fill(0)
    expect(X.data).toEqual(copy)
    expect(() => herd(X, { size: 0 })).toThrow('"size" expected a whole number of at least 1, got 0')
    expect(() => herd(X, {} as HerdOptions)).toThrow('"size" expected a whole number, got undefined')
    expect(() => herd(X, { size: 2, weighted: 'free' as 'cone' })).toThrow('"weighted" expected one of')
    expect(() => herd(X, { size: 2, candidates: [[1]] })).toThrow('"candidates columns" expected length 2, got 1')
    const reduced = reduce(X, { kernel, size: 4 })
    expect(() => herd(reduced, { size: 2, kernel })).toThrow('"kernel" expected none beside an embedding')
    const empty = { ...reduced, weights: reduced.weights.map(() => 0) }
    expect(() => herd(empty, { size: 2 })).toThrow('"source" expected weights with a positive sum, got 0')
    expect(core().mark()).toBe(before)
  })
})
