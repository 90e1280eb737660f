import { beforeAll, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/base/codec.js'
import { islandRecord, learnwareRecord } from '../../src/market/catalogue.js'
import { openMarket } from '../../src/market/market.js'
import { type Found, searchSpecifications } from '../../src/market/match/match.js'
import { penaltyOf, qualityOf } from '../../src/market/quality.js'
import { encodeSpecification } from '../../src/specification/codec.js'
import type { Specification } from '../../src/specification/specification.js'
import { foundTerms } from '../../src/specification/specify/found.js'
import { specify } from '../../src/specification/specify/specify.js'
import { memoryStore } from '../../src/store/memory.js'
import type { Store } from '../../src/store/store.js'
import { numberRuntime } from './number-runtime.js'
import { shop, shopDescription, shopRows, userRequirement } from './shops.js'

const count = 300
const terms = foundTerms(shopDescription('any'))

/** Bases moved about: many specifications without many reductions. */
const specifications = (): Specification[] => {
  const bases = [0, 1, 2].map((place) => specify(terms, shopRows(place, 5 + place), { seed: 3 }) as Specification)
  return Array.from({ length: count }, (_, i) => {
    const { embedding, ...rest } = bases[i % 3]
    const data = embedding.points.data.map((x, k) => x + 0.002 * ((i * 37 + k * 11) % 97) - 0.09)
    return { ...rest, embedding: { ...embedding, points: { ...embedding.points, data } } }
  })
}

const entries = (all: readonly Specification[]) =>
  all.map((specification, i) => ({
    id: sha256Hex(`learnware ${i}`),
    description: shopDescription(i % 2 === 0 ? 'even' : 'odd'),
    specification,
    ...(i % 5 === 0 ? { quality: 0.12 } : i % 5 === 1 ? { quality: 0.8 } : {}),
  }))

let all: ReturnType<typeof entries>
beforeAll(() => {
  all = entries(specifications())
})

const stocked = async (): Promise<Store> => {
  const store = memoryStore()
  const model = await store.putBlob(shop(0).model)
  const records = [islandRecord({ terms, description: shopDescription('any') })]
  for (const { id, description, specification, quality } of all) {
    const address = await store.putBlob(encodeSpecification(specification))
    const entry = { id, island: terms.island, status: 'accepted' as const, findings: [], description, quality }
    records.push(learnwareRecord({ ...entry, model, specification: address }))
  }
  await store.append(records)
  // A market closes its store; these tests open it again.
  return { ...store, close: async () => {} }
}
const open = (store: Store) => openMarket({ store, runtime: numberRuntime })
const answerOf = ({ evaluations: _, ...rest }: Found) => ({ ...rest, mixture: { ...rest.mixture, gap: 0 } })

describe('a market whose island has an index', () => {
  it('answers as a look at all does, to the bit, and evaluates far fewer', async () => {
    const market = await open(await stocked())
    for (const places of [[0], [1], [0, 2]]) {
      const user = userRequirement(places, 40 + places.length)
      for (const options of [{ top: 7 }, { constraint: 'simplex' as const }, { decrease: 1 }, { decrease: 0.9 }]) {
        const found = await market.search(user, options)
        const plain = searchSpecifications(user, all, options)
        expect(found.certificate).toBe('exact')
        expect(found.ranked).toEqual(plain.ranked)
        if (found.mixture.certificate === 'exact') expect(answerOf(found)).toEqual(answerOf(plain))
        expect(found.mixture.gap).toBeGreaterThanOrEqual(plain.mixture.gap - 1e-12)
        if (options.decrease === 1) expect(found.mixture.members).toHaveLength(1)
      }
    }
    await market.close()
  })

  it('looks only at those whose description is wanted', async () => {
    const market = await open(await stocked())
    const description = shopDescription('odd')
    const user = userRequirement([1], 7)
    const found = await market.search(user, { description, top: 9 })
    expect(found.ranked).toEqual(searchSpecifications(user, all, { description, top: 9 }).ranked)
    await market.close()
  })

  it('follows what is submitted and retired', async () => {
    const market = await open(await stocked())
    const user = userRequirement([0], 8)
    const [first] = (await market.search(user)).ranked
    await market.retire(first.id)
    const rest = all.filter(({ id }) => id !== first.id)
    expect((await market.search(user)).ranked).toEqual(searchSpecifications(user, rest).ranked)
    const submission = shop(0, { seed: 77 })
    const { id, status } = await market.submit(submission)
    expect(status).toBe('accepted')
    const candidates = [...rest, { id, specification: submission.specification as Specification }]
    expect((await market.search(user, { top: 20 })).ranked).toEqual(
      searchSpecifications(user, candidates, { top: 20 }).ranked,
    )
    await market.close()
  })

  it('keeps its index in the store, reads few specifications then, and makes a damaged one anew', async () => {
    const store = await stocked()
    const user = userRequirement([2], 9)
    const first = await open(store)
    const expected = (await first.search(user)).ranked
    await first.close()
    const name = `index-${terms.island.replace(/[^a-z0-9]/g, '-')}`
    const kept = (await store.derived?.read(name)) as Uint8Array
    let reads = 0
    const counting = {
      ...store,
      blob: (address: string) => {
        reads++
        return store.blob(address)
      },
    }
    const second = await open(counting)
    expect((await second.search(user, { top: 1, evaluations: 30 })).ranked).toEqual(expected.slice(0, 1))
    expect(reads).toBeLessThanOrEqual(30)
    await second.close()
    for (const damaged of [kept.slice(0, 5000), kept.map((byte, i) => (i === 9000 ? byte ^ 4 : byte))]) {
      await store.derived?.write(name, damaged)
      reads = 0
      const third = await open(counting)
      expect((await third.search(user)).ranked).toEqual(expected)
      expect(reads).toBeGreaterThanOrEqual(count)
      await third.close()
      expect(await store.derived?.read(name)).toEqual(kept)
    }
  })

  it('passes over and names a learnware whose specification is damaged', async () => {
    const store = await stocked()
    const user = userRequirement([0], 10)
    const whole = await open(store)
    const [nearest] = (await whole.search(user)).ranked
    await whole.close()
    const lost = (await store.records()).find(({ key }) => key === nearest.id)?.value as { specification: string }
    const market = await open({
      ...store,
      blob: async (address) => {
        const bytes = await store.blob(address)
        return address === lost.specification ? bytes.slice(1) : bytes
      },
    })
    const found = await market.search(user)
    expect(found.corrupt).toEqual([nearest.id])
    expect(found.ranked).toEqual(
      searchSpecifications(
        user,
        all.filter(({ id }) => id !== nearest.id),
      ).ranked,
    )
    await market.close()
  })

  it('says what a limit left open, and refuses options that make no sense', async () => {
    const market = await open(await stocked())
    const user = userRequirement([1], 11)
    const found = await market.search(user, { top: 20, evaluations: 20 })
    expect(['epsilon', 'none', 'exact']).toContain(found.certificate)
    expect((await market.search(user, { timeLimitMs: 0 })).certificate).toBe('none')
    await expect(market.search(user, { epsilon: -1 })).rejects.toThrow(/"epsilon"/)
    await expect(market.search(user, { evaluations: 0 })).rejects.toThrow(/"evaluations"/)
    await expect(market.search(user, { timeLimit: 3 } as never)).rejects.toThrow(/no option "timeLimit"/)
    await market.close()
  })
})

describe('quality in the ranking', () => {
  it('moves weak models back, and leaves the order of good ones', () => {
    expect(penaltyOf(undefined)).toBe(0)
    expect(penaltyOf(0.25)).toBe(0)
    expect(penaltyOf(0.1)).toBeCloseTo(0.15, 12)
    expect(qualityOf({ measure: 'error', error: 0.3, trivial: 0.5, points: 9 })).toBeCloseTo(0.4, 12)
    expect(qualityOf({ measure: 'error', error: 0.3, trivial: 0, points: 9 })).toBeUndefined()
    const user = userRequirement([0], 12)
    const plain = all.map(({ quality: _, ...rest }) => rest)
    const order = searchSpecifications(user, plain, { top: 50 }).ranked.map(({ id }) => id)
    const good = plain.map((entry) => ({ ...entry, quality: 0.3 }))
    expect(searchSpecifications(user, good, { top: 50 }).ranked.map(({ id }) => id)).toEqual(order)
    const weak = plain.map((entry) => (entry.id === order[0] ? { ...entry, quality: 0.1 } : entry))
    const found = searchSpecifications(user, weak, { top: count }).ranked
    expect(found[0].id).toBe(order[1])
    const distances = new Map(found.map(({ id, distance }) => [id, distance]))
    expect(distances.get(order[0])).toBeLessThanOrEqual(distances.get(order[1]) as number)
  })

  it('is found at submission and kept', async () => {
    const store = memoryStore()
    const market = await open(store)
    const { id } = await market.submit(shop(0))
    const value = (await store.records()).find(({ key }) => key === id)?.value as { quality?: number }
    expect(value.quality).toBeGreaterThan(0.8)
    await market.close()
  })
})
