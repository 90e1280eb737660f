import { describe, expect, it } from 'vitest'
import { continual, type Model, memoryStore, openMarket, solve } from '../../../src/index.js'
import { drift } from '../../../src/reuse/index.js'
import { numberRuntime } from '../number-runtime.js'
import { shop, shopRows, shopSales, userRequirement } from '../shops.js'

const marketOf = async (places: readonly number[]) => {
  const market = await openMarket({ store: memoryStore(), runtime: numberRuntime })
  for (const place of places) await market.submit(shop(place))
  return market
}

const squared = async (model: Pick<Model, 'predict'>, place: number) => {
  const rows = shopRows(place, 1234, 100)
  const { data } = await model.predict(rows)
  return shopSales(place, rows, 9).reduce((sum, y, i) => sum + (data[i] - y) ** 2, 0) / 100
}

describe('drift', () => {
  it('is quiet for fresh rows of the same shop, and alarms for another', () => {
    const reference = userRequirement([0], 5)
    let alarms = 0
    for (let seed = 100; seed < 120; seed++) if (drift(reference, userRequirement([0], seed)).drifted) alarms++
    expect(alarms).toBe(0)
    const far = drift(reference, userRequirement([1], 6))
    expect(far.drifted).toBe(true)
    expect(far.z).toBeCloseTo(far.distance / far.noise, 12)
    expect(() => drift(reference, {} as never)).toThrow('"batch" expected what specify')
  })
})

describe('continual use', () => {
  it('hands over to what the market has for drifted rows, and forgets nothing', async () => {
    const market = await marketOf([0, 1, 2])
    const use = continual(market, await solve(market, { rows: shopRows(0, 5, 80) }))
    const before = await squared(use.model, 0)

    const calm = await use.observe({ rows: shopRows(0, 6, 80) })
    expect(calm).toMatchObject({ regime: 0, drift: { drifted: false } })
    expect(calm.solution).toBeUndefined()

    const changed = await use.observe({ rows: shopRows(1, 7, 80) })
    expect(changed).toMatchObject({ regime: 1, drift: { drifted: true } })
    expect(changed.explanation).toContain('the market was asked again')
    expect(use.regimes).toHaveLength(2)
    const fresh = await squared(changed.solution?.model as Model, 1)
    expect(await squared(use.regimes[0].solution.model as Model, 1)).toBeGreaterThan(10 * fresh)
    expect(await squared(use.model, 1)).toBeLessThan(1.01 * fresh)
    expect(await squared(use.model, 0)).toBeLessThan(before * 1.01)

    expect(await use.observe({ rows: shopRows(0, 8, 80) })).toMatchObject({ regime: 0 })
    await use.close()
  })

  it('hands over to a small batch beside a large one', async () => {
    const market = await marketOf([0, 1])
    const use = continual(market, await solve(market, { rows: shopRows(0, 5, 240) }))
    const { solution } = await use.observe({ rows: shopRows(1, 7, 60) })
    const fresh = await squared(solution?.model as Model, 1)
    const old = await squared(use.regimes[0].solution.model as Model, 1)
    expect(old).toBeGreaterThan(10 * fresh)
    expect(await squared(use.model, 1)).toBeLessThan(fresh + 0.02 * old)
    expect(await squared(use.model, 0)).toBeLessThan(1.01 * (await squared(use.regimes[0].solution.model as Model, 0)))
    await use.close()
  })

  it('says that the market has nothing for a new regime, and goes on as before', async () => {
    const market = await marketOf([0])
    const use = continual(market, await solve(market, { rows: shopRows(0, 5, 80) }))
    const { regime, drift, explanation } = await use.observe({ rows: shopRows(2, 5, 60) })
    expect([regime, drift.drifted]).toEqual([undefined, true])
    expect(explanation).toContain('not to be trusted')
    expect(use.regimes).toHaveLength(1)
  })

  it('refuses a solution without learnwares', async () => {
    const market = await marketOf([0])
    const bare = await solve(market, { rows: shopRows(2, 5, 60) })
    expect(() => continual(market, bare)).toThrow('"solution" expected one with a model of learnwares')
  })
})
