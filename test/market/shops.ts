import { uniforms } from '../../src/base/random.js'
import type { Description } from '../../src/specification/description/description.js'
import { foundTerms } from '../../src/specification/specify/found.js'
import { specify } from '../../src/specification/specify/specify.js'
import { type NumberModel, numberModel } from './number-runtime.js'

/** What a shop sells, as every shop of the tests describes it. */
export const shopDescription = (name: string, change: Partial<Description['LDL']> = {}): Description => ({
  Data: { Type: 'Class', Values: ['Table'] },
  Task: { Type: 'Class', Values: ['Regression'] },
  Library: { Type: 'Class', Values: ['Others'] },
  Scenario: { Type: 'Tag', Values: ['Business'] },
  Name: { Type: 'String', Values: name },
  Description: { Type: 'String', Values: `Weekly sales of ${name}` },
  License: { Type: 'Class', Values: ['Apache-2.0'] },
  Input: { Dimension: 2, Description: { 0: 'price', 1: 'week' } },
  Output: { Dimension: 1, Description: { 0: 'sales' } },
  LDL: {
    version: 1,
    inputs: [
      { name: 'price', kind: 'numeric', centre: 10, scale: 2 },
      { name: 'week', kind: 'numeric', centre: 26, scale: 8 },
    ],
    output: { kind: 'real', unit: 'items', centre: 100, scale: 30 },
    objective: { metric: 'rmse', direction: 'min' },
    ...change,
  },
})

/** Names of the three shops. */
export const shopNames = ['bakery', 'florist', 'bookshop'] as const

const places = [
  { price: 4, week: 10, model: { weights: [-8, 1], bias: 140 } },
  { price: 16, week: 10, model: { weights: [2, -1], bias: 90 } },
  { price: 10, week: 45, model: { weights: [6, 2], bias: -40 } },
] as const

/** Roughly normal numbers from a seed. */
export const deviates = (seed: number): (() => number) => {
  const random = uniforms(seed)
  return () => {
    let sum = 0
    for (let i = 0; i < 12; i++) sum += random()
    return sum - 6
  }
}

/** Rows of the shop of that number, 0 to 2, around its own price and season. */
export const shopRows = (place: number, seed: number, count = 120): { price: number; week: number }[] => {
  const normal = deviates(seed)
  return Array.from({ length: count }, () => ({
    price: places[place].price + normal(),
    week: places[place].week + 4 * normal(),
  }))
}

/** What the shop of that number sells at these rows, with a little noise. */
export const shopSales = (place: number, rows: readonly { price: number; week: number }[], seed = 1): number[] => {
  const { weights, bias } = places[place].model
  const normal = deviates(seed)
  return rows.map(({ price, week }) => weights[0] * price + weights[1] * week + bias + normal())
}

/** A submission of the shop of that number; `model` replaces parts of its model. */
export const shop = (
  place: number,
  {
    seed = place + 1,
    model = {},
    labels = true,
    padding = 0,
  }: { seed?: number; model?: Partial<NumberModel>; labels?: boolean; padding?: number } = {},
) => {
  const description = shopDescription(shopNames[place])
  const terms = foundTerms(description)
  const rows = shopRows(place, seed)
  const sales = shopSales(place, rows)
  const specification = specify(terms, rows, labels ? { labels: sales, seed } : { role: 'learnware', seed })
  return { description, specification, model: numberModel({ ...places[place].model, ...model }, padding) }
}

/** The requirement of a user whose rows come from these shops. */
export const userRequirement = (of: readonly number[], seed = 99) =>
  specify(
    foundTerms(shopDescription('anyone')),
    of.flatMap((place, i) => shopRows(place, seed + i)),
    { seed },
  )
