import { describe, expect, it } from 'vitest'
import { manifest, memoryStore, openMarket, reuse, specify } from '../../src/index.js'
import { numberRuntime } from './number-runtime.js'
import { shop, shopDescription, shopNames, shopRows, shopSales } from './shops.js'

const meanSquared = (predicted: ArrayLike<number>, truth: readonly number[]): number =>
  truth.reduce((sum, y, i) => sum + (predicted[i] - y) ** 2, 0) / truth.length

describe('the first example of the README', () => {
  it('from three shops to a stranger who predicts better with five labels than alone', async () => {
    const market = await openMarket({ store: memoryStore(), runtime: numberRuntime })
    for (const place of [0, 1, 2]) {
      const description = shopDescription(shopNames[place])
      const terms = await market.terms(description)
      const rows = shopRows(place, place + 1)
      const specification = specify(terms, rows, { labels: shopSales(place, rows), seed: 7 })
      const receipt = await market.submit({ model: shop(place).model, description, specification })
      expect(receipt.status).toBe('accepted')
    }

    const myRows = shopRows(2, 77, 60)
    const labels = shopSales(2, myRows, 8)
    const terms = await market.terms(shopDescription('stranger'))
    const requirement = specify(terms, myRows, { seed: 7 })
    expect(manifest(requirement).bytes).toBeLessThan(1500)
    const found = await market.search(requirement, { top: 5 })
    const learnwares = await market.fetch(found)
    const few = { rows: myRows.slice(0, 5), labels: labels.slice(0, 5) }
    const model = await reuse(learnwares, requirement, { labelled: few, seed: 3 })
    const predicted = await model.predict(myRows.slice(5))
    expect(predicted.rows).toBe(55)
    const mean = labels.reduce((sum, y) => sum + y, 0) / labels.length
    const trivial = labels.reduce((sum, y) => sum + (y - mean) ** 2, 0) / labels.length
    expect(meanSquared(predicted.data, labels.slice(5))).toBeLessThan(0.2 * trivial)
    expect(model.report).toBeDefined()
    await model.close()
    await market.close()
  })
})
