import { describe, expect, test } from 'vitest'
import { type Matrix, matrix, sliceRows } from '../../../src/base/matrix.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import { combine, type Frame, type SumRequest, spanCount, spanRows } from '../../../src/rkme/rows/request.js'
import { shareTaker } from '../../../src/rkme/rows/share.js'
import { core } from '../../../src/wasm/instance.js'
import { gauss, innerReference, kernelValue, mulberry32, rowsOf, squaredDistance } from '../../reference.js'

const flat = (rows: number[][], precision: 'f32' | 'f64'): Matrix =>
  matrix((precision === 'f32' ? Float32Array : Float64Array).from(rows.flat()), rows.length, rows[0].length)

const answer = (request: SumRequest, rows: Matrix, weights?: ArrayLike<number>): Float64Array =>
  combine(request, shareTaker({ rows, weights, total: rows.rows, offset: 0 })(request, 0, spanCount(rows.rows)))

const nothing = (d: number, precision: 'f32' | 'f64'): Frame => ({
  centre: new Float64Array(d),
  precision,
  weightFactor: 1,
})

describe('sums over rows', () => {
  const m = 700
  const gamma = 0.3
  const limits = { f32: 3e-5, f64: 1e-12 } as const

  test('rows beside a row that is far too far for exp have the values that they have alone', () => {
    const d = 10
    const rows = gauss(Array(d).fill(0), 255, 4)
    for (const precision of ['f32', 'f64'] as const) {
      const points = flat(gauss(Array(d).fill(0.2), 11, 2), precision)
      const frame = nothing(d, precision)
      const request = {
        kind: 'moments',
        frame,
        points,
        kernel: gaussian(gamma),
        differences: false,
        vectors: true,
      } as const
      const alone = answer(request, flat(rows, precision))
      expect(answer(request, flat([...rows, Array(d).fill(1e3)], precision))).toEqual(alone)
    }
  })

  test.each([1, 3, 9, 20, 37])('moments agree with the definition at d = %i', (d) => {
    const random = mulberry32(9)
    const weights = Float64Array.from({ length: m }, random)
    for (const precision of ['f32', 'f64'] as const) {
      const X = flat(gauss(Array(d).fill(0), m, 1), precision)
      const x = rowsOf(X)
      for (const n of [1, 4, 11]) {
        const points = flat(gauss(Array(d).fill(0.2), n, 2), precision)
        const z = rowsOf(points)
        for (const differences of [true, false]) {
          for (const a of [undefined, weights]) {
            const sums = answer(
              {
                kind: 'moments',
                frame: nothing(d, precision),
                points,
                kernel: gaussian(gamma),
                differences,
                vectors: true,
              },
              X,
              a,
            )
            expect(sums.length).toBe(n + n * d)
            for (let j = 0; j < n; j++) {
              const k = x.map((row, i) => (a ? a[i] : 1) * kernelValue(row, z[j], gamma))
              const total = k.reduce((sum, value) => sum + value, 0)
              expect(Math.abs(sums[j] - total)).toBeLessThan(limits[precision] * (total + 1e-3))
              for (let c = 0; c < d; c++) {
                const first = k.reduce((sum, value, i) => sum + value * x[i][c], 0)
                expect(Math.abs(sums[n + j * d + c] - first)).toBeLessThan(limits[precision] * (total + 1e-3) * 4)
              }
            }
          }
        }
      }
    }
  })

  test('the nearest points, ties to the first', () => {
    for (const precision of ['f32', 'f64'] as const) {
      for (const [d, n] of [
        [1, 1],
        [2, 9],
        [21, 30],
      ]) {
        const X = flat(gauss(Array(d).fill(0), m, 3), precision)
        const z = gauss(Array(d).fill(0), n, 4)
        if (n > 1) z[n - 1] = [...z[0]]
        const points = flat(z, precision)
        const sums = answer({ kind: 'nearest', frame: nothing(d, precision), points }, X)
        const expected = new Float64Array(n + n * d)
        for (const row of rowsOf(X)) {
          const distances = rowsOf(points).map((point) => squaredDistance(row, point))
          const j = distances.indexOf(Math.min(...distances))
          expected[j]++
          for (let k = 0; k < d; k++) expected[n + j * d + k] += row[k]
        }
        for (let i = 0; i < sums.length; i++) expect(Math.abs(sums[i] - expected[i])).toBeLessThan(1e-9)
      }
    }
  })

  test('totals, extent and the double sum of the kernel', () => {
    const rows = gauss([1, 2, 3], 600, 5)
    const random = mulberry32(6)
    const weights = Float64Array.from(rows, random)
    const X = flat(rows, 'f64')
    const total = answer({ kind: 'total' }, X, weights)
    const sum = weights.reduce((a, b) => a + b)
    expect(total[0]).toBeCloseTo(sum, 10)
    expect(total[1]).toBeCloseTo(
      weights.reduce((a, b) => a + b * b, 0),
      10,
    )
    expect(total[3]).toBeCloseTo(
      rows.reduce((a, row, i) => a + weights[i] * row[1], 0),
      9,
    )
    const frame = { centre: Float64Array.of(1, 2, 3), precision: 'f64', weightFactor: 600 / sum } as const
    const [extent] = answer({ kind: 'extent', frame }, X)
    expect(extent).toBeCloseTo(Math.max(...rows.map((row) => squaredDistance(row, [1, 2, 3]))), 10)
    for (const differences of [true, false]) {
      const [self] = answer({ kind: 'self', frame, kernel: gaussian(gamma), differences }, X, weights)
      const a = weights.map((weight) => weight / sum)
      expect(self / 600 / 600 / innerReference(rows, a, rows, a, gamma)).toBeCloseTo(1, 11)
    }
  })

  test('spans depend on the number of rows alone; any pool gives the same bytes', () => {
    expect([1, 256, 257, 8192, 8193, 1e6].map(spanRows)).toEqual([256, 256, 256, 256, 512, 31488])
    const rows = 9000
    const before = core().mark()
    const X = flat(gauss([0, 0], rows, 7), 'f32')
    const points = sliceRows(X, 0, 5)
    const frame = nothing(2, 'f32')
    const requests: SumRequest[] = [
      { kind: 'total' },
      { kind: 'extent', frame },
      { kind: 'nearest', frame, points },
      { kind: 'moments', frame, points, kernel: gaussian(gamma), differences: true, vectors: true },
    ]
    for (const request of requests) {
      const alone = answer(request, X)
      for (const workers of [1, 2, 3, 5]) {
        const spans = spanCount(rows)
        const bounds = Array.from({ length: workers + 1 }, (_, w) => Math.floor((w * spans) / workers))
        const shares = bounds.slice(1).flatMap((end, w) => {
          const first = bounds[w]
          const offset = first * spanRows(rows)
          const slice = sliceRows(X, offset, Math.min(rows, end * spanRows(rows)))
          return shareTaker({ rows: slice, weights: undefined, total: rows, offset })(request, first, end)
        })
        expect(combine(request, shares)).toEqual(alone)
      }
    }
    expect(core().mark()).toBe(before)
  })
})
