import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Engine, spawnEngine } from '../../src/worker/index.js'
import { goldenCases } from './cases.js'
import golden from './golden.json'

const digests: Readonly<Record<string, string>> = golden

test('every case has its digest, and every digest its case', () => {
  expect(goldenCases().map(({ name }) => name)).toEqual(Object.keys(digests))
})

describe('the same bytes as when the digests were made', () => {
  test.each(goldenCases())('$name', async ({ name, digest }) => {
    expect(await digest()).toBe(digests[name])
  })
})

describe.each([1, 2, 3])('the same bytes from %i workers', (workers) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await spawnEngine({ workers })
  })
  afterAll(() => engine.close())

  test.each(goldenCases())('$name', async ({ name, digest }) => {
    expect(await digest(engine)).toBe(digests[name])
  })
})
