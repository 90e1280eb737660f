import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Matrix, matrix, sliceRows } from '../../src/base/matrix.js'
import { gram, gramRows } from '../../src/kernel/gram.js'
import { gaussian } from '../../src/kernel/kernel.js'
import { core } from '../../src/wasm/instance.js'
import { normals } from '../../src/wasm/scalar.js'
import { f32, mirrored } from './scalar.js'

const single = { precision: 'f32' } as const
const rowsOf = (seed: number, m: number, d: number): Matrix => matrix(Float32Array.from(normals(seed, m * d)), m, d)

/** Every row of Z is near one of X. */
const nearRows = (X: Matrix, n: number, far: number): Matrix => {
  const { rows, columns: d } = X
  const noise = normals(n, n * d)
  return matrix(
    Float32Array.from(noise, (value, at) => X.data[(Math.floor(at / d) % rows) * d + (at % d)] + far * value),
    n,
    d,
  )
}

const farthest = ({ data }: Matrix, wanted: ArrayLike<number>): number => {
  let most = 0
  for (let i = 0; i < data.length; i++) most = Math.max(most, Math.abs(data[i] - wanted[i]))
  return most
}

/** Of the values by differences, in f64. */
const errorOf = (X: Matrix, Z: Matrix, gamma: number): number =>
  farthest(gram(X, Z, gaussian(gamma), single), gram(X, Z, gaussian(gamma)).data)

// Pairs of panels that have had their sums taken.
const own = core() as { pairSums32: ReturnType<typeof core>['pairSums32'] }
const { pairSums32 } = own
let taken = 0
beforeEach(() => {
  taken = 0
  own.pairSums32 = (panels, pairs, dimension, sums) => {
    taken += pairs
    pairSums32(panels, pairs, dimension, sums)
  }
})
afterEach(() => {
  own.pairSums32 = pairSums32
})

describe('a Gram matrix in pairs of tiles and panels', () => {
  test.each([
    [260, 128, 256],
    [100, 143, 257],
    [110, 129, 263],
    [367, 103, 300],
    [780, 136, 399],
    [260, 144, 784],
    [381, 152, 785],
    [170, 130, 2059],
  ])('is right for %i rows, %i points and %i columns', (m, n, d) => {
    const [X, Z] = [rowsOf(1, m, d), rowsOf(2, n, d)]
    const gamma = Math.min(1 / (2 * d), 250 / d ** 2)
    expect(errorOf(X, Z, gamma)).toBeLessThan(3e-7)
    for (const far of [0, 0.1]) expect(errorOf(X, nearRows(X, n, far), gamma)).toBeLessThan(2e-6)
    expect(taken).toBe(3 * Math.floor(n / 16))
  })

  test('has the bytes of plain loops', () => {
    const [m, n, d, half] = [120, 130, 261, 128]
    const { round, power } = f32
    const x = mirrored(m, d)
    const z = mirrored(n, d)
    const kernel = gaussian(1 / (2 * d))
    const seen = gram(matrix(Float32Array.from(x), m, d), matrix(Float32Array.from(z), n, d), kernel, single)
    const add = (a: number[], b: number[], sign: number): number[] => a.map((value, k) => round(value + sign * b[k]))
    const dot = (a: number[], b: number[], sum = 0): number =>
      a.reduce((sum, value, k) => round(sum + round(value * b[k])), sum)
    const part = (rows: Float64Array, i: number, begin: number, end: number, factor: number): number[] =>
      Array.from(rows.subarray(i * d + begin, i * d + end), (value) => factor * value)
    const norm = (rows: Float64Array, i: number): number => {
      const squares = part(rows, i, 0, d, 1).map((value) => round(value * value))
      let sum = 0
      for (let k = 0; k + 4 <= d; k += 4) {
        sum += round(round(squares[k] + squares[k + 1]) + round(squares[k + 2] + squares[k + 3]))
      }
      for (let k = d - (d % 4); k < d; k++) sum += rows[i * d + k] ** 2
      return round(sum)
    }
    const [xx, zz] = [Array.from({ length: m }, (_, i) => norm(x, i)), Array.from({ length: n }, (_, j) => norm(z, j))]
    const scale = round(round(-kernel.gamma) * Math.LOG2E)
    const wanted = new Float32Array(m * n)
    const enter = (i: number, j: number, sum: number): void => {
      const square = Math.max(0, round(round(xx[i] + zz[j]) - sum))
      wanted[i * n + j] = power(round(square * scale))
    }
    for (let i = 0; i < m; i++) {
      for (let j = n - (n % 16); j < n; j++) enter(i, j, dot(part(x, i, 0, d, 2), part(z, j, 0, d, 1)))
      if (i % 10 >= 5) continue
      const [a11, a12, a13] = [0, half, 2 * half].map((k) => part(x, i, k, Math.min(d, k + half), 2))
      const [a21, a22, a23] = [0, half, 2 * half].map((k) => part(x, i + 5, k, Math.min(d, k + half), 2))
      const s1 = add(a21, a22, 1)
      const s2 = add(s1, a11, -1)
      const s3 = add(a11, a21, -1)
      const s4 = add(a12, s2, -1)
      for (let j = 0; j + 8 < n - (n % 16); j += j % 16 === 7 ? 9 : 1) {
        const [b11, b21, b31] = [0, half, 2 * half].map((k) => part(z, j, k, Math.min(d, k + half), 1))
        const [b12, b22, b32] = [0, half, 2 * half].map((k) => part(z, j + 8, k, Math.min(d, k + half), 1))
        const t1 = add(b12, b11, -1)
        const t2 = add(b22, t1, -1)
        const t3 = add(b22, b12, -1)
        const t4 = add(t2, b21, -1)
        const p = dot(a11, b11)
        const u = round(p + dot(s2, t2))
        const v = round(u + dot(s3, t3))
        const both = dot(s1, t1)
        enter(i, j, dot(a13, b31, round(p + dot(a12, b21))))
        enter(i, j + 8, dot(a13, b32, round(round(u + both) + dot(s4, b22))))
        enter(i + 5, j, dot(a23, b31, round(v - dot(a22, t4))))
        enter(i + 5, j + 8, dot(a23, b32, round(v + both)))
      }
    }
    expect(new Uint8Array(seen.data.buffer)).toEqual(new Uint8Array(wanted.buffer))
    expect(taken).toBe(8)
  })

  test('rows have the bytes that they have in the whole, whichever range of whole pairs they are asked for in', () => {
    const [X, Z] = [rowsOf(3, 667, 272), rowsOf(4, 137, 272)]
    const kernel = gaussian(1 / 544)
    const whole = gram(X, Z, kernel, single).data
    for (const wanted of [
      [[0, 10]],
      [[250, 260]],
      [[640, 667]],
      [[120, 530]],
      [
        [0, 30],
        [260, 270],
        [270, 500],
        [660, 667],
      ],
    ] as [number, number][][]) {
      const target = new Float32Array(whole.length)
      gramRows(X, Z, kernel, { ...single, wanted, symmetric: false }, target)
      for (const [start, end] of wanted) {
        expect(target.subarray(start * 137, end * 137)).toEqual(whole.subarray(start * 137, end * 137))
      }
    }
  })

  test('a chunk with rows too far for it goes tile by tile, and none goes in pairs with too far a point', () => {
    const d = 320
    const gamma = 1 / (2 * d)
    const X = rowsOf(5, 520, d)
    for (let k = 0; k < d; k++) X.data[300 * d + k] *= 2
    const Z = nearRows(X, 140, 1e-3)
    const second = sliceRows(X, 260, 520)
    const values = gram(X, Z, gaussian(gamma), single).data
    expect(taken).toBe(8)
    expect(gram(second, Z, gaussian(gamma), single).data).toEqual(values.subarray(260 * 140))
    expect(taken).toBe(8)
    expect(errorOf(X, Z, gamma)).toBeLessThan(3e-6)
    taken = 0
    const far = matrix(Z.data.slice(), 140, d)
    for (let k = 0; k < d; k++) far.data[30 * d + k] *= 2
    expect(errorOf(X, far, gamma)).toBeLessThan(3e-6)
    expect(taken).toBe(0)
  })

  test('one row a hundred times as far as the others of its pair takes no digits from them', () => {
    const d = 400
    const X = rowsOf(6, 260, d)
    for (let k = 0; k < d; k++) X.data[7 * d + k] *= 100
    const Z = nearRows(X, 130, 0.01)
    expect(errorOf(X, Z, 0.8 / (d * 1e4))).toBeLessThan(2e-6)
    expect(taken).toBe(8)
  })

  test('K(X, X) does not go in pairs: it stays symmetric, with ones on its diagonal', () => {
    const X = rowsOf(7, 270, 256)
    const { data } = gram(X, undefined, gaussian(1 / 512), single)
    const part = new Float32Array(20 * 270)
    const rows = sliceRows(X, 0, 260)
    gramRows(rows, X, gaussian(1 / 512), { ...single, wanted: [[240, 260]], symmetric: true }, part, 240)
    for (let i = 0; i < 270; i++) {
      expect(data[i * 270 + i]).toBe(1)
      for (let j = 0; j < i; j++) if (data[i * 270 + j] !== data[j * 270 + i]) expect.fail(`(${i}, ${j})`)
      for (let j = 0; j < 20; j++) if (i < 240 && part[j * 270 + i] !== data[i * 270 + 240 + j]) expect.fail(`${i}`)
    }
    expect(gram(X, X, gaussian(1 / 512), single).data).toEqual(data)
    expect(taken).toBe(0)
  })

  test.each([
    [90, 100, 256],
    [101, 100, 256],
    [100, 99, 256],
    [100, 100, 255],
  ])('is not taken for %i rows, %i points and %i columns', (m, n, d) => {
    expect(errorOf(rowsOf(8, m, d), rowsOf(9, n, d), 1 / (2 * d))).toBeLessThan(3e-7)
    expect(taken).toBe(0)
  })

  test('of rows whose sums of products would be beyond f32 is not taken', () => {
    const d = 256
    const [X, Z] = [rowsOf(10, 100, d), rowsOf(11, 128, d)].map(({ data, rows }) =>
      matrix(
        data.map((value) => value * 2e17),
        rows,
        d,
      ),
    )
    expect(errorOf(X, Z, 1 / (2 * d * 4e34))).toBeLessThan(3e-7)
    expect(taken).toBe(0)
  })
})
