import { describe, expect, it } from 'vitest'
import { stack } from '../../../src/reuse/weigh/stack.js'
import { learnwareAt, noise, requirementAt, rowsAt } from '../simulated.js'

const requirement = requirementAt(0, 0)

// The truth is the learnware that stands far away; the nearest are wrong.
const truth = (x: ArrayLike<number>): number[] => [x[0] - 2 * x[1]]
const market = [
  ...Array.from({ length: 5 }, (_, i) => learnwareAt(`near${i}`, [0.1 * (i + 1), 0], (x) => [0.2 * i * x[0]])),
  learnwareAt('truth', [5, 0], truth),
]

const labelledAt = (count: number, seed: number) => {
  const rows = rowsAt(count, seed)
  const draw = noise(seed)
  return { rows, labels: Array.from(rows.a, (a, i) => truth([a, rows.b[i]])[0] + 0.1 * draw()) }
}

describe('stack', () => {
  it('finds the learnware that serves, as labels grow, and the report says so', async () => {
    const share = async (count: number): Promise<number> => {
      const { report } = await stack(market, requirement, { labelled: labelledAt(count, 3) })
      expect(report.used.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9)
      return report.used.find(({ id }) => id === 'truth')?.weight ?? 0
    }
    const [few, more, many] = [await share(10), await share(50), await share(400)]
    expect(few).toBeLessThan(more)
    expect(more).toBeLessThan(many)
    expect(many).toBeGreaterThan(0.9)
    const { report } = await stack(market, requirement, { labelled: labelledAt(400, 3) })
    expect(report.used[0]).toMatchObject({ id: 'truth' })
    expect(report.used[0].loss).toBeCloseTo(0.01, 2)
    expect(report.candidates[0].method).toBe('stack')
    expect(report.candidates.map(({ method }) => method).sort()).toEqual(['average', 'direct', 'stack'])
  })

  it('with endless shrinkage is the average of the nearest', async () => {
    const { report } = await stack(market, requirement, {
      labelled: labelledAt(40, 3),
      strength: Infinity,
      weighting: 'uniform',
      members: 2,
    })
    expect(report.used.map(({ id, weight }) => [id, weight])).toEqual([
      ['near0', 0.5],
      ['near1', 0.5],
    ])
  })

  it('runs every learnware once over the labelled rows, and keeps no row', async () => {
    const before = market.map(({ model }) => model.asked)
    const labelled = labelledAt(60, 4)
    const copy = structuredClone(labelled)
    const model = await stack(market, requirement, { labelled })
    expect(market.map(({ model }, l) => model.asked - before[l])).toEqual(market.map(() => 1))
    expect(labelled).toEqual(copy)
    labelled.rows.a.fill(99)
    const rows = rowsAt(20, 8)
    const { data } = await model.predict(rows)
    const again = await (await stack(market, requirement, { labelled: copy })).predict(rows)
    expect(data).toEqual(again.data)
  })

  it('gives the same probabilities whatever the order of classes, labels as words or numbers', async () => {
    const turn = (turned: boolean) => {
      const names = turned ? ['1', '0'] : ['0', '1']
      const output = { kind: 'probabilities', classes: names } as const
      const terms = learnwareAt('t', [0, 0], () => [1, 0], { kind: 'probabilities', classes: ['0', '1'] }).terms
      const rule = (p: (x: ArrayLike<number>) => number) => (x: ArrayLike<number>) =>
        turned ? [1 - p(x), p(x)] : [p(x), 1 - p(x)]
      return [
        learnwareAt(
          'right',
          [1, 0],
          rule((x) => (x[0] > 0 ? 0.9 : 0.2)),
          output,
          terms,
        ),
        learnwareAt(
          'wrong',
          [0.1, 0],
          rule((x) => (x[1] > 0 ? 0.8 : 0.3)),
          output,
          terms,
        ),
      ]
    }
    const rows = rowsAt(400, 2)
    const labels = Array.from(rows.a, (a) => (a > 0 ? '0' : '1'))
    const model = await stack(turn(false), requirement, { labelled: { rows, labels } })
    const turned = await stack(turn(true), requirement, { labelled: { rows, labels: labels.map(Number) } })
    const test = rowsAt(30, 5)
    const [p, q] = [await model.predict(test), await turned.predict(test)]
    p.data.forEach((value, i) => expect(q.data[i]).toBeCloseTo(value, 12))
    expect(model.report.used[0].id).toBe('right')
    const best = model.report.candidates[0]
    expect(best).toMatchObject({ method: 'stack', error: 0 })
    expect(best.logLoss).toBeGreaterThan(0)
  })
})
