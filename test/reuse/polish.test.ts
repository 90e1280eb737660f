import { describe, expect, it } from 'vitest'
import { fitOwn, polish } from '../../src/reuse/index.js'
import { hedgeWeights } from '../../src/reuse/polish.js'
import { learnwareAt, noise, requirementAt, rowsAt } from './simulated.js'

const requirement = requirementAt(0, 0)
const labelled = (count: number, truth: (a: number, b: number) => number, seed = 3, deviation = 0.2) => {
  const rows = rowsAt(count, seed)
  const draw = noise(seed)
  return { rows, labels: Array.from(rows.a, (a, i) => truth(a, rows.b[i]) + deviation * draw()) }
}
const lossOf = async (
  model: { predict(rows: object): Promise<{ data: ArrayLike<number> }> },
  truth: (a: number, b: number) => number,
) => {
  const rows = rowsAt(400, 60)
  const { data } = await model.predict(rows)
  return rows.a.reduce((sum, a, i) => sum + (data[i] - truth(a, rows.b[i])) ** 2, 0) / 400
}

describe('hedgeWeights', () => {
  it('are likelihoods times the prior, and take who is right to the last digit', () => {
    const weights = hedgeWeights([1, 1.2], 10, [1, 0])
    // π = (¾, ¼), η n (1.2 − 1) = 10 / 2 · 0.2 = 1.
    expect(weights[1] / weights[0]).toBeCloseTo(Math.exp(-1) / 3, 12)
    expect(weights[0] + weights[1]).toBeCloseTo(1, 12)
    expect(hedgeWeights([0, 0.1], 5, [0, 1])[0]).toBeCloseTo(1, 12)
    expect([...hedgeWeights([2, 2, 2], 9, [1 / 3, 1 / 3, 1 / 3])]).toEqual([1 / 3, 1 / 3, 1 / 3])
  })
})

describe('polish', () => {
  const wavy = (a: number, b: number) => 3 * Math.sin(3 * a) + b
  const market = [
    learnwareAt('stranger', [0.1, 0], (x) => [5 - x[0]]),
    learnwareAt('near', [2, 0], (x) => [3 * Math.sin(3 * x[0]) + 0.4 * x[1] - 1]),
  ]

  it('goes from the learnware that fits, by as little as is needed', async () => {
    const rows = labelled(30, wavy)
    const model = await polish(market, requirement, { labelled: rows })
    expect(model.report.used[0]).toMatchObject({ id: 'near' })
    expect(model.report.used[0].weight).toBeGreaterThan(0.99)
    expect(model.report.reason).toMatch(/ridge towards the learnwares/)
    const [after, own] = [await lossOf(model, wavy), await lossOf(await fitOwn(rows.rows, rows.labels), wavy)]
    expect(after).toBeLessThan(0.1)
    expect(after).toBeLessThan(0.2 * own)
    expect(after).toBeLessThan(0.1 * (await lossOf(market[1].model, wavy)))
  })

  it('grows trees where what is left has edges', async () => {
    const edged = (a: number, b: number) => wavy(a, b) + (a > 0.5 && b > 0 ? 4 : 0)
    const model = await polish(market, requirement, { labelled: labelled(300, edged) })
    expect(model.report.reason).toMatch(/boosted trees on the residual/)
    expect(await lossOf(model, edged)).toBeLessThan(0.5)
  })

  it('leaves a learnware that leaves only noise', async () => {
    const right = [learnwareAt('right', [0, 0], (x) => [wavy(x[0], x[1])])]
    const model = await polish(right, requirement, { labelled: labelled(60, wavy, 8, 1) })
    expect(await lossOf(model, wavy)).toBeLessThan(0.1)
    expect(model.report.candidates.map(({ method }) => method)).toContain('learnwares as they are')
    expect(model.report.candidates.filter(({ weight }) => weight === 1)).toHaveLength(1)
  })
})
