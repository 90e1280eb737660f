import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gaussian } from '../../src/kernel/kernel.js'
import { products } from '../../src/search/products.js'
import { nearest, score } from '../../src/search/topk.js'
import { core } from '../../src/wasm/instance.js'
import { arbitrary, plainDistance, plainInner } from './islands.js'

const market = Array.from({ length: 40 }, (_, i) => ({
  id: `id${String(i).padStart(2, '0')}`,
  embedding: arbitrary(i + 1, 1 + ((7 * i) % 23)),
}))

describe('products', () => {
  test('are the double sums, whatever stands beside them', () => {
    const target = arbitrary(99, 17)
    const all = products(
      target,
      market.map(({ embedding }) => embedding),
    )
    market.forEach(({ embedding }, i) => {
      expect(all[i]).toBeCloseTo(plainInner(target, embedding), 14)
      expect(products(target, [embedding])[0]).toBe(all[i])
    })
    expect(products(target, [target])[0]).toBeCloseTo(plainInner(target, target), 14)
    expect(products(target, [])).toEqual(new Float64Array(0))
  })

  test('stay the same over many batches', () => {
    const target = arbitrary(98, 5)
    const many = Array.from({ length: 400 }, (_, i) => arbitrary(i, 60))
    const all = products(target, many)
    for (const i of [0, 135, 136, 137, 273, 399]) expect(products(target, [many[i]])[0]).toBe(all[i])
  })

  test('take points of either precision', () => {
    const target = arbitrary(97, 9)
    const single = arbitrary(3, 12, 2, 'f32')
    expect(products(target, [single, arbitrary(3, 12)])[0]).toBeCloseTo(plainInner(target, single), 14)
  })
})

describe('nearest', () => {
  test('is the sorted list of plain distances', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 45 }), (seed, top) => {
        const target = arbitrary(seed, 12)
        const expected = market
          .map(({ id, embedding }, index) => ({ id, index, distance: plainDistance(target, embedding) }))
          .sort((a, b) => a.distance - b.distance)
        const found = nearest(target, market, { top })
        expect(found.map(({ id }) => id)).toEqual(expected.slice(0, top).map(({ id }) => id))
        found.forEach(({ distance, index }, i) => {
          expect(distance).toBeCloseTo(expected[i].distance, 7)
          expect(index).toBe(expected[i].index)
        })
      }),
      { numRuns: 25 },
    )
  })

  test('breaks ties by id, whatever the order of the market', () => {
    const twins = ['c', 'a', 'b'].map((id) => ({ id, embedding: structuredClone(market[0].embedding) }))
    const target = arbitrary(5, 8)
    expect(
      nearest(target, [...market.slice(5, 9), ...twins], { top: 40 })
        .filter(({ id }) => id.length === 1)
        .map(({ id }) => id),
    ).toEqual(['a', 'b', 'c'])
  })

  test('finds itself at distance 0 with the full score', () => {
    const [first] = nearest(structuredClone(market[7].embedding), market, { top: 1 })
    expect(first).toEqual({ id: 'id07', index: 7, distance: 0, rank: 0, score: 100 })
  })

  test('scores are absolute', () => {
    const target = arbitrary(6, 8)
    const all = nearest(target, market, { top: 40 })
    const few = nearest(target, market.slice(0, 3), { top: 3 })
    for (const { id, score } of few) expect(all.find((entry) => entry.id === id)?.score).toBe(score)
    expect(score(0.5, 1)).toBe(75)
    expect(score(2, 1)).toBe(0)
    expect(score(0, 0)).toBe(0)
  })

  test('refuses embeddings of other terms, keeps inputs and arena', () => {
    const target = arbitrary(7, 4)
    const before = JSON.stringify([target, market])
    const mark = core().mark()
    const foreign = { id: 'x', embedding: { ...arbitrary(8, 3), kernel: gaussian(1) } }
    expect(() => nearest(target, [...market, foreign])).toThrow(expect.objectContaining({ code: 'incompatible' }))
    expect(() => nearest(target, [{ id: 'x', embedding: arbitrary(8, 3, 3) }])).toThrow(
      /2 and 3 coordinates\); specify both under the same terms/,
    )
    expect(() => nearest(target, market, { top: 0 })).toThrow(/"top" expected a whole number/)
    expect(nearest(target, [])).toEqual([])
    expect(core().mark()).toBe(mark)
    expect(JSON.stringify([target, market])).toBe(before)
  })
})
