import { beforeAll, describe, expect, it } from 'vitest'
import { MarketError } from '../../src/base/error.js'
import { type Market, openMarket } from '../../src/market/market.js'
import { encodeSpecification } from '../../src/specification/codec.js'
import type { Requirement } from '../../src/specification/specification.js'
import { foundTerms } from '../../src/specification/specify/found.js'
import { specify } from '../../src/specification/specify/specify.js'
import { memoryStore } from '../../src/store/memory.js'
import type { Store } from '../../src/store/store.js'
import { numberModel, numberRuntime, openModels } from './number-runtime.js'
import { shop, shopDescription, shopRows, shopSales, userRequirement } from './shops.js'

const open = (store: Store = memoryStore()): Promise<Market> => openMarket({ store, runtime: numberRuntime })

/** A market of the given shops, and their ids. */
const withShops = async (places: readonly number[], store?: Store): Promise<{ market: Market; ids: string[] }> => {
  const market = await open(store)
  const ids: string[] = []
  for (const place of places) {
    const receipt = await market.submit(shop(place))
    expect(receipt.findings.filter(({ level }) => level === 'fail')).toEqual([])
    expect(receipt.status).toBe('accepted')
    ids.push(receipt.id)
  }
  return { market, ids }
}

let anyShop: Requirement
beforeAll(() => {
  anyShop = userRequirement([0])
})

describe('a market of three shops', () => {
  it('finds the one shop whose rows are like the user’s', async () => {
    const { market, ids } = await withShops([0, 1, 2])
    for (const place of [0, 1, 2]) {
      const found = await market.search(userRequirement([place]))
      expect(found.decision).toBe('single')
      expect(found.ranked.map(({ id }) => id)[0]).toBe(ids[place])
      expect(found.ranked.length).toBe(3)
      expect(found.ranked[0].score).toBeGreaterThan(90)
      expect(found.certificate).toBe('exact')
      expect(found.unseen.share).toBeLessThan(0.15)
      expect(found.evaluations).toBeGreaterThanOrEqual(3)
    }
    await market.close()
  })

  it('mixes two shops for a user of both, in their shares', async () => {
    const { market, ids } = await withShops([0, 1, 2])
    const found = await market.search(userRequirement([0, 2]))
    expect(found.decision).toBe('mixture')
    expect(new Set(found.mixture.members.slice(0, 2).map(({ id }) => id))).toEqual(new Set([ids[0], ids[2]]))
    for (const { weight } of found.mixture.members.slice(0, 2)) expect(Math.abs(weight - 0.5)).toBeLessThan(0.1)
    expect(found.mixture.score).toBeGreaterThan(found.ranked[0].score)
    expect(found.mixture.curve.length).toBeGreaterThanOrEqual(2)
    await market.close()
  })

  it('says that part of a task is unseen, and that a foreign task has no helper', async () => {
    const { market } = await withShops([0, 1])
    const partly = await market.search(userRequirement([0, 2]))
    expect(partly.decision).toBe('partial')
    expect(partly.unseen.low).toBeLessThanOrEqual(partly.unseen.share)
    expect(partly.unseen.high).toBeGreaterThanOrEqual(partly.unseen.share)
    expect(Math.abs(partly.unseen.share - 0.5)).toBeLessThan(0.2)
    expect((await market.search(userRequirement([2]))).decision).toBe('none')
    await market.close()
  })

  it('gives scores that do not depend on what else it holds, nor on the order of submission', async () => {
    const one = await withShops([1])
    const three = await withShops([0, 1, 2])
    const turned = await withShops([2, 1, 0])
    const alone = await one.market.search(anyShop)
    const among = await three.market.search(anyShop)
    const other = await turned.market.search(anyShop)
    expect(among.ranked.find(({ id }) => id === one.ids[0])).toEqual(alone.ranked[0])
    expect(other).toEqual(among)
    expect([...turned.ids].sort()).toEqual([...three.ids].sort())
  })

  it('fetches what was found: models that predict, the terms, the specification', async () => {
    const { market, ids } = await withShops([0, 1, 2])
    const before = openModels()
    const found = await market.search(userRequirement([0, 2]), { top: 1 })
    const learnwares = await market.fetch(found)
    expect(learnwares[0].id).toBe(found.ranked[0].id)
    expect(new Set(learnwares.map(({ id }) => id))).toEqual(new Set([ids[0], ids[2]]))
    const own = learnwares.find(({ id }) => id === ids[2])
    const rows = shopRows(2, 500, 20)
    const predicted = await own?.model.predict(rows)
    const sales = shopSales(2, rows)
    expect(predicted?.rows).toBe(20)
    for (let i = 0; i < 20; i++) expect(Math.abs((predicted?.data[i] ?? 0) - sales[i])).toBeLessThan(8)
    expect(own?.terms).toEqual(await market.terms(shopDescription('x')))
    expect(own?.description.Name.Values).toBe('bookshop')
    expect(own?.specification.island).toBe(own?.terms.island)
    for (const { model } of learnwares) await model.close()
    expect(openModels()).toBe(before)
    const [twice, ...rest] = await market.fetch([ids[1], ids[1]])
    expect(twice.id).toBe(ids[1])
    expect(rest).toEqual([])
    await twice.model.close()
    await expect(market.fetch(['f'.repeat(64)])).rejects.toMatchObject({ code: 'absent' })
    await market.close()
  })

  it('hands out copies: a receipt, a description or terms that are changed change nothing here', async () => {
    const { market, ids } = await withShops([0])
    const spoil = (value: unknown): void => {
      for (const part of Object.values(value as object)) if (typeof part === 'object') spoil(part)
      for (const key of Object.keys(value as object)) delete (value as Record<string, unknown>)[key]
    }
    const receipt = await market.receipt(ids[0])
    const again = await market.submit(shop(0))
    spoil(again)
    const [{ terms, description, model }] = await market.fetch(ids)
    const before = structuredClone([terms, description])
    spoil(terms)
    spoil(description)
    await model.close()
    const [fresh] = await market.fetch(ids)
    expect([fresh.terms, fresh.description]).toEqual(before)
    await fresh.model.close()
    expect(await market.receipt(ids[0])).toEqual(receipt)
    const first = await (await open()).submit(shop(0))
    const same = structuredClone(first)
    const other = await open()
    const given = await other.submit(shop(0))
    spoil(given.findings)
    expect(await other.receipt(same.id)).toEqual(same)
    spoil(foundTerms(shopDescription('x')))
    expect(foundTerms(shopDescription('x')).size.cap).toBe(256)
    await market.close()
  })

  it('takes a requirement as its bytes too, and never changes it', async () => {
    const { market } = await withShops([0, 1])
    const before = structuredClone(anyShop)
    expect(await market.search(encodeSpecification(anyShop))).toEqual(await market.search(anyShop))
    expect(anyShop).toEqual(before)
    await market.close()
  })

  it('filters by description', async () => {
    const { market, ids } = await withShops([0, 1])
    const wanted = {
      ...shopDescription('Florist'),
      Description: undefined,
      Input: undefined,
      Output: undefined,
      Task: { Type: 'Class', Values: [] },
      Data: { Type: 'Class', Values: [] },
    } as never
    const found = await market.search(anyShop, { description: wanted })
    expect(found.ranked.map(({ id }) => id)).toEqual([ids[1]])
    await expect(market.search(anyShop, { description: { Task: 1 } as never })).rejects.toThrow(
      /"description" is not valid/,
    )
    await market.close()
  })

  it('no longer finds what is retired, and keeps its receipt', async () => {
    const { market, ids } = await withShops([0, 1, 2])
    await market.retire(ids[0])
    await market.retire(ids[0])
    const found = await market.search(anyShop)
    expect(found.ranked.map(({ id }) => id)).not.toContain(ids[0])
    await expect(market.fetch([ids[0]])).rejects.toMatchObject({
      code: 'retired',
      message: expect.stringMatching(/search again/),
    })
    expect((await market.receipt(ids[0])).status).toBe('accepted')
    const again = await market.submit(shop(0))
    expect(again.status).toBe('rejected')
    expect(again.findings.some(({ check, level }) => check === 'duplicate' && level === 'fail')).toBe(true)
    await expect(market.retire('0'.repeat(64))).rejects.toMatchObject({ code: 'absent' })
    await market.close()
  })
})

describe('an empty market', () => {
  it('finds nothing, as data', async () => {
    const market = await open()
    const terms = await market.terms(shopDescription('anyone'))
    expect(terms.island).toBe(anyShop.island)
    const found = await market.search(anyShop)
    expect(found).toMatchObject({ decision: 'none', ranked: [], mixture: { members: [] }, unseen: { share: 1 } })
    expect(found.mixture.score).toBeCloseTo(0, 9)
    expect(await market.islands()).toEqual([])
    await market.close()
  })

  it('refuses a requirement under terms that nobody proposed', async () => {
    const market = await open()
    await expect(market.search(anyShop)).rejects.toMatchObject({
      code: 'incompatible',
      message: expect.stringMatching(/do not stand in this market; call market\.terms\(description\)/),
    })
    await market.close()
  })
})

describe('terms', () => {
  it('are those of the first accepted learnware; later proposals of scale do not count', async () => {
    const { market } = await withShops([0])
    const standing = await market.terms(shopDescription('x'))
    const later = shopDescription('later')
    const proposal = {
      ...later,
      LDL: { ...later.LDL, inputs: later.LDL?.inputs.map((field) => ({ ...field, centre: 0, scale: 1 })) },
    } as never
    expect(await market.terms(proposal)).toEqual(standing)
    expect((await market.islands()).map(({ island, learnwares }) => [island, learnwares])).toEqual([
      [standing.island, 1],
    ])
    await market.close()
  })

  it('of an open description are those of every island that it meets', async () => {
    const { market } = await withShops([0])
    const open = { ...shopDescription('x'), LDL: undefined }
    const terms = await market.terms(open)
    expect(terms.island).toBe(anyShop.island)
    expect(terms.others).toBeUndefined()
    const foreign = { ...open, Data: { Type: 'Class', Values: ['Text'] } } as never
    await expect(market.terms(foreign)).rejects.toMatchObject({
      code: 'absent',
      message: expect.stringMatching(/LDL\.inputs/),
    })
    await expect(market.terms({ Data: 1 } as never)).rejects.toThrow(/"description" is not valid: Data.*; Task/)
    await market.close()
  })

  it('are a copy', async () => {
    const { market } = await withShops([0])
    const terms = (await market.terms(shopDescription('x'))) as unknown as { columns: unknown[] }
    terms.columns.length = 0
    expect((await market.terms(shopDescription('x'))).columns.length).toBe(2)
    await market.close()
  })
})

describe('a market as a whole', () => {
  it('takes concurrent submissions one after the other', async () => {
    const market = await open()
    const receipts = await Promise.all([0, 1, 2, 0].map((place) => market.submit(shop(place))))
    expect(receipts.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted', 'accepted'])
    expect(receipts[3].id).toBe(receipts[0].id)
    expect(receipts[3].findings.some(({ check, level }) => check === 'duplicate' && level === 'warn')).toBe(true)
    expect((await market.islands())[0].learnwares).toBe(3)
    await market.close()
  })

  it('copies what is submitted before it waits its turn', async () => {
    const market = await open()
    const submission = shop(0)
    const [first, second] = [market.submit(shop(1)), market.submit(submission)]
    submission.model.fill(0)
    await first
    expect((await second).status).toBe('accepted')
    await market.close()
  })

  it('stops at a signal, with its reason, and is as it was', async () => {
    const store = memoryStore()
    const { market } = await withShops([0], store)
    const before = await store.records()
    const reason = new Error('enough')
    const gone = AbortSignal.abort(reason)
    await expect(market.submit(shop(1), { signal: gone })).rejects.toBe(reason)
    await expect(market.search(anyShop, { signal: gone })).rejects.toBe(reason)
    await expect(market.fetch([], { signal: gone })).rejects.toBe(reason)
    await expect(openMarket({ store, runtime: numberRuntime, signal: gone })).rejects.toBe(reason)
    const later = new AbortController()
    const steps: string[] = []
    const submitted = market.submit(shop(1), {
      signal: later.signal,
      onProgress: (done, total, check) => {
        steps.push(`${done}/${total} ${check}`)
        if (check === 'batch') later.abort(reason)
      },
    })
    await expect(submitted).rejects.toBe(reason)
    expect(steps).toEqual(['0/8 model', '1/8 output', '2/8 finite', '3/8 batch'])
    expect(await store.records()).toEqual(before)
    expect(openModels()).toBe(0)
    await market.close()
  })

  it('runs a learnware that calls its inputs by other names and in another order, by their concepts', async () => {
    const { market, ids } = await withShops([0])
    const rows = shopRows(2, 7)
    const description = shopDescription('Buchladen', {
      inputs: [
        { name: 'Woche', concept: 'week', kind: 'numeric' },
        { name: 'Preis', concept: 'price', kind: 'numeric' },
      ],
    })
    const terms = await market.terms(description)
    expect(terms.columns.map(({ name }) => name)).toEqual(['price', 'week'])
    const receipt = await market.submit({
      description,
      specification: specify(terms, rows, { labels: shopSales(2, rows) }),
      model: numberModel({ weights: [2, 6], bias: -40 }),
    })
    expect(receipt).toMatchObject({ status: 'accepted', island: terms.island })
    const found = await market.search(userRequirement([2]))
    expect(found.ranked.map(({ id }) => id)).toEqual([receipt.id, ids[0]])
    const [learnware] = await market.fetch([receipt.id])
    expect(learnware.model.inputs.map(({ name }) => name)).toEqual(['week', 'price'])
    expect([...(await learnware.model.predict([{ price: 10, week: 45 }])).data]).toEqual([2 * 45 + 6 * 10 - 40])
    await learnware.model.close()
    await market.close()
  })

  it('keeps nothing of what a learnware says of other islands', async () => {
    const { description, specification, model } = shop(0)
    const market = await open()
    const stranger = { ...specification, island: 'isl:0123456789abcdef' }
    const others = [stranger, { ...stranger, embedding: { ...specification.embedding, samples: 0 } }]
    const receipt = await market.submit({ description, specification: { ...specification, others }, model })
    expect(receipt.status).toBe('accepted')
    const [learnware] = await market.fetch([receipt.id])
    expect(learnware.specification.others).toBeUndefined()
    expect(receipt.id).toBe((await withShops([0])).ids[0])
    await learnware.model.close()
  })

  it('takes each further island of a requirement once, and not more than 64 of them', async () => {
    const { market } = await withShops([0])
    const found = await market.search(anyShop)
    const again = { ...anyShop, others: [anyShop, anyShop] }
    expect(await market.search(again)).toEqual(found)
    await expect(market.search({ ...anyShop, others: Array(65).fill(anyShop) })).rejects.toThrow(
      '"requirement.others" expected at most 64 further islands, got 65',
    )
  })

  it('finds the others where a stored specification is damaged or gone, and says which it left out', async () => {
    for (const damage of ['turned', 'gone'] as const) {
      const store = memoryStore()
      const { market, ids } = await withShops([0, 1, 2], store)
      await expect(market.search(anyShop)).resolves.not.toHaveProperty('corrupt')
      const [{ value }] = (await store.records()).filter(({ key }) => key === ids[0])
      const address = (value as { specification: string }).specification
      const blob = async (wanted: string): Promise<Uint8Array> => {
        const bytes = await store.blob(wanted)
        if (wanted !== address) return bytes
        if (damage === 'gone') throw new MarketError('absent', 'no such blob')
        bytes[bytes.length >> 1] ^= 1
        return bytes
      }
      const damaged = await open({ ...store, blob })
      const found = await damaged.search(anyShop)
      expect(found.corrupt).toEqual([ids[0]])
      expect(new Set(found.ranked.map(({ id }) => id))).toEqual(new Set(ids.slice(1)))
      await expect(damaged.fetch([ids[0]])).rejects.toBeInstanceOf(MarketError)
    }
    const store = memoryStore()
    await withShops([0], store)
    const away = await open({
      ...store,
      blob: async () => {
        throw new MarketError('unreachable', 'the disk is away')
      },
    })
    await expect(away.search(anyShop)).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('gives a store back that it cannot read', async () => {
    const store = memoryStore()
    await store.append([{ kind: 'learnware', key: 'x', value: { version: 2 } }])
    let closed = 0
    const counted: Store = {
      ...store,
      close: async () => {
        closed++
      },
    }
    await expect(open(counted)).rejects.toMatchObject({ code: 'version' })
    expect(closed).toBe(1)
  })

  it('is closed once, after what is under way', async () => {
    const market = await open()
    const submitted = market.submit(shop(0))
    await Promise.all([market.close(), market.close()])
    expect((await submitted).status).toBe('accepted')
    await expect(market.search(anyShop)).rejects.toMatchObject({ code: 'unreachable', message: /openMarket/ })
  })

  it('says what it needs', async () => {
    await expect(openMarket({ store: undefined as never, runtime: numberRuntime })).rejects.toThrow(
      /"store" expected a store such as memoryStore\(\)/,
    )
    await expect(openMarket({ store: memoryStore(), runtime: {} as never })).rejects.toThrow(
      /"runtime" expected what opens models/,
    )
    for (const [wrong, message] of [
      [{ runtimes: numberRuntime }, /"options" has no option "runtimes"/],
      [{ limits: { modelBytes: -1 } }, /"limits.modelBytes" expected a whole number/],
      [{ limits: { models: 1 } }, /"limits" has no option "models"/],
    ] as const) {
      await expect(openMarket({ store: memoryStore(), runtime: numberRuntime, ...wrong } as never)).rejects.toThrow(
        message,
      )
    }
    const small = await openMarket({
      store: memoryStore(),
      runtime: numberRuntime,
      limits: { specificationBytes: 100 },
    })
    expect((await small.submit(shop(0))).status).toBe('rejected')
    expect(
      (
        await (
          await openMarket({ store: memoryStore(), runtime: numberRuntime, limits: { modelBytes: 1e6 } })
        ).submit(shop(0))
      ).status,
    ).toBe('accepted')
    const market = await open()
    await expect(market.search({ island: 'isl:0123456789abcdef' } as never)).rejects.toThrow(
      /"specification" expected what specify/,
    )
    await expect(market.fetch([], { signals: 1 } as never)).rejects.toThrow(/"options" has no option "signals"/)
    await expect(market.search(7 as never)).rejects.toThrow(/"requirement" expected what specify/)
    await expect(market.search(new Uint8Array(40))).rejects.toMatchObject({ code: 'corrupt' })
    await expect(market.search(anyShop, { tops: 3 } as never)).rejects.toThrow()
    for (const wrong of [7, null, {}, { ranked: [] }, { ranked: 1, mixture: { members: [] } }]) {
      await expect(market.fetch(wrong as never)).rejects.toThrow(/"found" expected the result of a search/)
    }
    await expect(market.submit(7 as never)).rejects.toThrow(/"submission" expected/)
    await expect(market.submit({ ...shop(0), model: 'x' as never })).rejects.toThrow(
      /"submission\.model" expected the bytes/,
    )
  })
})
