import { describe, expect, test } from 'vitest'
import { mixture } from '../../../src/rkme/mixture.js'
import { inner } from '../../../src/rkme/mmd.js'
import { pool } from '../../../src/search/sketch/certified.js'
import { outsideOf } from '../../../src/search/sketch/outside.js'
import { project } from '../../../src/search/sketch/projection.js'
import { frankWolfe, mixtureSteps } from '../../../src/search/task/mixture.js'
import { driven, indexed } from '../indexed.js'
import { arbitrary, combined, simulated } from '../islands.js'

const market = indexed(Array.from({ length: 400 }, (_, i) => arbitrary(i + 1, 2 + (i % 7), 3)))
const search = (
  target: ReturnType<typeof arbitrary>,
  island: typeof market,
  options: Parameters<typeof mixtureSteps>[1],
  limits = {},
) => {
  const known = pool(target, island.index, { limits })
  return { ...driven(mixtureSteps(known.table, options, outsideOf(known, { proof: 1000 })), island), known }
}

describe('a mixture from an index', () => {
  test('is that of brute force to the bit, with its certificate', () => {
    let asked = 0
    for (const constraint of ['cone', 'simplex'] as const) {
      for (let seed = 1; seed <= 8; seed++) {
        const user = arbitrary(seed + 3000, 12, 3)
        const brute = frankWolfe(user, market.all, { constraint })
        const found = search(user, market, { constraint })
        asked += found.asked
        expect(found.value.certificate).toBe('exact')
        expect(found.value.members.map(({ id, weight }) => [id, weight])).toEqual(
          brute.members.map(({ id, weight }) => [id, weight]),
        )
        expect([found.value.distance, found.value.score, found.value.curve]).toEqual([
          brute.distance,
          brute.score,
          brute.curve,
        ])
        expect(found.value.gap).toBeCloseTo(brute.gap, 12)
      }
    }
    expect(asked).toBeLessThan(16 * 300)
  })

  test('finds three separable embeddings among many, with their weights', () => {
    const jobs = Array.from({ length: 60 }, (_, i) => simulated([[1, 3 * (i % 8), 3 * Math.floor(i / 8)]], 300, i + 1))
    const island = indexed(jobs)
    const parts = [
      [0.5, 3],
      [0.3, 31],
      [0.2, 55],
    ] as const
    const target = combined(parts.map(([weight, i]) => [weight, jobs[i]] as const))
    const { value } = search(target, island, {})
    expect(value.members.map(({ id }) => id)).toEqual(parts.map(([, i]) => island.all[i].id))
    value.members.forEach(({ weight }, i) => {
      expect(Math.abs(weight - parts[i][0])).toBeLessThan(1e-3)
    })
  })

  test('run to its end it is the quadratic program over all', () => {
    const few = indexed(market.all.slice(0, 60).map(({ embedding }) => embedding))
    for (const constraint of ['cone', 'simplex'] as const) {
      const user = arbitrary(4711, 12, 3)
      const full = mixture(
        user,
        few.all.map(({ embedding }) => embedding),
        { constraint },
      )
      const { value } = search(user, few, { constraint, support: 60, decrease: 0, least: 0 })
      expect(value.distance).toBeCloseTo(full.distance, 5)
    }
  })

  test('says so where a proof stays open, and its gap still holds', () => {
    let open = 0
    for (let seed = 1; seed <= 10; seed++) {
      const user = arbitrary(seed + 3100, 12, 3)
      const { value, asked, known } = search(user, market, {}, { evaluations: 12 })
      expect(asked).toBeLessThanOrEqual(12)
      if (value.certificate === 'none') open++
      const { weights } = { weights: value.members }
      for (const { embedding } of market.all) {
        let slope = -inner(user, embedding)
        for (const { index, weight } of weights)
          slope += weight * inner(known.table.candidates[index].embedding, embedding)
        expect(-2 * slope).toBeLessThanOrEqual(value.gap + 1e-9)
      }
    }
    expect(open).toBeGreaterThan(0)
  })

  test('where a step stays open, those that the sketches put first are evaluated too', () => {
    const island = indexed(
      Array.from({ length: 600 }, (_, i) => arbitrary(i + 1, 5, 3)),
      { basis: 6 },
    )
    const target = arbitrary(9000, 8, 3)
    const known = pool(target, island.index)
    const nothing = { members: [], weights: new Float64Array(0), squared: known.table.own }
    const { value } = driven(
      outsideOf(known).steepest(nothing, false, () => Number.POSITIVE_INFINITY),
      island,
    )
    expect(value.isClosed).toBe(false)
    expect(known.places.length).toBe(64 + 32)
    const { projection } = island.index
    const v = project(projection, target).z.map((value, k) => value + projection.offset[k])
    const along = island.all.map(({ embedding }) => {
      const { z } = project(projection, embedding)
      return z.reduce((sum, value, k) => sum + value * v[k], 0)
    })
    const first = along.map((_, i) => i).sort((a, b) => along[b] - along[a])
    // Of 32 the last few may change places by what int8 loses.
    for (const ordinal of first.slice(0, 24)) expect(known.knows(island.places[ordinal])).toBe(true)
  })
})
