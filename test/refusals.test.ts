import { describe, expect, it } from 'vitest'
import * as main from '../src/index.js'
import * as numeric from '../src/numeric.js'
import * as reuse from '../src/reuse/index.js'

const nonsense = [
  undefined,
  null,
  3,
  Number.NaN,
  'x',
  true,
  [],
  {},
  () => {},
  [[1, 2], [3]],
  [undefined],
  { rows: 2 },
  new Float64Array(3),
]
const codes = ['kind', 'value', 'shape', 'memory', 'incompatible', 'absent', 'corrupt', 'version']
/** A sentence of the engine's in place of ours. */
const raw = /Cannot|undefined \(|is not a function|is not iterable|null \(/

const refusalOf = async (call: () => unknown): Promise<{ code?: unknown; message?: string } | undefined> => {
  try {
    await call()
    return undefined
  } catch (error) {
    return error as { code?: unknown; message?: string }
  }
}

describe.each<[string, Record<string, unknown>]>([
  ['learnware', main],
  ['learnware/numeric', numeric],
  ['learnware/reuse', reuse],
])('%s refuses nonsense in words of its own', (_, entry) => {
  const functions = Object.entries(entry).filter(
    // Errors are for catching.
    ([name, value]) => typeof value === 'function' && !/^[A-Z]/.test(name),
  ) as [string, (...args: unknown[]) => unknown][]
  it.each(functions)('%s', async (_, call) => {
    for (const first of nonsense) {
      for (const rest of [[], ...nonsense.filter((value) => value !== null).map((value) => [value])]) {
        const refusal = await refusalOf(() => call(first, ...rest))
        if (refusal === undefined) continue
        expect(codes).toContain(refusal.code)
        expect(refusal.message).not.toMatch(raw)
      }
    }
  })
})
