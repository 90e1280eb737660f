import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MarketError, ValueError } from '../../../src/base/error.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import { searchSpecifications } from '../../../src/market/match/match.js'
import { evaluate } from '../../../src/rkme/evaluate.js'
import { mixture } from '../../../src/rkme/mixture.js'
import { embed, inner, mmd, mmdSquared } from '../../../src/rkme/mmd.js'
import type { Description } from '../../../src/specification/description/description.js'
import { foundTerms } from '../../../src/specification/specify/found.js'
import { specify } from '../../../src/specification/specify/specify.js'
import { normals } from '../../../src/wasm/scalar.js'
import { type Engine, spawnEngine } from '../../../src/worker/index.js'

const description: Description = {
  Data: { Type: 'Class', Values: ['Table'] },
  Task: { Type: 'Class', Values: ['Regression'] },
  Library: { Type: 'Class', Values: ['Others'] },
  Scenario: { Type: 'Tag', Values: [] },
  Name: { Type: 'String', Values: 'shop' },
  Description: { Type: 'String', Values: 'sales' },
  License: { Type: 'Class', Values: [] },
  Input: { Dimension: 3, Description: {} },
  Output: { Dimension: 1, Description: {} },
  LDL: {
    version: 1,
    inputs: [
      { name: 'price', kind: 'numeric' },
      { name: 'week', kind: 'numeric' },
      { name: 'day', kind: 'categorical', categories: ['Mon', 'Tue'] },
    ],
    output: { kind: 'real', centre: 0, scale: 1 },
    objective: { metric: 'rmse', direction: 'min' },
  },
}
const terms = foundTerms(description)

const rowsOf = (seed: number, centre: number, count = 700) => {
  const x = normals(seed, 2 * count)
  return Array.from({ length: count }, (_, i) => ({
    price: centre + x[2 * i],
    week: x[2 * i + 1] - centre,
    day: i % 3 ? 'Mon' : 'Tue',
  }))
}

const rows = rowsOf(1, 0.5)
const labels = Array.from(normals(2, rows.length))
const columns = {
  price: Float64Array.from(rows, ({ price }) => price),
  week: rows.map(({ week }) => week),
  day: rows.map(({ day }) => day),
}
const arrow = {
  schema: { fields: Object.keys(columns).map((name) => ({ name })) },
  getChild: (name: string) => {
    const column: ArrayLike<unknown> | undefined = columns[name as keyof typeof columns]
    return column ? { length: column.length, get: (index: number) => column[index] } : null
  },
}

describe.each([1, 3])('an engine of %i workers', (workers) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await spawnEngine({ workers })
  })
  afterAll(() => engine.close())

  test('specifies with the bytes of the function itself, from every kind of table', async () => {
    const here = specify(terms, rows, { labels, seed: 3 })
    expect(await engine.specify(terms, rows, { labels, seed: 3 })).toEqual(here)
    expect(await engine.specify(terms, columns, { labels, seed: 3 })).toEqual(here)
    expect(await engine.specify(terms, arrow, { labels, seed: 3 })).toEqual(here)
    expect(columns.price.length).toBe(rows.length)
  })

  test('tells how far a specification is, and stops it', async () => {
    const parts: string[] = []
    const onProgress = ({ part }: { part: string }) => void parts.push(part)
    await engine.specify(terms, rows, { labels, onProgress })
    expect(new Set(parts)).toEqual(new Set(['rows', 'joint']))
    const controller = new AbortController()
    const reason = new Error('enough')
    const stop = () => controller.abort(reason)
    await expect(engine.specify(terms, rows, { onProgress: stop, signal: controller.signal })).rejects.toBe(reason)
  })

  test('refuses rows with the sentence of the function itself', async () => {
    const refused = engine.specify(terms, [{ price: 1, week: 2, dya: 'Mon' }])
    await expect(refused).rejects.toBeInstanceOf(ValueError)
    await expect(refused).rejects.toThrow('"rows" has no column "day"; it has "price", "week", "dya"')
  })

  test('searches with the result of the function itself', async () => {
    const candidates = [-2, 0, 2].map((centre, i) => ({
      id: `shop ${centre}`,
      specification: specify(terms, rowsOf(10 + i, centre), { role: 'learnware' }),
    }))
    const requirement = specify(terms, rows)
    for (const options of [{ top: 2 }, { members: 3, decrease: 0 }]) {
      const here = searchSpecifications(requirement, candidates, options)
      expect(await engine.search(requirement, candidates, options)).toEqual(here)
      expect(here.ranked[0].id).toBe('shop 0')
    }
    await expect(engine.search(requirement, candidates, { top: 0 })).rejects.toThrow('"top"')
    const foreign = { ...requirement, embedding: { ...requirement.embedding, kernel: gaussian(9) } }
    const refused = engine.search(foreign, candidates)
    await expect(refused).rejects.toBeInstanceOf(MarketError)
    await expect(refused).rejects.toMatchObject({ code: 'incompatible' })
  })

  test('compares embeddings as the functions themselves do', async () => {
    const kernel = gaussian(0.3)
    const points = (seed: number) => ({ rows: 5, columns: 2, data: normals(seed, 10) })
    const [a, b, c] = [1, 2, 3].map((seed) => embed(points(seed), kernel))
    expect(await engine.inner(a, b)).toBe(inner(a, b))
    expect(await engine.mmd(a, b)).toBe(mmd(a, b))
    expect(await engine.mmdSquared(a, b)).toBe(mmdSquared(a, b))
    expect(await engine.mixture(a, [b, c], { constraint: 'cone' })).toEqual(mixture(a, [b, c], { constraint: 'cone' }))
    expect(await engine.evaluate(a, points(7))).toEqual(evaluate(a, points(7)))
  })
})
