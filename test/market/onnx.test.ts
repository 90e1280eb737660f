import { afterAll, describe, expect, it } from 'vitest'
import { uniforms } from '../../src/base/random.js'
import { openMarket } from '../../src/market/market.js'
import { onnxRuntime } from '../../src/onnx/index.js'
import { memoryStore } from '../../src/store/memory.js'
import { affine } from '../onnx/build-onnx.js'
import { shop, shopRows } from './shops.js'

const runtime = onnxRuntime()
afterAll(() => runtime.close?.())

const florist = affine([2, -1], [90])
const random = (length: number): Uint8Array => {
  const next = uniforms(5)
  return Uint8Array.from({ length }, () => 256 * next())
}

describe('a market of ONNX models', () => {
  it('runs what was submitted, and what was fetched gives the same', async () => {
    const market = await openMarket({ store: memoryStore(), runtime })
    const receipt = await market.submit({ ...shop(1), model: florist })
    expect(receipt.findings.filter(({ level }) => level !== 'pass')).toEqual([])
    expect(receipt.status).toBe('accepted')
    const [{ model }] = await market.fetch([receipt.id])
    const rows = shopRows(1, 4, 5)
    const { data } = await model.predict(rows)
    rows.forEach(({ price, week }, i) => {
      expect(data[i]).toBeCloseTo(2 * price - week + 90, 3)
    })
    await model.close()
  })

  const refused: [string, Uint8Array, RegExp][] = [
    [
      '10 MB of random bytes',
      random(10_000_000),
      /^the runtime onnxruntime-web does not open it: "bytes" expected an ONNX model, .*export or fetch it again$/,
    ],
    [
      'a truncated model',
      florist.slice(0, florist.length - 20),
      /does not open it: .*(export|fetch) (or fetch )?it again/,
    ],
    [
      'a model of three columns',
      affine([2, -1, 0], [90]),
      /does not open it: "model" expected an input of 2 columns, as declared, got the shape \[N, 3\]/,
    ],
    [
      'a model of two outputs',
      affine([2, -1, 0, 1], [90, 1]),
      /does not open it: "model" expected an output with one number for each row/,
    ],
  ]
  for (const [name, model, message] of refused) {
    it(`refuses ${name}, and is as it was`, async () => {
      const store = memoryStore()
      const market = await openMarket({ store, runtime })
      await market.submit({ ...shop(1), model: florist })
      const before = await store.records()
      const { status, findings } = await market.submit({ ...shop(0), model })
      expect(status).toBe('rejected')
      expect(findings.find(({ level }) => level === 'fail')?.message).toMatch(message)
      expect(await store.records()).toEqual(before)
    })
  }
})
