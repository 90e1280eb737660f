import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { matrix } from '../../src/base/matrix.js'
import { gaussian } from '../../src/kernel/kernel.js'
import { type ReduceOptions, reduce } from '../../src/rkme/reduce/reduce.js'
import { normals } from '../../src/wasm/scalar.js'
import { type Engine, spawnEngine } from '../../src/worker/index.js'

const m = 1500
const X = matrix(normals(3, m * 4), m, 4)
const quick: ReduceOptions = { size: 8, iterations: 5, seed: 2 }
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

  test('stops in the middle, and the engine goes on', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    let told = 0
    const running = engine.reduce(X, {
      kernel: gaussian(0.1),
      size: 30,
      iterations: 100_000,
      tolerance: 0,
      signal: controller.signal,
      onProgress: () => {
        if (++told === 5) controller.abort(reason)
      },
    })
    await expect(running).rejects.toBe(reason)
    const after = told
    expect(await engine.reduce(X, quick)).toEqual(reduce(X, quick))
    // The work itself has stopped: nothing more is told.
    expect(told - after).toBeLessThan(50)
  })

  test('refuses what the function refuses, with the same words', async () => {
    await expect(engine.reduce(X, { size: 0 })).rejects.toThrow('"size" expected a whole number of at least 1, got 0')
    await expect(engine.reduce([[1, Number.NaN]], {})).rejects.toThrow('expected finite numbers')
  })
})
