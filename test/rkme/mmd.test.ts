import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gaussian } from '../../src/kernel/kernel.js'
import { evaluate } from '../../src/rkme/evaluate.js'
import { mixture } from '../../src/rkme/mixture.js'
import { embed, inner, mmd, mmdSquared } from '../../src/rkme/mmd.js'
import { core } from '../../src/wasm/instance.js'
import {
  data3,
  equalWeights,
  gauss,
  innerReference,
  kernelValue,
  mmdSquaredReference,
  squaredDistance,
} from '../reference.js'

describe('inner products and distances', () => {
  test('known values of the test generator', () => {
    const rows = data3(2048, 20240901)
    expect(rows[0].map((value) => value.toFixed(8))).toEqual(['4.08574096', '-0.42168798'])
    expect(rows[2047].map((value) => value.toFixed(8))).toEqual(['-1.21375397', '0.45407989'])
    const all = embed(rows, gaussian(0.5))
    expect(Math.abs(inner(all, all) - 0.1367206697587)).toBeLessThan(5e-14)
  })

  test.each([1, 2, 33])('agree with the definition at d = %i', (d) => {
    const X = gauss(Array(d).fill(0), 30, 1)
    const Z = gauss(Array(d).fill(0.5), 21, 2)
    const b = Float64Array.from({ length: 21 }, (_, j) => (j % 5) / 40)
    const gamma = 1 / (4 * d)
    const left = embed(X, gaussian(gamma))
    const right = embed(Z, gaussian(gamma), { weights: b })
    expect(inner(left, right)).toBeCloseTo(innerReference(X, equalWeights(30), Z, b, gamma), 14)
    expect(mmdSquared(left, right)).toBeCloseTo(mmdSquaredReference(X, equalWeights(30), Z, b, gamma), 14)
    expect(mmd(left, right) ** 2).toBeCloseTo(mmdSquared(left, right), 14)
    const values = evaluate(right, X)
    X.forEach((x, i) => {
      const exact = Z.reduce((sum, z, j) => sum + b[j] * kernelValue(x, z, gamma), 0)
      expect(Math.abs(values[i] - exact)).toBeLessThan(1e-14)
    })
  })

  test('far from the origin nothing is lost', () => {
    const near = embed(gauss([0, 0], 20, 3), gaussian(0.5))
    const far = embed(
      gauss([0, 0], 20, 3).map((row) => row.map((value) => value + 1048576)),
      gaussian(0.5),
    )
    expect(inner(far, far)).toBeCloseTo(inner(near, near), 8)
  })

  test('odd shapes: one point, equal points, constant columns, one column, 1,500 columns, f32 rows', () => {
    const shapes = [
      [[[1e6]], [[1e6 + 1], [1e6 + 1]]],
      [gauss([1e6, 7], 300, 3).map(([x]) => [x, 7]), gauss([1e6, 7], 5, 4).map(([x]) => [x, 7])],
      [gauss(Array(1500).fill(1e6), 4, 5), gauss(Array(1500).fill(1e6), 3, 6)],
    ]
    for (const [X, Z] of shapes) {
      const gamma = 1 / (2 * X[0].length)
      const mean = (A: number[][], B: number[][]): number => {
        let sum = 0
        for (const a of A) for (const b of B) sum += Math.exp(-gamma * squaredDistance(a, b))
        return sum / (A.length * B.length)
      }
      const [a, b] = [embed(X, gaussian(gamma)), embed(Z, gaussian(gamma))]
      expect(inner(a, b)).toBeCloseTo(mean(X, Z), 9)
      expect(mmdSquared(a, b)).toBeCloseTo(mean(X, X) - 2 * mean(X, Z) + mean(Z, Z), 9)
      const narrow = { ...b, points: { ...b.points, data: Float32Array.from(b.points.data) } }
      const near = embed({ ...b.points, data: Float64Array.from(narrow.points.data) }, gaussian(gamma))
      expect(inner(a, narrow)).toBe(inner(a, near))
    }
    const broken = embed([[1], [2]], gaussian(1))
    broken.points.data[1] = Number.NaN
    expect(() => inner(embed([[1]], gaussian(1)), broken)).toThrow('"points" expected finite numbers, got NaN in row 1')
  })

  test('a metric: symmetric, 0 to itself, triangle inequality', () => {
    const some = fc
      .record({
        m: fc.integer({ min: 1, max: 12 }),
        seed: fc.integer(),
        at: fc.double({ min: -3, max: 3, noNaN: true }),
      })
      .map(({ m, seed, at }) => embed(gauss([at, 0], m, seed), gaussian(0.4)))
    fc.assert(
      fc.property(some, some, some, (a, b, c) => {
        expect(mmd(a, a)).toBe(0)
        expect(
          mmd(
            a,
            embed(
              [...Array(a.points.rows).keys()].map((i) => a.points.data.slice(2 * i, 2 * i + 2)),
              a.kernel,
            ),
          ),
        ).toBeLessThan(1e-7)
        expect(Math.abs(mmdSquared(a, b) - mmdSquared(b, a))).toBeLessThan(1e-14)
        expect(mmd(a, c)).toBeLessThanOrEqual(mmd(a, b) + mmd(b, c) + 1e-7)
      }),
      { numRuns: 50 },
    )
  })

  test('refuses what cannot be compared', () => {
    const a = embed([[1, 2]], gaussian(0.5))
    expect(() => mmd(a, embed([[1]], gaussian(0.5)))).toThrow('"points columns" expected length 2, got 1')
    expect(() => inner(a, embed([[1, 2]], gaussian(0.4)))).toThrow('make them under the same terms')
    expect(() => evaluate(a, [[1]])).toThrow('"X columns" expected length 2, got 1')
    expect(() => embed([[1, 2]], gaussian(1), { weights: [1, 2] })).toThrow('"weights" expected length 1, got 2')
    expect(() => embed([[1, 2]], gaussian(1), { weights: [Number.NaN] })).toThrow(
      '"weights[0]" expected a finite number',
    )
  })
})

describe('mixture', () => {
  const kernel = gaussian(0.5)
  const parts = [gauss([0, 0], 60, 1), gauss([4, 0], 60, 2), gauss([0, 4], 60, 3)]
  const candidates = parts.map((rows) => embed(rows, kernel))

  test('finds the shares of a mixture exactly', () => {
    const shares = [0.6, 0.3, 0.1]
    const target = embed(parts.flat(), kernel, {
      weights: parts.flatMap((rows, p) => rows.map(() => shares[p] / rows.length)),
    })
    for (const constraint of ['simplex', 'cone'] as const) {
      const { weights, distance, gap } = mixture(target, candidates, { constraint })
      shares.forEach((share, i) => {
        expect(weights[i]).toBeCloseTo(share, 8)
      })
      expect(distance).toBeLessThan(1e-6)
      expect(gap).toBeLessThan(1e-10)
    }
  })

  test('in the cone the missing mass is what no candidate covers', () => {
    const before = core().mark()
    const target = embed([...parts[0], ...gauss([20, 20], 60, 4)], kernel)
    const cone = mixture(target, candidates, { constraint: 'cone' })
    const simplex = mixture(target, candidates)
    expect(cone.weights[0]).toBeCloseTo(0.5, 6)
    expect(cone.weights.reduce((a, b) => a + b)).toBeCloseTo(0.5, 2)
    expect(simplex.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
    expect(cone.distance).toBeLessThan(simplex.distance)
    expect(core().mark()).toBe(before)
  })

  test('refuses an empty list and other kernels', () => {
    expect(() => mixture(candidates[0], [])).toThrow('"candidates" expected at least one embedding')
    expect(() => mixture(candidates[0], [embed([[0, 0]], gaussian(1))])).toThrow('make them under the same terms')
    expect(() => mixture(candidates[0], candidates, { constraint: 'free' as 'cone' })).toThrow(
      '"constraint" expected one of',
    )
  })
})
