import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Matrix, matrix } from '../../src/base/matrix.js'
import { gammaByDimension, gammaByMedian } from '../../src/kernel/bandwidth.js'
import { placeFrame } from '../../src/kernel/frame.js'
import { bufferBytes, fillTiles, gram } from '../../src/kernel/gram.js'
import { gaussian, type Kernel, laplacian, linear, polynomial } from '../../src/kernel/kernel.js'
import { placePanels, placeTiles } from '../../src/kernel/pack.js'
import { choleskySolve } from '../../src/qp/cholesky.js'
import { withArena } from '../../src/wasm/arena.js'
import { core } from '../../src/wasm/instance.js'
import { normals } from '../../src/wasm/scalar.js'
import { gauss, gramReference, squaredDistance } from '../reference.js'
import { kernelReference } from './references.js'

const limits = { f32: 6e-7, f64: 4e-15 } as const

const rowsOf = ({ rows, columns, data }: Matrix): Float32Array[] =>
  Array.from({ length: rows }, (_, i) => Float32Array.from(data.subarray(i * columns, (i + 1) * columns)))

describe('gram', () => {
  test.each([1, 3, 20, 21, 22, 23, 33, 100, 784, 1027, 1500])(
    'agrees with the definition at d = %i, near and far from the origin',
    (d) => {
      for (const precision of ['f32', 'f64'] as const) {
        for (const offset of [0, 1e6]) {
          const X = gauss(Array(d).fill(offset), 47, 1)
          const Z = gauss(Array(d).fill(offset), 21, 2)
          const gamma = 1 / (4 * d)
          const { data, rows, columns } = gram(X, Z, gaussian(gamma), { precision })
          const expected = gramReference(X, Z, gamma).flat()
          expect([rows, columns, data instanceof Float32Array]).toEqual([47, 21, precision === 'f32'])
          for (let i = 0; i < data.length; i++)
            expect(Math.abs(data[i] / expected[i] - 1)).toBeLessThan(limits[precision])
        }
      }
    },
  )

  test('falls back to differences where dot products would lose the digits', () => {
    const X = gauss(Array(50).fill(0), 40, 3)
    const near = [X[0], X[0].map((value) => value + 1e-3)]
    const gamma = 200
    const { data } = gram([...X, ...near], undefined, gaussian(gamma), { precision: 'f32' })
    const exact = Math.exp(-gamma * squaredDistance(near[0], near[1]))
    expect(Math.abs(data[40 * 42 + 41] / exact - 1)).toBeLessThan(1e-3)
  })

  test.each([3, 40, 300, 1100])('is what tiles fill in the core, in groups that follow one another, at d = %i', (d) => {
    const X = matrix(normals(d, 311 * d), 311, d)
    const Z = matrix(normals(d + 1, 21 * d), 21, d)
    const kernel = gaussian(1 / (4 * d))
    const factor = d > 32 ? 2 : 1
    for (const precision of ['f32', 'f64'] as const) {
      const filled = withArena((arena) => {
        const frame = placeFrame(arena, Z, kernel, 'Z', precision)
        const panels = placePanels(arena, Z, frame)
        const room = { pointer: arena.bytes(315 * d * 8), norms: arena.bytes(315 * 8) }
        placeTiles(arena, X, [0, 311], frame, factor, room)
        const form = { gamma: kernel.gamma, block: 0 }
        const buffer = arena.bytes(bufferBytes(d))
        const points = { precision, count: 21, columns: d, panels, kernel: form, buffer }
        const out = arena.bytes(311 * 21 * 8)
        fillTiles(arena.core, points, d > 32 ? room : { ...room, norms: 0 }, [0, 311], out)
        return precision === 'f32' ? arena.readF32(out, 311 * 21) : arena.readF64(out, 311 * 21)
      })
      expect(filled).toEqual(gram(X, Z, kernel, { precision }).data)
    }
  })

  test('an entry does not depend on which rows stand beside it', () => {
    for (const d of [5, 40]) {
      const X = gauss(Array(d).fill(0), 519, 4)
      const Z = gauss(Array(d).fill(0), 30, 5)
      for (const precision of ['f32', 'f64'] as const) {
        const whole = gram(X, Z, gaussian(0.1), { precision })
        for (const m of [1, 2, 3, 255, 256, 257, 519]) {
          const part = gram(X.slice(0, m), Z, gaussian(0.1), { precision })
          expect(part.data).toEqual(whole.data.slice(0, m * 30))
        }
      }
    }
  })

  test('K(X, X) is symmetric with ones on its diagonal, and positive definite', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 50 }), fc.integer(), (m, d, seed) => {
        const K = gram(gauss(Array(d).fill(3), m, seed), undefined, gaussian(1 / d))
        for (let i = 0; i < m; i++) {
          expect(K.data[i * m + i]).toBe(1)
          for (let j = 0; j < i; j++) expect(K.data[i * m + j]).toBe(K.data[j * m + i])
        }
        // Cholesky refuses what is not positive definite.
        choleskySolve(K, new Float64Array(m).fill(1), { ridge: 1e-12 })
      }),
      { numRuns: 30 },
    )
  })

  test('inputs stay as they are and the arena empty', () => {
    const X = matrix(Float32Array.from([1, 2, 3, 4]), 2, 2)
    const before = [X.data.slice(), core().mark()]
    gram(X, X, gaussian(1), { precision: 'f32' })
    expect([X.data, core().mark()]).toEqual(before)
  })

  test('writes into an array at hand the values that a fresh one has', () => {
    const kernel = gaussian(0.1)
    for (const precision of ['f32', 'f64'] as const) {
      const X = gauss([0, 1, 2], 300, 1)
      const Z = gauss([0, 1, 2], 203, 2)
      for (const points of [Z, undefined]) {
        const fresh = gram(X, points, kernel, { precision })
        const out = fresh.data.slice().fill(7)
        const filled = gram(X, points, kernel, { precision, out })
        expect(filled.data).toBe(out)
        const bytes = new Uint8Array(fresh.data.buffer)
        expect(new Uint8Array(out.buffer).findIndex((byte, at) => byte !== bytes[at])).toBe(-1)
      }
    }
    const X = matrix(new Float64Array(6), 2, 3)
    expect(() => gram(X, undefined, kernel, { out: new Float32Array(4) })).toThrow('"out" expected a Float64Array')
    expect(() => gram(X, undefined, kernel, { out: new Float64Array(3) })).toThrow('"out" expected length 4, got 3')
    expect(() => gram(X, undefined, kernel, { out: X.data.subarray(2) as Float64Array })).toThrow(
      '"out" expected memory of its own, got that of the rows',
    )
  })

  test('refuses what cannot be right', () => {
    const kernel = gaussian(1)
    const before = core().mark()
    expect(() => gram([[1, Number.NaN]], undefined, kernel)).toThrow(
      '"X" expected finite numbers, got NaN in row 0, column 1',
    )
    expect(() => gram([[1, 2]], [[Infinity, 1]], kernel)).toThrow('"Z" expected finite numbers, got Infinity')
    expect(() => gram([[1, 2]], [[1]], kernel)).toThrow('"Z columns" expected length 2, got 1')
    expect(() => gram([], undefined, kernel)).toThrow('"X" expected at least one row and one column')
    expect(() => gram([[1]], undefined, kernel, { precision: 'f16' as 'f32' })).toThrow(`"precision" expected one of`)
    expect(() => gram([[1]], undefined, { kind: 'sigmoid', gamma: 1 } as never)).toThrow(
      `"kernel.kind" expected one of 'gaussian'`,
    )
    expect(() => gram([[1]], undefined, { kind: 'gaussian' } as never)).toThrow('"kernel.gamma" expected a number')
    expect(() => gaussian(0)).toThrow('"gamma" expected a number above 0, got 0')
    expect(core().mark()).toBe(before)
  })

  test('in chunks of rows: each is right, and a refusal names the row of the whole', () => {
    const X = matrix(Float32Array.from(normals(7, 600 * 50)), 600, 50)
    const Z = matrix(Float32Array.from(normals(8, 30 * 50)), 30, 50)
    const all = gramReference(rowsOf(X), rowsOf(Z), 0.02).flat()
    for (const precision of ['f32', 'f64'] as const) {
      const { data } = gram(X, Z, gaussian(0.02), { precision })
      expect(data.every((value, i) => Math.abs(value / all[i] - 1) < 2 * limits[precision])).toBe(true)
    }
    X.data[590 * 50 + 7] = -Infinity
    expect(() => gram(X, Z, gaussian(1))).toThrow('"X" expected finite numbers, got -Infinity in row 590, column 7')
  })

  test('one row, more points than rows, constant columns, d = 1 and 4,096 columns', () => {
    const near = (K: Matrix, X: number[][], Z: number[][], gamma: number): void => {
      const expected = gramReference(X, Z, gamma).flat()
      for (let i = 0; i < expected.length; i++) expect(Math.abs(K.data[i] - expected[i])).toBeLessThan(1e-6)
    }
    const constant = gauss(Array(40).fill(0), 20, 9).map((row) => row.map((value, k) => (k % 2 ? 1e6 : value)))
    for (const precision of ['f32', 'f64'] as const) {
      expect(gram([[3]], undefined, gaussian(1), { precision }).data[0]).toBe(1)
      near(gram([[1, 2]], [[1, 3]], gaussian(0.5), { precision }), [[1, 2]], [[1, 3]], 0.5)
      for (const [X, Z] of [
        [gauss([1e6], 5, 1), gauss([1e6], 60, 2)],
        [constant, constant.slice(0, 7)],
        [gauss(Array(4096).fill(1e6), 5, 3), gauss(Array(4096).fill(1e6), 9, 4)],
        [Array(9).fill([1e6, 7]), [[1e6, 7]]],
      ]) {
        const gamma = 1 / (2 * X[0].length)
        near(gram(X, Z, gaussian(gamma), { precision }), X, Z, gamma)
      }
    }
  })

  test('refuses numbers whose squares are beyond the precision', () => {
    expect(() => gram([[0]], [[1e300], [0]], gaussian(1))).toThrow('"Z" expected numbers whose squares can be added up')
    expect(() => gram([[1e300]], [[0]], gaussian(1))).toThrow('"X" expected numbers whose squares can be added up')
    expect(() => gram([[1e300]], [[0]], gaussian(1), { precision: 'f32' })).toThrow('scale its columns first')
    expect(() => gram([[1.7e308], [1.7e308]], undefined, gaussian(1))).toThrow('"X" expected numbers whose squares')
    expect(gram([[1e100]], [[0]], gaussian(1)).data[0]).toBe(0)
  })
})

describe('gram in f32', () => {
  const far = (m: number, d: number, seed: number, size: number): Matrix =>
    matrix(
      Float32Array.from(normals(seed, m * d), (value) => value * size),
      m,
      d,
    )
  const d = 40
  const kernels: [string, Kernel][] = [
    ['a wide Gaussian', gaussian(1 / (d * 1e40))],
    ['a narrow Gaussian', gaussian(1)],
    ['a Laplacian', laplacian(1e-22)],
    ['a linear kernel', linear()],
    ['a polynomial', polynomial({ degree: 2, offset: 1, scale: 1e-40 })],
  ]

  test.each(kernels)('takes rows whose squares are beyond f32 as f64 takes them: %s', (_, kernel) => {
    const [small, large] = [far(290, d, 1, 1), far(9, d, 2, 1e20)]
    const mixed = matrix(small.data.slice(), 290, d)
    mixed.data.set(large.data, 270 * d)
    for (const [X, Z] of [
      [large, undefined],
      [large, small],
      [small, large],
      [mixed, small],
      [matrix(Float64Array.from(large.data), 9, d), large],
      [far(7, d, 3, 3e38 / 8), far(5, d, 4, 3e38 / 8)],
    ] as const) {
      const wanted = gram(X, Z, kernel, { precision: 'f64' })
      if (!wanted.data.every((value) => Number.isFinite(Math.fround(value)))) {
        expect(() => gram(X, Z, kernel, { precision: 'f32' })).toThrow('"precision" expected \'f64\' for kernel values')
        continue
      }
      const { data } = gram(X, Z, kernel, { precision: 'f32' })
      const right = data.every((value, i) => {
        const expected = Math.fround(wanted.data[i])
        return value === expected || Math.abs(value - expected) < 1e-5 * Math.max(1, Math.abs(expected))
      })
      expect(right).toBe(true)
      if (Z !== undefined) {
        const at = (A: Matrix, i: number): Float32Array | Float64Array => A.data.subarray(i * d, (i + 1) * d)
        const value = kernelReference(kernel, at(X, X.rows - 1), at(Z, 1))
        expect(Math.abs(wanted.data[(X.rows - 1) * Z.rows + 1] - value)).toBeLessThanOrEqual(
          1e-9 * Math.max(1, Math.abs(value)),
        )
      }
    }
  })

  const spread = (offset: number): number[][] => gauss(Array(d).fill(offset), 300, 7)
  const replaced = (at: number, by: number): number[][] =>
    spread(1e6).map((row, i) => (i === at ? row.map(() => by) : row))
  test.each([
    ['sorted', spread(1e6).sort((a, b) => a[0] - b[0])],
    ['in two clusters, one after the other', [...spread(1e6).slice(0, 150), ...spread(1e6 + 50).slice(150)]],
    ['in clusters, in turns', spread(1e6).map((row, i) => row.map((value) => value + 40 * (i % 5)))],
    ...[0, 3, 74, 148, 222, 299].map((at) => [`with a row far away in place ${at}`, replaced(at, 3e7)] as const),
    ['with two rows far away', spread(1e6).map((row, i) => (i === 1 || i === 297 ? row.map(() => -2e7) : row))],
  ] as [string, number[][]][])('keeps the digits of rows with an offset of 1e6, %s', (_, Z) => {
    const X = gauss(Array(d).fill(1e6), 20, 8)
    const narrow = (rows: number[][]): Matrix => matrix(Float32Array.from(rows.flat()), rows.length, d)
    for (const [x, z] of [
      [narrow(X), narrow(Z)],
      [narrow(Z), narrow(X)],
      [narrow(gauss(Array(d).fill(2e6), 20, 9)), narrow(Z)],
      [matrix(Float64Array.from(X.flat()), 20, d), matrix(Float64Array.from(Z.flat()), Z.length, d)],
    ]) {
      const kernel = gaussian(1 / (2 * d))
      const { data } = gram(x, z, kernel, { precision: 'f32' })
      const expected = gramReference(rowsOf(x), rowsOf(z), kernel.gamma).flat()
      const rounded = x.data instanceof Float64Array ? gram(x, z, kernel).data : expected
      expect(data.every((value, i) => Math.abs(value - rounded[i]) < 1e-5)).toBe(true)
    }
  })
})

describe('bandwidth', () => {
  test('by dimension and by the median', () => {
    expect(gammaByDimension(20)).toBe(1 / 80)
    const X = gauss([0, 0, 0], 400, 6)
    const distances = X.flatMap((x, i) => X.slice(0, i).map((y) => squaredDistance(x, y))).sort((a, b) => a - b)
    const exact = 1 / (2 * distances[distances.length >> 1])
    expect(gammaByMedian(X, { seed: 1 }) / exact).toBeCloseTo(1, 1)
    expect(gammaByMedian(X, { seed: 1 })).toBe(gammaByMedian(X, { seed: 1 }))
    expect(() => gammaByMedian([[1], [1], [1]])).toThrow('"X" expected rows that differ')
    expect(() => gammaByMedian([[1]])).toThrow('"X" expected at least 2 rows')
    expect(() => gammaByDimension(0)).toThrow('"dimension" expected a whole number of at least 1, got 0')
  })
})

describe.each([40, 100, 257, 784, 1568, 3001])('rows that lie close together, d = %i', (d) => {
  test('have values within 1e-5 in f32, of squares that are alike within 2e-5, however large gamma · ‖x‖² is', () => {
    const n = 24
    for (const [seed, kind] of ['normal', 'two values', 'from 0 to 1', 'one number in one row'].entries()) {
      const values = normals(seed + 1, n * d).map((value, at) => {
        if (kind === 'normal') return value
        if (kind === 'one number in one row') return at < d ? 1.0978 : 0
        return kind === 'two values' ? 0.3 * Math.sign(value) : Math.abs(value) % 1
      })
      const X = matrix(Float32Array.from(values), n, d)
      const noise = normals(seed + 7, n * d)
      const Z = matrix(
        X.data.map((value, i) => value * (1 + (Math.floor(i / d) % 2) * 1e-3 * noise[i])),
        n,
        d,
      )
      let farthest = 0
      for (let i = 0; i < n; i++) {
        let square = 0
        for (let k = 0; k < d; k++) square += X.data[i * d + k] ** 2
        farthest = Math.max(farthest, square)
      }
      for (const most of [0.5, 1, 1.5, 2.5, 4, 6, 8, 16]) {
        const kernel = gaussian(most / farthest)
        const seen = gram(X, Z, kernel, { precision: 'f32' }).data
        const wanted = gram(X, Z, kernel).data
        let error = 0
        for (let i = 0; i < seen.length; i++) error = Math.max(error, Math.abs(seen[i] - wanted[i]))
        expect(error).toBeLessThan(kind === 'one number in one row' ? 2e-5 : 1e-5)
      }
    }
  })
})
