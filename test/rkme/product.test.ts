import { describe, expect, test } from 'vitest'
import { matrix } from '../../src/base/matrix.js'
import { product } from '../../src/kernel/kernel.js'
import { decode, encode, fromJson, toJson } from '../../src/rkme/codec.js'
import { embed, inner, mmd } from '../../src/rkme/mmd.js'
import { herd } from '../../src/rkme/reduce/herd.js'
import { reduce, reduceAsync } from '../../src/rkme/reduce/reduce.js'
import { combine, spanCount } from '../../src/rkme/rows/request.js'
import { shareTaker } from '../../src/rkme/rows/share.js'
import { project } from '../../src/rkme/solver/projection.js'
import { innerOf, kernelReference, mmdSquaredOf } from '../kernel/references.js'
import { gauss, mulberry32, rowsOf } from '../reference.js'

const kernel = product([
  { kind: 'numeric', gamma: 0.3 },
  { kind: 'categorical' },
  { kind: 'numeric', gamma: 0.1 },
  { kind: 'missing' },
])

/** Numbers around a centre that goes with the category 3, 7 or 9; one number in five is missing. */
const mixedRows = (m: number, seed: number): number[][] => {
  const random = mulberry32(seed)
  return gauss([0, 0, 0, 0], m, seed).map(([a, , c]) => {
    const category = [3, 7, 9][Math.floor(3 * random())]
    const missing = random() < 0.2
    return [a + category - 6, category, missing ? 0 : c, Number(missing)]
  })
}

const equal = (m: number): number[] => Array(m).fill(1 / m)
const asMatrix = (rows: number[][]) => matrix(Float64Array.from(rows.flat()), rows.length, rows[0].length)

describe('reduce with a product kernel', () => {
  test('gradient by finite differences in the numbers, none in the categories', () => {
    const x = mixedRows(200, 1)
    const z = mixedRows(6, 2)
    const frame = { centre: new Float64Array(4), precision: 'f64', weightFactor: 1 } as const
    const points = asMatrix(z)
    const request = { kind: 'moments', frame, points, kernel, differences: true, vectors: true } as const
    const take = shareTaker({ rows: asMatrix(x), weights: undefined, total: 200, offset: 0 })
    const sums = combine(request, take(request, 0, spanCount(200))).map((sum) => sum / 200)
    const moments = { correlations: sums.slice(0, 6), vectors: sums.slice(6) }
    const { gradient, weights } = project(points, moments, kernel, 'cone')
    const objective = (at: number[][]): number =>
      innerOf(kernel, at, weights, at, weights) - 2 * innerOf(kernel, x, equal(200), at, weights)
    const scale = Math.max(...gradient.map(Math.abs))
    const h = 1e-4
    z.forEach((point, j) => {
      for (const k of [0, 2]) {
        const f = (step: number): number =>
          objective(z.map((row, i) => (i === j ? row.map((v, c) => (c === k ? point[k] + step : v)) : row)))
        const numeric = (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)
        expect(Math.abs(numeric - gradient[4 * j + k]) / scale).toBeLessThan(1e-6)
      }
      expect([gradient[4 * j + 1], gradient[4 * j + 3]].map(Math.abs)).toEqual([0, 0])
    })
  })

  test('its error is the MMD, its points hold categories that exist, and it comes nearer than its start', () => {
    const x = mixedRows(600, 3)
    for (const constraint of ['cone', 'simplex', 'free'] as const) {
      const start = reduce(x, { kernel, size: 10, constraint, iterations: 0 })
      const best = reduce(x, { kernel, size: 10, constraint })
      for (const { points, weights, error } of [start, best]) {
        const z = rowsOf(points)
        expect(Math.abs(error ** 2 - mmdSquaredOf(kernel, x, equal(600), z, weights))).toBeLessThan(1e-10)
        for (const [, category, , mask] of z) {
          expect([3, 7, 9]).toContain(category)
          expect([0, 1]).toContain(mask)
        }
      }
      expect(best.error).toBeLessThan(0.6 * start.error)
    }
  })

  test('one point takes the category that is best of all', () => {
    // The start is drawn from the rows by chance; some of these seeds begin in the rare category.
    const x = mixedRows(300, 4).map(([a, category, c, mask], i) => [
      a,
      i % 10 === 0 ? 3 : category === 3 ? 7 : 9,
      c,
      mask,
    ])
    for (const seed of [1, 2, 3, 4]) {
      const { points, weights, error } = reduce(x, { kernel, size: 1, seed })
      const [z] = rowsOf(points)
      for (const category of [3, 7, 9]) {
        for (const mask of [0, 1]) {
          const other = [[z[0], category, z[2], mask]]
          const c = innerOf(kernel, x, equal(300), other, [1])
          const objective = innerOf(kernel, x, equal(300), x, equal(300)) - c * c
          expect(objective).toBeGreaterThan(error ** 2 - 1e-9)
        }
      }
      expect(weights.length).toBe(1)
    }
  })

  test('the same bytes from every driver, in both precisions; f32 near f64', async () => {
    const x = mixedRows(500, 5)
    for (const precision of ['f32', 'f64'] as const) {
      const options = { kernel, size: 8, iterations: 15, seed: 2, precision }
      expect(encode(await reduceAsync(x, options))).toEqual(encode(reduce(x, options)))
    }
    const [fine, coarse] = (['f64', 'f32'] as const).map((precision) => reduce(x, { kernel, size: 8, precision }))
    expect(coarse.error / fine.error).toBeCloseTo(1, 0)
  })

  test('number labels become one more numeric part, words classes; codecs, herding and distances', () => {
    const x = mixedRows(120, 6)
    const labelled = reduce(x, { kernel, size: 6, labels: x.map(([a]) => 2 * a), labelScale: 2, iterations: 20 })
    expect(labelled.joint?.kernel).toEqual({
      kind: 'product',
      parts: [...kernel.parts, { kind: 'numeric', gamma: 0.25 }],
    })
    expect(decode(encode(labelled))).toEqual(labelled)
    expect(fromJson(JSON.stringify(toJson(labelled)))).toEqual(labelled)
    const classes = reduce(x, { kernel, size: 6, labels: x.map(([a]) => (a > 0 ? 'p' : 'q')) }).classes
    expect(classes?.map(({ label }) => label)).toEqual(['p', 'q'])
    const a = embed(x, kernel)
    const b = embed(mixedRows(90, 7), kernel)
    expect(inner(a, b)).toBeCloseTo(innerOf(kernel, x, equal(120), mixedRows(90, 7), equal(90)), 12)
    const picked = herd(x, { size: 12, kernel })
    expect(picked.error).toBeLessThan(mmd(a, embed(x.slice(0, 12), kernel)))
    const drawn = rowsOf(herd(a, { size: 5 }).points)
    for (const row of drawn) expect(kernelReference(kernel, row, row)).toBe(1)
    for (const [, category] of drawn) expect([3, 7, 9]).toContain(category)
  })

  test('categories alone, and rows that are all equal', () => {
    const x = mixedRows(90, 8).map(([, category, , mask]) => [category, mask])
    const only = product([{ kind: 'categorical' }, { kind: 'missing' }])
    expect(reduce(x, { kernel: only, size: 6 }).error).toBeLessThan(1e-6)
    expect(reduce(Array(50).fill([4, 1]), { kernel: only, size: 3 }).error).toBeLessThan(1e-6)
    expect(() => reduce([[0.5, 1]], { kernel: only })).toThrow('"X" expected whole numbers up to 2²⁴')
  })
})
