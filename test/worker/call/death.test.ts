import { describe, expect, test } from 'vitest'
import { matrix } from '../../../src/base/matrix.js'
import { reduce } from '../../../src/rkme/reduce/reduce.js'
import { normals } from '../../../src/wasm/scalar.js'
import { spawnEngine } from '../../../src/worker/index.js'
import { canShare } from '../../../src/worker/memory.js'
import { source } from '../../../src/worker/source.js'
import { addressOf, inNode } from '../scripts.js'

const X = matrix(normals(5, 2000 * 4), 2000, 4)
/** So many rows that workers share their sums. */
const many = matrix(normals(5, 30_000 * 4), 30_000, 4)
const endless = { size: 20, iterations: 1_000_000, tolerance: 0 }

const listen = inNode ? "process.getBuiltinModule('node:worker_threads').parentPort.on" : 'addEventListener'

/** The worker's own script, and something that it does once it has its first job. */
const mortal = (act: string): string =>
  `${source}\n;{ let messages = 0; ${listen}('message', () => { if (++messages === 2) setTimeout(() => { ${act} }) }) }`

const ending = inNode ? 'process.exit(3)' : 'close()'

describe('an engine', () => {
  test('runs from an address as it does from the inlined script', async () => {
    const engine = await spawnEngine({ url: addressOf(source) })
    expect(await engine.reduce(X, { size: 5, iterations: 3 })).toEqual(reduce(X, { size: 5, iterations: 3 }))
    await engine.close()
  })

  test.each([
    ['ends itself', ending, /has died: it ended/],
    ['fails outside a call', "throw new Error('boom')", /has died: .*boom/],
  ])('whose worker %s rejects pending calls and later ones', async (_, act, sentence) => {
    const engine = await spawnEngine({ workers: 2, url: addressOf(mortal(act)) })
    const pending = [X, many].map((rows) => engine.reduce(rows, endless))
    for (const result of await Promise.allSettled(pending)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'MarketError', code: 'unreachable' } })
      expect(String((result as PromiseRejectedResult).reason)).toMatch(sentence)
    }
    await expect(engine.reduce(X, endless)).rejects.toMatchObject({ code: 'unreachable' })
    await engine.close()
  })

  /** The worker's own script, and something that a partner does when it has taken a span. */
  const hindered = (act: string): string =>
    `let joined = false
    ${listen}('message', (event) => { joined ||= (event.data ?? event).path?.[0] === 'join' })
    const { compareExchange } = Atomics
    Atomics.compareExchange = (...given) => {
      const before = compareExchange(...given)
      if (joined && before === given[2]) { ${act} }
      return before
    }
    ${source}`

  test('whose worker dies with a span that it has taken rejects', async () => {
    const engine = await spawnEngine({ workers: 2, url: addressOf(hindered(ending)) })
    // Without shared memory nothing is taken in turns: there it ends by being closed.
    if (!canShare()) setTimeout(() => engine.close(), 200)
    await expect(engine.reduce(many, endless)).rejects.toMatchObject({ name: 'MarketError', code: 'unreachable' })
    await engine.close()
  })

  test('whose worker keeps a span for ever does without it', async () => {
    const forEver = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'
    const engine = await spawnEngine({ workers: 2, url: addressOf(hindered(forEver)) })
    const options = { size: 20, iterations: 3, measure: false }
    expect(await engine.reduce(many, options)).toEqual(reduce(many, options))
    await engine.close()
  })

  test.each([
    ['a script that fails', "throw new Error('not today')"],
    ['a script that ends', ending],
  ])('is not spawned from %s', async (_, act) => {
    await expect(spawnEngine({ workers: 2, url: addressOf(act), startLimitMs: 1000 })).rejects.toMatchObject({
      code: 'unreachable',
    })
  })

  test('is not spawned from nowhere', async () => {
    const nowhere = inNode ? 'file:///nowhere/worker-entry.js' : '/nowhere/worker-entry.js'
    await expect(spawnEngine({ url: nowhere })).rejects.toMatchObject({ code: 'unreachable' })
  })
})
