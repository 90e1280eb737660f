import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { boundsBy, nextToAsk } from '../../../src/search/anchor/pivots.js'
import { products } from '../../../src/search/products.js'
import { nearest } from '../../../src/search/topk.js'
import { arbitrary } from '../islands.js'

const market = Array.from({ length: 60 }, (_, i) => ({
  id: `id${String(i).padStart(2, '0')}`,
  embedding: arbitrary(i + 1, 2 + ((7 * i) % 13)),
}))
// Twins must be found as such.
market[41] = { ...market[41], embedding: market[17].embedding }
const embeddings = market.map(({ embedding }) => embedding)
const columns = embeddings.map((embedding) => products(embedding, embeddings))
const geometry = { norms: Float64Array.from(columns, (column, i) => column[i]), column: (j: number) => columns[j] }

describe('bounds by pivots', () => {
  test('lie below every distance and not below the triangle inequality', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { maxLength: 12 }),
        (seed, pivots) => {
          const target = arbitrary(seed, 9)
          const own = products(target, [target])[0]
          const linear = products(target, embeddings)
          const distance = (i: number): number => Math.sqrt(Math.max(0, own - 2 * linear[i] + geometry.norms[i]))
          const answers = pivots.map((index) => ({ index, product: linear[index] }))
          const { lower, asked } = boundsBy(geometry, own, answers)
          expect(asked.map(({ index }) => index).sort()).toEqual([...pivots].sort())
          for (let i = 0; i < 60; i++) {
            expect(lower[i]).toBeLessThanOrEqual(distance(i) + 1e-12)
            for (const p of pivots) {
              const between = Math.sqrt(Math.max(0, geometry.norms[p] - 2 * columns[p][i] + geometry.norms[i]))
              const triangle = Math.abs(distance(p) - between)
              expect(lower[i] ** 2).toBeGreaterThanOrEqual(triangle ** 2 - 5e-8)
            }
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  test('lead to what brute force finds, ties by id, whatever is asked first', () => {
    let evaluations = 0
    let targets = 0
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 59 }),
        fc.integer({ min: 1, max: 4 }),
        (seed, top, first, batch) => {
          const target = seed % 5 === 0 ? structuredClone(market[17].embedding) : arbitrary(seed, 7)
          const own = products(target, [target])[0]
          const linear = products(target, embeddings)
          const answers = [{ index: first, product: linear[first] }]
          for (;;) {
            const bounds = boundsBy(geometry, own, answers)
            const next = nextToAsk(bounds, { top, batch })
            expect(next.every((index) => answers.every((answer) => answer.index !== index))).toBe(true)
            if (next.length === 0) {
              const expected = nearest(target, market, { top })
              expect(bounds.asked.slice(0, top).map(({ index, distance }) => ({ index, distance }))).toEqual(
                expected.map(({ index, distance }) => ({ index, distance })),
              )
              break
            }
            answers.push(...next.map((index) => ({ index, product: linear[index] })))
          }
          evaluations += answers.length
          targets++
        },
      ),
      { numRuns: 60, seed: 3 },
    )
    expect(evaluations / targets).toBeLessThan(60)
  })

  test('without an answer are 0, and with all of them the distances', () => {
    const target = arbitrary(5, 8)
    const own = products(target, [target])[0]
    const none = boundsBy(geometry, own, [])
    expect(none.asked).toEqual([])
    expect(nextToAsk(none)).toHaveLength(1)
    const linear = products(target, embeddings)
    const all = boundsBy(
      geometry,
      own,
      Array.from(linear, (product, index) => ({ index, product })),
    )
    expect(nextToAsk(all, { top: 3 })).toEqual([])
    expect(all.residual).toBeGreaterThanOrEqual(0)
  })
})
