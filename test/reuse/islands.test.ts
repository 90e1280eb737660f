import { describe, expect, it } from 'vitest'
import type { Learnware } from '../../src/learnware/learnware.js'
import { adapt, polish, type ReusedModel, reuse } from '../../src/reuse/index.js'
import type { Requirement } from '../../src/specification/specification.js'
import { learnwareAt, requirementAt, rowsAt } from './simulated.js'

const island = 'isl:1111111111111111'
const eyes = learnwareAt('eyes', [0, 0], (x) => [x[0]])
const embedding = {
  ...eyes.specification.embedding,
  points: { rows: 1, columns: 1, data: Float64Array.of(0) },
  weights: Float64Array.of(1),
}
/** Of an island with the column c alone, and knows nothing of it. */
const ears: Learnware = {
  ...eyes,
  id: 'ears',
  terms: { ...eyes.terms, island, columns: [{ ...eyes.terms.columns[0], name: 'c' }] },
  specification: { ...eyes.specification, island, embedding },
  model: {
    ...eyes.model,
    predict: async (rows) => {
      const { c } = rows as unknown as { c: Float64Array }
      return { rows: c.length, columns: 1, data: new Float64Array(c.length) }
    },
  },
}
const wanted: Requirement = { ...requirementAt(0, 0), others: [{ ...requirementAt(0, 0), island, embedding }] }
const tableOf = (count: number, seed: number) => ({ ...rowsAt(count, seed), c: rowsAt(count, seed + 6).a })
const truth = ({ a, c }: ReturnType<typeof tableOf>): number[] => Array.from(a, (value, i) => value + 2 * c[i])

type Labelled = { rows: ReturnType<typeof tableOf>; labels: number[] }
const ways: [string, (labelled: Labelled) => Promise<ReusedModel>][] = [
  ['reuse', (labelled) => reuse([eyes, ears], wanted, { labelled })],
  ['polish', (labelled) => polish([eyes, ears], wanted, { labelled })],
  ['adapt', (labelled) => adapt([eyes, ears], wanted, { labelled, objective: { quantile: 0.5 } })],
]

describe('learnwares of two islands', () => {
  it.each(ways)('%s learns from the columns of both', async (_, way) => {
    const rows = tableOf(80, 3)
    const model = await way({ rows, labels: truth(rows) })
    expect(model.inputs.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    const fresh = tableOf(200, 60)
    const { data } = await model.predict(fresh)
    // Blind to c it would be 4 Var(c), about 5.
    const squares = truth(fresh).map((value, i) => (data[i] - value) ** 2)
    expect(squares.reduce((sum, value) => sum + value) / 200).toBeLessThan(0.5)
  })
})
