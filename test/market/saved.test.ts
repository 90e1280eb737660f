import { describe, expect, it } from 'vitest'
import { fitOwn } from '../../src/learnware/builtin.js'
import { builtInRuntime } from '../../src/learnware/saved/builtin-runtime.js'
import { openMarket } from '../../src/market/market.js'
import { specify } from '../../src/specification/specify/specify.js'
import { memoryStore } from '../../src/store/memory.js'
import { shop, shopDescription, shopRows, shopSales } from './shops.js'

const rows = shopRows(1, 2)
const sales = shopSales(1, rows)
const inputs = ['price', 'week'].map((name) => ({ name, kind: 'numeric' as const }))

describe('a market of models that were fitted here', () => {
  it('accepts one, and gives it out as it was', async () => {
    const market = await openMarket({ store: memoryStore(), runtime: builtInRuntime() })
    const own = await fitOwn(rows, sales, { inputs })
    const receipt = await market.submit({ ...shop(1), model: own.save() })
    expect(receipt.findings.filter(({ level }) => level !== 'pass')).toEqual([])
    expect(receipt.status).toBe('accepted')
    const [{ model }] = await market.fetch([receipt.id])
    const fresh = shopRows(1, 4, 5)
    expect((await model.predict(fresh)).data).toEqual((await own.predict(fresh)).data)
  })

  it('accepts one that calls its inputs by other names and in another order, by their concepts', async () => {
    const market = await openMarket({ store: memoryStore(), runtime: builtInRuntime() })
    await market.submit({ ...shop(1), model: (await fitOwn(rows, sales, { inputs })).save() })
    const description = shopDescription('Buchladen', {
      inputs: [
        { name: 'Woche', concept: 'week', kind: 'numeric' },
        { name: 'Preis', concept: 'price', kind: 'numeric' },
      ],
    })
    const terms = await market.terms(description)
    const here = shopRows(2, 7)
    const hers = here.map(({ price, week }) => ({ Woche: week, Preis: price }))
    const own = await fitOwn(hers, shopSales(2, here))
    const specification = specify(terms, here, { labels: shopSales(2, here) })
    const receipt = await market.submit({ description, specification, model: own.save() })
    expect(receipt.status).toBe('accepted')
    const [{ model }] = await market.fetch([receipt.id])
    expect((await model.predict(here)).data).toEqual((await own.predict(hers)).data)
  })

  it('rejects one of other columns with a sentence, and is as it was', async () => {
    const store = memoryStore()
    const market = await openMarket({ store, runtime: builtInRuntime() })
    const other = await fitOwn(
      rows.map(({ price, week }) => ({ week, price })),
      sales,
    )
    const before = await store.records()
    const receipt = await market.submit({ ...shop(1), model: other.save() })
    expect(receipt.status).toBe('rejected')
    expect(receipt.findings.find(({ level }) => level === 'fail')?.message).toMatch(
      /^the runtime built-in does not open it: "bytes" expected a saved model in which its inputs are those declared, .*with the description of that model$/,
    )
    expect(await store.records()).toEqual(before)
  })
})
