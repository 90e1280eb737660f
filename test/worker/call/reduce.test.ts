import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { matrix } from '../../../src/base/matrix.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import { type ReduceOptions, reduce } from '../../../src/rkme/reduce/reduce.js'
import { normals } from '../../../src/wasm/scalar.js'
import { type Engine, spawnEngine } from '../../../src/worker/index.js'
import { source } from '../../../src/worker/source.js'
import { addressOf } from '../scripts.js'

const m = 1500
const X = matrix(normals(3, m * 4), m, 4)
const quick: ReduceOptions = { size: 8, iterations: 5, seed: 2 }
// So many that workers share the sums; of the large ones those held are shared too.
const many = 12_000
const Y = matrix(normals(6, many * 6), many, 6)
const shared: ReduceOptions = { size: 40, iterations: 4, seed: 2, measure: false }
const large = matrix(Float32Array.from(normals(7, 65_536 * 2)), 65_536, 2)
const labels = { words: Array.from({ length: m }, (_, i) => (i % 3 ? 'a' : 'b')), numbers: normals(9, m) }

describe.each([1, 2, 3])('a reduction with %i workers', (workers) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await spawnEngine({ workers })
  })
  afterAll(() => engine.close())

  test.each<[string, ReduceOptions]>([
    ['plain', {}],
    ['in f32', { precision: 'f32' }],
    ['with weights', { rowWeights: Float64Array.from({ length: m }, (_, i) => 1 + (i % 5)) }],
    ['with words', { labels: labels.words }],
    ['with numbers', { labels: labels.numbers }],
    ['of automatic size', { size: 'auto', cap: 16 }],
  ])('%s has the bytes of the function itself', async (_, options) => {
    expect(await engine.reduce(X, { ...quick, ...options })).toEqual(reduce(X, { ...quick, ...options }))
  })

  test.each<[string, ReduceOptions]>([
    ['many rows', {}],
    ['many rows in f32', { precision: 'f32' }],
    ['many rows with weights', { rowWeights: Float64Array.from({ length: many }, (_, i) => 1 + (i % 5)) }],
    ['many rows with words', { labels: Array.from({ length: many }, (_, i) => (i % 3 ? 'a' : 'b')) }],
  ])('of %s has the bytes of the function itself', async (_, options) => {
    expect(await engine.reduce(Y, { ...shared, ...options })).toEqual(reduce(Y, { ...shared, ...options }))
  })

  test('of so many rows that some stand for all has the bytes of the function itself', async () => {
    expect(await engine.reduce(large, shared)).toEqual(reduce(large, shared))
  })

  test('is one of several at once, each with its own result', async () => {
    const seeds = [1, 2, 3, 4]
    const results = await Promise.all(seeds.map((seed) => engine.reduce(Y, { ...shared, seed })))
    for (const [i, seed] of seeds.entries()) expect(results[i]).toEqual(reduce(Y, { ...shared, seed }))
  })

  test('leaves the rows where they are, and takes them where told', async () => {
    const mine = matrix(X.data.slice(), m, 4)
    await engine.reduce(mine, quick)
    expect(mine.data).toEqual(X.data)
    expect(await engine.reduce(mine, { ...quick, transfer: true })).toEqual(reduce(X, quick))
    expect(mine.data.length).toBe(0)
  })

  test('tells its progress', async () => {
    const here: unknown[] = []
    const there: unknown[] = []
    reduce(X, { ...quick, onProgress: (state) => here.push(state) })
    await engine.reduce(X, { ...quick, onProgress: (state) => there.push(state) })
    expect(there.length).toBeGreaterThan(3)
    expect(there).toEqual(here)
  })

  test('rejects with what the progress callback throws', async () => {
    const reason = new Error('no window to draw in')
    const onProgress = () => {
      throw reason
    }
    await expect(engine.reduce(X, { ...quick, onProgress })).rejects.toBe(reason)
    expect(await engine.reduce(X, quick)).toEqual(reduce(X, quick))
  })

  test.each([
    ['few', X],
    ['many', Y],
  ])('of %s rows stops in the middle, and the engine goes on', async (_, rows) => {
    const controller = new AbortController()
    const reason = new Error('enough')
    let told = 0
    const running = engine.reduce(rows, {
      kernel: gaussian(0.1),
      size: 40,
      iterations: 100_000,
      tolerance: 0,
      signal: controller.signal,
      onProgress: () => {
        if (++told === 5) controller.abort(reason)
      },
    })
    await expect(running).rejects.toBe(reason)
    expect(await engine.reduce(X, quick)).toEqual(reduce(X, quick))
    // The work itself stops too: soon nothing more is told.
    let before = -1
    for (let further = 0; told !== before && further < 20; further++) {
      before = told
      expect(await engine.reduce(Y, shared)).toEqual(reduce(Y, shared))
    }
    expect(told).toBe(before)
  })

  test('refuses what the function refuses, with the same words', async () => {
    await expect(engine.reduce(X, { size: 0 })).rejects.toThrow('"size" expected a whole number of at least 1, got 0')
    await expect(engine.reduce([[1, Number.NaN]], {})).rejects.toThrow('expected finite numbers')
  })
})

test('a reduction by workers without shared memory has the bytes of the function itself', async () => {
  const text = `globalThis.SharedArrayBuffer = undefined; ${source}`
  const engine = await spawnEngine({ workers: 3, url: addressOf(text) })
  const results = await Promise.all([engine.reduce(Y, shared), engine.reduce(large, shared)])
  expect(results).toEqual([reduce(Y, shared), reduce(large, shared)])
  const running = engine.reduce(Y, { ...shared, iterations: 100_000, tolerance: 0, signal: AbortSignal.timeout(50) })
  await expect(running).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(await engine.reduce(Y, shared)).toEqual(reduce(Y, shared))
  await engine.close()
})
