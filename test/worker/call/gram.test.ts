import { afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { type Matrix, matrix } from '../../../src/base/matrix.js'
import { gram } from '../../../src/kernel/gram.js'
import { gaussian, type Kernel, polynomial } from '../../../src/kernel/kernel.js'
import { normals } from '../../../src/wasm/scalar.js'
import { type Engine, spawnEngine } from '../../../src/worker/index.js'
import { canShare } from '../../../src/worker/memory.js'

const d = 40
const rows = (m: number, seed: number, f32 = false): Matrix => {
  const values = normals(seed, m * d)
  return matrix(f32 ? Float32Array.from(values) : values, m, d)
}
const X = rows(1000, 1)
const Z = rows(301, 2, true)
const kernel = gaussian(1 / d)
// Far rows are compared by differences, and all of their chunk with them: here one that two of the workers share.
const beyond = matrix(
  X.data.map((value, at) => (at >= 510 * d && at < 515 * d ? value + 1e6 : value)),
  X.rows,
  d,
)

// The squares of some are beyond f32, and those rows of their chunk alone.
const immense = matrix(
  X.data.map((value, at) => (at >= 510 * d && at < 515 * d ? value * 1e20 : value)),
  X.rows,
  d,
)
const allImmense = matrix(
  rows(301, 6, true).data.map((value) => value * 1e19),
  301,
  d,
)
/** As many columns as go in pairs of tiles and panels in f32. */
const wide = (m: number, seed: number): Matrix => matrix(normals(seed, m * 256), m, 256)

const same = (a: Matrix, b: Matrix): boolean =>
  a.rows === b.rows &&
  a.columns === b.columns &&
  a.data.constructor === b.data.constructor &&
  a.data.length === b.data.length &&
  Array.prototype.every.call(a.data, (value, i) => value === b.data[i])

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether threads may share memory where the tests run: see vitest.config.ts. */
    shares: boolean
  }
}

test('memory is shared in Node and in isolated pages, and in no other', () => {
  expect(canShare()).toBe(inject('shares'))
})

describe.each([1, 2, 3])('a Gram matrix from %i workers', (workers) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await spawnEngine({ workers })
    return () => engine.close()
  })

  describe.each(['shared memory, where there is some', 'copies, where there is none', 'copies'])('by %s', (way) => {
    const prepare = (): void => {
      // The core has its own memory by now.
      normals(1, 1)
      if (way === 'copies') vi.stubGlobal('SharedArrayBuffer', undefined)
      if (way === 'copies, where there is none') {
        vi.spyOn(WebAssembly, 'Memory').mockImplementation(function refuse() {
          throw new RangeError('could not allocate memory')
        })
      }
    }

    test.each([
      ['K(X, Z)', X, Z, kernel],
      ['K(X, X)', X, undefined, kernel],
      ['K(X, X) with X said twice', X, X, kernel],
      ['K(X, X) of a kernel of x·y', X, undefined, polynomial({ degree: 2, offset: 1, scale: 0.1 })],
      ['few rows', rows(257, 3), X, kernel],
      ['rows of which one chunk is far away, whatever part of it a worker has', beyond, X, kernel],
      ['rows of which one chunk is beyond f32', immense, Z, kernel],
      ['points that are beyond f32', X, allImmense, kernel],
      ['one row', rows(1, 4), X, kernel],
      ['K(X, Z) in pairs', wide(640, 6), wide(130, 7), gaussian(1 / 512)],
      ['K(X, X) of as many columns', wide(390, 6), undefined, gaussian(1 / 512)],
    ] as [string, Matrix, Matrix | undefined, Kernel][])('has the bytes of one thread: %s', async (_, A, B, k) => {
      prepare()
      for (const precision of ['f32', 'f64'] as const) {
        const K = await engine.gram(A, B, k, { precision })
        expect(same(K, gram(A, B, k, { precision }))).toBe(true)
        expect(K.data.buffer).toBeInstanceOf(ArrayBuffer)
      }
    })

    test('fills an array at hand, shared or not, one call after another', async () => {
      const arrays: Float32Array[] = [new Float32Array(1000 * 301)]
      // Pages that are not isolated from other origins have no shared memory.
      if (typeof SharedArrayBuffer === 'function') arrays.push(new Float32Array(new SharedArrayBuffer(4 * 1000 * 301)))
      prepare()
      const other = rows(1000, 5)
      for (const out of arrays) {
        for (const A of [X, other]) {
          const K = await engine.gram(A, Z, kernel, { precision: 'f32', out })
          expect(K.data).toBe(out)
          expect(same(K, gram(A, Z, kernel, { precision: 'f32' }))).toBe(true)
        }
      }
      await expect(engine.gram(X, Z, kernel, { out: new Float64Array(5) })).rejects.toThrow(
        '"out" expected length 301000, got 5',
      )
    })

    test('writes nothing once it has been stopped', async () => {
      prepare()
      const places: Float64Array[] = [new Float64Array(1000 * 301)]
      if (typeof SharedArrayBuffer !== 'undefined') places.push(new Float64Array(new SharedArrayBuffer(8 * 1000 * 301)))
      for (const [late, out] of [0, 1, 3].flatMap((late) => places.map((out) => [late, out.fill(7)] as const))) {
        const stop = new AbortController()
        const answer = engine.gram(X, Z, kernel, { out, signal: stop.signal })
        if (late > 0) setTimeout(() => stop.abort(), late)
        else stop.abort()
        if (!(await answer.then(() => true).catch(() => false))) {
          const then = out.slice()
          await engine.gram(X, X, kernel)
          expect(same(matrix(out, 1000, 301), matrix(then, 1000, 301))).toBe(true)
        }
      }
      const [out] = places
      expect(same(await engine.gram(X, Z, kernel, { out }), gram(X, Z, kernel))).toBe(true)
    })

    test('leaves its arguments alone, or takes them away where told', async () => {
      prepare()
      const mine = matrix(X.data.slice(), X.rows, d)
      const expected = gram(X, Z, kernel)
      await engine.gram(mine, Z, kernel)
      expect(same(mine, X)).toBe(true)
      expect(same(await engine.gram(mine, rows(301, 2, true), kernel, { transfer: true }), expected)).toBe(true)
      expect(mine.data.length).toBe(0)
      const kept = matrix(X.data.slice(), X.rows, d)
      const stopped = { transfer: true, signal: AbortSignal.abort() }
      await expect(engine.gram(kept, Z, kernel, stopped)).rejects.toThrow()
      expect(kept.data.length).toBe(X.data.length)
      // What is gone, or shorter than it says, is refused before a worker hears of it.
      await expect(engine.gram(mine, Z, kernel)).rejects.toThrow('"data" expected length 40000 (1000 × 40), got 0')
      const short = { ...X, data: X.data.subarray(40) }
      await expect(engine.gram(X, short, kernel)).rejects.toThrow('"data" expected length 40000 (1000 × 40), got 39960')
    })

    test('says of the whole what is wrong with a part', async () => {
      prepare()
      const bad = matrix(X.data.slice(), X.rows, d)
      bad.data[700 * d + 3] = Number.NaN
      const out = new Float64Array(1000 * 301).fill(7)
      await expect(engine.gram(bad, Z, kernel, { out })).rejects.toThrow('in row 700')
      await engine.gram(X, X, kernel)
      expect(out.every((value) => value === 7)).toBe(true)
      await expect(engine.gram(bad, Z, kernel)).rejects.toThrow(
        '"X" expected finite numbers, got NaN in row 700, column 3; fill or drop it first',
      )
      await expect(engine.gram(bad, undefined, kernel)).rejects.toThrow(
        '"X" expected finite numbers, got NaN in row 700',
      )
      await expect(engine.gram(X, bad, kernel)).rejects.toThrow('"Z" expected finite numbers, got NaN in row 700')
      await expect(engine.gram(X, Z, kernel, { precision: 'f16' as 'f32' })).rejects.toThrow(
        '"precision" expected one of',
      )
      const reason = new Error('the user left')
      await expect(engine.gram(X, Z, kernel, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
      expect(same(await engine.gram(X, Z, kernel), gram(X, Z, kernel))).toBe(true)
    })
  })
})
