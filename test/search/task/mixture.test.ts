import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mixture } from '../../../src/rkme/mixture.js'
import { frankWolfe } from '../../../src/search/task/mixture.js'
import { nearest } from '../../../src/search/topk.js'
import { arbitrary, combined, plainDistance, plainInner, simulated } from '../islands.js'

const jobs = [
  [0, 0],
  [6, 0],
  [0, 6],
  [6, 6],
  [-6, 0],
  [0, -6],
]
const market = jobs.flatMap(([x, y], i) =>
  [0, 0.4, 0.8].map((shift, j) => ({
    id: `job${i}${j}`,
    embedding: simulated([[1, x + shift, y - shift]], 400, 10 * i + j),
  })),
)
const random = Array.from({ length: 25 }, (_, i) => ({ id: `r${i}`, embedding: arbitrary(i + 1, 6) }))

describe('frankWolfe', () => {
  test('recovers a mixture of three separable embeddings with its weights to 1e-3', () => {
    const weights = [
      [0.5, 0],
      [0.3, 4],
      [0.2, 8],
    ]
    const target = combined(weights.map(([weight, index]) => [weight, market[index].embedding]))
    for (const constraint of ['cone', 'simplex'] as const) {
      const { members, distance, gap, curve } = frankWolfe(target, market, { constraint })
      expect(members.map(({ index }) => index)).toEqual([0, 4, 8])
      members.forEach(({ id, weight }, i) => {
        expect(Math.abs(weight - weights[i][0])).toBeLessThan(1e-3)
        expect(id).toBe(market[weights[i][1]].id)
      })
      expect(distance).toBeLessThan(1e-4)
      expect(gap).toBeLessThan(1e-6)
      expect(curve.length).toBe(3)
    }
  })

  test('finds the jobs of a user from rows alone', () => {
    const user = simulated(
      [
        [0.6, 0, 0],
        [0.4, 6, 6],
      ],
      1000,
      77,
    )
    const { members, distance } = frankWolfe(user, market)
    const share = (prefix: string) =>
      members.filter(({ id }) => id.startsWith(prefix)).reduce((sum, { weight }) => sum + weight, 0)
    expect(share('job0')).toBeCloseTo(0.6, 1)
    expect(share('job3')).toBeCloseTo(0.4, 1)
    expect(distance).toBeLessThan(0.5 * nearest(user, market)[0].distance)
  })

  test('run to its end it reaches the optimum over all candidates', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.constantFrom('cone' as const, 'simplex' as const),
        (seed, constraint) => {
          const target = arbitrary(seed, 15)
          const full = mixture(
            target,
            random.map(({ embedding }) => embedding),
            { constraint },
          )
          const found = frankWolfe(target, random, { constraint, support: 25, decrease: 0, least: 0 })
          expect(found.distance ** 2).toBeGreaterThanOrEqual(full.distance ** 2 - 1e-9)
          expect(found.distance ** 2 - full.distance ** 2).toBeLessThanOrEqual(
            found.gap *
              Math.max(
                1,
                full.weights.reduce((a, b) => a + b, 0),
              ) +
              1e-9,
          )
          expect(found.distance).toBeCloseTo(full.distance, 3)
        },
      ),
      { numRuns: 25 },
    )
  })

  test('reports its true distance, a falling curve, and weights of the constraint', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.constantFrom('cone' as const, 'simplex' as const),
        (seed, constraint) => {
          const target = arbitrary(seed, 15)
          const { members, distance, curve, score } = frankWolfe(target, random, { constraint, least: 0 })
          const parts = members.map(({ index, weight }) => [weight, random[index].embedding] as const)
          expect(distance).toBeCloseTo(plainDistance(target, combined(parts)), 6)
          expect(score).toBeCloseTo(100 * Math.max(0, 1 - distance ** 2 / plainInner(target, target)), 6)
          for (let i = 1; i < curve.length; i++) expect(curve[i]).toBeLessThanOrEqual(0.95 * curve[i - 1])
          expect(distance).toBeCloseTo(curve[curve.length - 1], 9)
          for (const { weight } of members) expect(weight).toBeGreaterThan(0)
          for (let i = 1; i < members.length; i++) expect(members[i].weight).toBeLessThanOrEqual(members[i - 1].weight)
          const mass = members.reduce((sum, { weight }) => sum + weight, 0)
          if (constraint === 'simplex') expect(mass).toBeCloseTo(1, 9)
        },
      ),
      { numRuns: 25 },
    )
  })

  test('its first simplex member is the nearest single', () => {
    for (let seed = 1; seed < 20; seed++) {
      const target = arbitrary(seed, 15)
      const { members, curve } = frankWolfe(target, random, { constraint: 'simplex', support: 1 })
      const [best] = nearest(target, random, { top: 1 })
      expect(members).toEqual([{ id: best.id, index: best.index, weight: 1 }])
      expect(curve[0]).toBeCloseTo(best.distance, 7)
    }
  })

  test('drops light members and refits the others', () => {
    const target = combined([
      [0.7, market[0].embedding],
      [0.29, market[3].embedding],
      [0.01, market[6].embedding],
    ])
    const all = frankWolfe(target, market, { least: 0, decrease: 0 })
    expect(all.members.map(({ index }) => index)).toEqual(expect.arrayContaining([0, 3, 6]))
    const kept = frankWolfe(target, market, { decrease: 0 })
    for (const { weight } of kept.members) expect(weight).toBeGreaterThanOrEqual(0.02)
    expect(kept.members.map(({ index }) => index)).toEqual([0, 3])
  })

  test('drops members whose weight falls to 0 on the way: more steps than the support allows members', () => {
    const all = Array.from({ length: 60 }, (_, i) => ({ id: `a${i}`, embedding: arbitrary(300 + i, 6) }))
    const target = combined([
      [0.5, all[3].embedding],
      [0.3, all[20].embedding],
      [0.2, all[41].embedding],
    ])
    const { members, curve } = frankWolfe(target, all, { decrease: 0.001, support: 8 })
    expect(curve.length).toBeGreaterThan(8)
    expect(members.map(({ id }) => id)).toEqual(['a3', 'a20', 'a41'])
    members.forEach(({ weight }, i) => {
      expect(weight).toBeCloseTo([0.5, 0.3, 0.2][i], 6)
    })
  })

  test('keeps one of identical candidates, the one whose id comes first', () => {
    const twins = ['z', 'b', 'y'].map((id) => ({ id, embedding: structuredClone(market[0].embedding) }))
    const { members } = frankWolfe(market[0].embedding, [...twins, market[3]])
    expect(members).toEqual([{ id: 'b', index: 1, weight: expect.closeTo(1, 9) }])
  })

  test('a foreign target has no members in the cone', () => {
    const far = simulated([[1, 500, 500]], 100, 5)
    expect(frankWolfe(far, market)).toMatchObject({ members: [], curve: [], score: expect.closeTo(0, 9) })
    expect(frankWolfe(far, [])).toMatchObject({ members: [], curve: [], gap: 0 })
    expect(frankWolfe(far, []).distance).toBeCloseTo(Math.sqrt(plainInner(far, far)), 9)
  })

  test('refuses options that mean nothing', () => {
    expect(() => frankWolfe(market[0].embedding, market, { support: 0 })).toThrow(/"support"/)
    expect(() => frankWolfe(market[0].embedding, market, { constraint: 'free' as 'cone' })).toThrow(
      /"constraint" expected one of/,
    )
    expect(() => frankWolfe(market[0].embedding, market, { decrease: 2 })).toThrow(/"decrease"/)
    expect(() => frankWolfe(market[0].embedding, [{ id: 'x', embedding: arbitrary(1, 3, 4) }])).toThrow(
      expect.objectContaining({ code: 'incompatible' }),
    )
  })
})
