import { describe, expect, test } from 'vitest'
import { matrix } from '../../src/base/matrix.js'
import { type Kernel, linear, polynomial } from '../../src/kernel/kernel.js'
import { evaluate } from '../../src/rkme/evaluate.js'
import { mixture } from '../../src/rkme/mixture.js'
import { embed, inner, mmd, mmdSquared } from '../../src/rkme/mmd.js'
import { herd } from '../../src/rkme/reduce/herd.js'
import { merge } from '../../src/rkme/reduce/merge.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { exactDistance, innerOf, kernelReference } from '../kernel/references.js'
import { gauss, rowsOf } from '../reference.js'

const kernels: [string, Kernel][] = [
  ['linear', linear()],
  ['affine', polynomial({ degree: 1, offset: 3, scale: 0.5 })],
  ['quadratic', polynomial()],
  ['homogeneous', polynomial({ offset: 0 })],
  ['cubic', polynomial({ degree: 3, offset: 2, scale: 0.25 })],
]
const offsets = [0, 100, 1e6]
const equal = (m: number): number[] => Array(m).fill(1 / m)

/** Rows that f32 has as they are, around an offset. */
const rowsAt = (m: number, d: number, offset: number, seed: number, f32 = true) =>
  rowsOf(matrix((f32 ? Float32Array : Float64Array).from(gauss(Array(d).fill(offset), m, seed).flat()), m, d))

describe.each(kernels)('far from the origin, %s', (_, kernel) => {
  const lengthOf = (x: number[][], weights = equal(x.length)): number =>
    Math.sqrt(innerOf(kernel, x, weights, x, weights))

  test.each(offsets)('reduce says how far it is, f32 rows and f64 rows, offset %d', (offset) => {
    for (const [m, d, size] of [
      [1, 2, 1],
      [40, 3, 5],
      [60, 1, 3],
      [30, 2, 40],
      [50, 9, 7],
    ]) {
      const x = rowsAt(m, d, offset, m + d)
      const length = lengthOf(x)
      for (const [constraint, f32] of [
        ['cone', true],
        ['cone', false],
        ['simplex', true],
        ['free', true],
      ] as const) {
        const X = matrix((f32 ? Float32Array : Float64Array).from(x.flat()), m, d)
        const { points, weights, error } = reduce(X, { kernel, size, constraint, seed: 2 })
        const exact = exactDistance(kernel, x, equal(m), rowsOf(points), weights)
        if (kernel.kind === 'linear') expect(Math.abs(error - exact)).toBeLessThan(1e-13 * length)
        else {
          const hidden = 2 ** -25 * length
          expect(error).toBeGreaterThan(0.999 * hidden)
          expect(Math.abs(Math.max(error, hidden) - Math.max(exact, hidden))).toBeLessThan(0.5 * hidden)
        }
        if (constraint === 'cone' && f32) {
          const fine = reduce(x, { kernel, size, precision: 'f64', seed: 2 })
          expect(Math.abs(error - fine.error)).toBeLessThan(1e-5 * length)
        }
      }
    }
  })

  test.each(offsets)('mmd, mixture, herd and merge keep their digits, offset %d', (offset) => {
    const [x, y, z] = [rowsAt(25, 4, offset, 1), rowsAt(30, 4, offset, 2), rowsAt(20, 4, offset + 1, 3)]
    const [a, b, c] = [x, y, z].map((rows) => embed(matrix(Float32Array.from(rows.flat()), rows.length, 4), kernel))
    const exact = exactDistance(kernel, x, equal(25), y, equal(30))
    const length = lengthOf(x)
    const rounding = (offset === 0 ? 1e-9 : 1e-12) * length
    // A share of the distance, for which the large common part of both would leave nothing.
    expect(Math.abs(mmd(a, b) / exact - 1)).toBeLessThan(1e-7)
    expect(Math.abs(mmdSquared(b, a) / exact ** 2 - 1)).toBeLessThan(1e-7)
    expect(Math.abs(inner(a, b) / innerOf(kernel, x, equal(25), y, equal(30)) - 1)).toBeLessThan(1e-12)
    const at = evaluate(a, y)
    y.forEach((row, j) => {
      const value = x.reduce((sum, other) => sum + kernelReference(kernel, other, row) / 25, 0)
      expect(Math.abs(at[j] - value)).toBeLessThan(1e-12 * length ** 2)
    })
    for (const constraint of ['simplex', 'cone'] as const) {
      const { weights, distance } = mixture(a, [b, c], { constraint })
      const shares = [...equal(30).map((w) => w * weights[0]), ...equal(20).map((w) => w * weights[1])]
      const far = exactDistance(kernel, x, equal(25), [...y, ...z], shares)
      expect(Math.abs(distance - far)).toBeLessThan(rounding + 1e-7 * far)
      expect(distance).toBeLessThan(exact * (1 + 1e-9) + 2 ** -25 * length)
    }
    const picked = herd(a, { size: 6 })
    const near = exactDistance(kernel, x, equal(25), rowsOf(picked.points), picked.weights)
    expect(Math.abs(picked.error - near)).toBeLessThan(rounding + 1e-7 * near)
    const merged = merge([a, b], { size: 4 })
    const both = [...equal(25).map((w) => (w * 25) / 55), ...equal(30).map((w) => (w * 30) / 55)]
    const off = exactDistance(kernel, [...x, ...y], both, rowsOf(merged.points), merged.weights)
    expect(Math.abs(merged.reduction - off)).toBeLessThan(rounding + 1e-7 * off)
  })
})

describe('where points cancel', () => {
  test('equal embeddings are 0 apart, also in another order; numbers too large are refused', () => {
    for (const [, kernel] of kernels) {
      for (const x of [
        rowsAt(12, 3, 1e6, 5),
        [[0, 0]],
        [
          [1, -1],
          [-1, 1],
        ],
      ]) {
        const length = Math.sqrt(innerOf(kernel, x, equal(x.length), x, equal(x.length)))
        expect(mmd(embed(x, kernel), embed([...x].reverse(), kernel))).toBeLessThanOrEqual(1e-9 * length)
      }
      expect(() => mmd(embed([[1e200]], kernel), embed([[1]], kernel))).toThrow('scale its columns first')
      const broken = embed([[1]], kernel)
      broken.points.data[0] = Number.NaN
      expect(() => mmd(embed([[1]], kernel), broken)).toThrow('"points" expected finite numbers, got NaN')
    }
  })
})
