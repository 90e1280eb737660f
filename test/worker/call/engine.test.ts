import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KindError, ValueError } from '../../../src/base/error.js'
import { matrix } from '../../../src/base/matrix.js'
import { gram } from '../../../src/kernel/gram.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import { quadratic } from '../../../src/qp/quadratic.js'
import { normals } from '../../../src/wasm/scalar.js'
import { type Engine, spawnEngine } from '../../../src/worker/index.js'

const X = matrix(normals(1, 300 * 3), 300, 3)
const kernel = gaussian(0.5)

describe('an engine', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await spawnEngine({ workers: 2 })
  })
  afterAll(() => engine.close())

  test('answers with the same bytes as the function itself', async () => {
    expect(await engine.gram(X, undefined, kernel)).toEqual(gram(X, undefined, kernel))
    expect(await engine.gram(X, [[0, 0, 0]], kernel, { precision: 'f32' })).toEqual(
      gram(X, [[0, 0, 0]], kernel, { precision: 'f32' }),
    )
    const G = [
      [2, 1],
      [1, 2],
    ]
    expect(await engine.quadratic(G, [1, 0], { constraint: 'cone' })).toEqual(
      quadratic(G, [1, 0], { constraint: 'cone' }),
    )
  })

  test('answers many calls at once, each its own', async () => {
    const gammas = Array.from({ length: 12 }, (_, i) => 0.1 * (i + 1))
    const results = await Promise.all(gammas.map((gamma) => engine.gram(X, [[0, 0, 0]], gaussian(gamma))))
    for (const [i, result] of results.entries()) expect(result).toEqual(gram(X, [[0, 0, 0]], gaussian(gammas[i])))
  })

  test('keeps the class, the code and the message of an error', async () => {
    const refused = engine.gram(X, [[1, 2]], kernel)
    await expect(refused).rejects.toBeInstanceOf(ValueError)
    await expect(refused).rejects.toMatchObject({ code: 'shape', message: expect.stringContaining('Z columns') })
    await expect(engine.gram(7 as never, undefined, kernel)).rejects.toBeInstanceOf(KindError)
  })

  test('copies what it is given, and takes it away only where told', async () => {
    const mine = matrix(X.data.slice(), 300, 3)
    await engine.gram(mine, undefined, kernel)
    expect(mine.data).toEqual(X.data)
    expect(await engine.gram(mine, undefined, kernel, { transfer: true })).toEqual(gram(X, undefined, kernel))
    expect(mine.data.length).toBe(0)
  })

  test('rejects with the reason of a signal and stays usable', async () => {
    const reason = new Error('the user left')
    await expect(engine.gram(X, undefined, kernel, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const pending = engine.gram(X, X, kernel, { signal: controller.signal })
    controller.abort(reason)
    await expect(pending).rejects.toBe(reason)
    expect(await engine.gram(X, undefined, kernel)).toEqual(gram(X, undefined, kernel))
  })
})

describe('an engine that has ended', () => {
  test('rejects pending calls and later ones, and can be closed twice', async () => {
    const engine = await spawnEngine()
    const pending = engine.gram(X, X, kernel)
    const rejected = expect(pending).rejects.toMatchObject({ name: 'MarketError', code: 'unreachable' })
    await engine.close()
    await rejected
    await expect(engine.gram(X, X, kernel)).rejects.toThrow('closed')
    await engine.close()
  })

  test('refuses a number of workers that makes no sense', async () => {
    await expect(spawnEngine({ workers: 0 })).rejects.toThrow('"workers" expected a whole number from 1 to 64, got 0')
    await expect(spawnEngine({ workers: 1.5 })).rejects.toBeInstanceOf(ValueError)
  })
})
