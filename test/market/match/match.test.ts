import { beforeAll, describe, expect, it } from 'vitest'
import { gaussianOnly } from '../../../src/kernel/kernel.js'
import { openMarket } from '../../../src/market/market.js'
import { type Candidate, searchSpecifications } from '../../../src/market/match/match.js'
import type { Embedding } from '../../../src/rkme/embedding.js'
import { joined } from '../../../src/search/products.js'
import type { Requirement, Specification } from '../../../src/specification/specification.js'
import { foundTerms } from '../../../src/specification/specify/found.js'
import { specify } from '../../../src/specification/specify/specify.js'
import { memoryStore } from '../../../src/store/memory.js'
import { numberRuntime } from '../number-runtime.js'
import { deviates, shop, shopDescription, shopRows, shopSales, userRequirement } from '../shops.js'

/** ⟨a, b⟩ by two plain loops. */
const slowInner = (a: Embedding, b: Embedding): number => {
  let sum = 0
  for (let i = 0; i < a.points.rows; i++) {
    for (let j = 0; j < b.points.rows; j++) {
      let square = 0
      for (let k = 0; k < a.points.columns; k++) {
        square += (a.points.data[i * a.points.columns + k] - b.points.data[j * b.points.columns + k]) ** 2
      }
      sum += a.weights[i] * b.weights[j] * Math.exp(-gaussianOnly(a.kernel).gamma * square)
    }
  }
  return sum
}

let requirement: Requirement
let entries: Candidate[]

beforeAll(() => {
  requirement = userRequirement([0, 1])
  entries = [0, 1, 2, 0, 1].map((place, i) => ({
    id: String(9 - i),
    specification: shop(place, { seed: 20 + i }).specification,
  }))
})

describe('searchSpecifications', () => {
  it('ranks by the exact distance', () => {
    const own = slowInner(requirement.embedding, requirement.embedding)
    const expected = entries
      .map(({ id, specification: { embedding } }) => ({
        id,
        distance: Math.sqrt(own - 2 * slowInner(requirement.embedding, embedding) + slowInner(embedding, embedding)),
      }))
      .sort((a, b) => a.distance - b.distance)
    const { ranked, evaluations, certificate } = searchSpecifications(requirement, entries)
    expect(ranked.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
    ranked.forEach(({ distance, score }, i) => {
      expect(distance).toBeCloseTo(expected[i].distance, 9)
      expect(score).toBeCloseTo(100 * Math.max(0, 1 - expected[i].distance ** 2 / own), 9)
    })
    expect(certificate).toBe('exact')
    expect(evaluations).toBeGreaterThanOrEqual(entries.length)
    expect(searchSpecifications(requirement, entries, { top: 2 }).ranked).toEqual(ranked.slice(0, 2))
  })

  it('gives the mixture that its weights say', () => {
    for (const constraint of ['cone', 'simplex'] as const) {
      const { mixture } = searchSpecifications(requirement, entries, { constraint })
      const parts = mixture.members.map(({ id, weight }) => ({
        weight,
        embedding: entries.find((entry) => entry.id === id)?.specification.embedding as Embedding,
      }))
      let square = slowInner(requirement.embedding, requirement.embedding)
      for (const a of parts) {
        square -= 2 * a.weight * slowInner(requirement.embedding, a.embedding)
        for (const b of parts) square += a.weight * b.weight * slowInner(a.embedding, b.embedding)
      }
      expect(mixture.distance).toBeCloseTo(Math.sqrt(square), 7)
      const sum = parts.reduce((total, { weight }) => total + weight, 0)
      if (constraint === 'simplex') expect(sum).toBeCloseTo(1, 9)
      else expect(sum).toBeLessThan(1.1)
    }
    expect(searchSpecifications(requirement, entries, { members: 1 }).mixture.members.length).toBe(1)
  })

  it('finds the weights of an exact mixture where it may go on to the end', () => {
    const [first] = entries
    const of = (i: number): Embedding => {
      const points = deviates(50 + i)
      const { embedding } = first.specification
      const shift = Array.from({ length: embedding.points.columns }, points)
      const data = embedding.points.data.map((value, k) => value + shift[k % shift.length])
      return { ...embedding, points: { ...embedding.points, data } }
    }
    const many = Array.from({ length: 60 }, (_, i) => ({
      id: String(i).padStart(2, '0'),
      specification: { ...first.specification, embedding: of(i) },
    }))
    const shares = new Map([
      ['07', 0.5],
      ['21', 0.3],
      ['48', 0.2],
    ])
    const parts = [...shares].map(([id, share]) => ({ share, of: of(Number(id)) }))
    const embedding: Embedding = {
      ...parts[0].of,
      points: joined(parts.map(({ of }) => of)),
      weights: Float64Array.from(parts.flatMap(({ share, of }) => Array.from(of.weights, (value) => share * value))),
    }
    const wanted = { ...requirement, island: first.specification.island, embedding } as Requirement
    const found = searchSpecifications(wanted, many, { members: 40, decrease: 0, constraint: 'simplex' })
    expect(found.mixture.members.map(({ id }) => id)).toEqual([...shares.keys()])
    for (const { id, weight } of found.mixture.members) expect(weight).toBeCloseTo(shares.get(id) as number, 5)
    const short = searchSpecifications(wanted, many, { decrease: 1 })
    expect(short.mixture.members).toHaveLength(1)
    expect(() => searchSpecifications(wanted, many, { decrease: 2 })).toThrow(/"decrease"/)
  })

  it('breaks ties by id, whatever the order of the entries', () => {
    const same = (id: string): Candidate => ({ id, specification: entries[0].specification })
    const twins = [same('c'), same('a'), same('b'), ...entries.slice(1, 3)]
    const found = searchSpecifications(userRequirement([0]), twins, { top: 3 })
    expect(found.ranked.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(searchSpecifications(userRequirement([0]), twins.reverse(), { top: 3 })).toEqual(found)
  })

  it('looks at the same island only, and leaves its inputs alone', () => {
    const stranger: Specification = { ...entries[0].specification, island: 'isl:0123456789abcdef' }
    const all = [...entries, { id: 'x', specification: stranger }]
    const before = structuredClone(all)
    expect(searchSpecifications(requirement, all)).toEqual(searchSpecifications(requirement, entries))
    expect(all).toEqual(before)
  })

  it('refuses what it does not know, and stops at a signal', () => {
    expect(() => searchSpecifications(requirement, entries, { tops: 1 } as never)).toThrow(/has no option "tops"/)
    expect(() => searchSpecifications(requirement, entries, { top: 0 })).toThrow(/"top" expected a whole number/)
    expect(() => searchSpecifications(requirement, entries, { constraint: 'free' as never })).toThrow(/"constraint"/)
    const reason = new Error('enough')
    expect(() => searchSpecifications(requirement, entries, { signal: AbortSignal.abort(reason) })).toThrow(reason)
  })
})

describe('a requirement that meets several islands', () => {
  const inEuros = (place: number) => {
    const description = shopDescription(`euros ${place}`, {
      output: { kind: 'real', unit: 'euro', centre: 100, scale: 30 },
    })
    const rows = shopRows(place, 70 + place)
    return {
      ...shop(place),
      description,
      specification: specify(foundTerms(description), rows, { labels: shopSales(place, rows) }),
    }
  }

  it('is answered by the island whose mixture scores highest, which holds the rest', async () => {
    const market = await openMarket({ store: memoryStore(), runtime: numberRuntime })
    for (const submission of [shop(0), shop(1), inEuros(2)]) {
      expect((await market.submit(submission)).status).toBe('accepted')
    }
    const [items, euros] = [foundTerms(shopDescription('x')).island, foundTerms(inEuros(2).description).island]
    const terms = await market.terms({ ...shopDescription('anyone'), LDL: undefined })
    expect([terms.island, terms.others?.map(({ island }) => island)]).toEqual([items, [euros]])
    for (const [place, island, other] of [
      [0, items, euros],
      [2, euros, items],
    ] as const) {
      const wanted = specify(terms, shopRows(place, 5))
      const found = await market.search(wanted)
      expect(found.island).toBe(island)
      expect(found.others?.map(({ island }) => island)).toEqual([other])
      expect(found.mixture.score).toBeGreaterThan(found.others?.[0].mixture.score as number)
      expect((await market.fetch(found))[0].terms.island).toBe(island)
    }
    await market.close()
  })
})
