import { describe, expect, it } from 'vitest'
import { average, fitOwn, reuse, route } from '../../../src/reuse/index.js'
import { embeddingAt, learnwareAt, requirementAt, rowsAt } from '../simulated.js'

// Four quarters of a square, each known to one learnware, which leans to the north elsewhere.
const classes = ['north', 'south']
const output = { kind: 'probabilities', classes } as const
const isNorth = (a: number, b: number): boolean => (a > 0 ? b > 0.4 : b > -0.4)
const chance = (yes: boolean): number[] => (yes ? [0.9, 0.1] : [0.1, 0.9])
const places = [
  [1, 1],
  [1, -1],
  [-1, 1],
  [-1, -1],
] as const
const knowing = ([a, b]: readonly [number, number], k: number) => {
  const learnware = learnwareAt(
    `quarter${k}`,
    [a, b],
    (x) => (x[0] * a > 0 && x[1] * b > 0 ? chance(isNorth(x[0], x[1])) : [0.7, 0.3]),
    output,
  )
  return learnware
}
const market = places.map(knowing)
const four = places.map(([a, b]) => embeddingAt(a, b))
const requirement = {
  ...requirementAt(0, 0),
  embedding: {
    ...four[0],
    points: { rows: 8, columns: 2, data: Float64Array.from(four.flatMap(({ points }) => [...points.data])) },
    weights: new Float64Array(8).fill(1 / 8),
  },
}
const labelledAt = (count: number, seed: number) => {
  const rows = rowsAt(count, seed)
  return { rows, labels: Array.from(rows.a, (a, i) => classes[isNorth(a, rows.b[i]) ? 0 : 1]) }
}
const test = labelledAt(400, 99)
const wrongOf = async (model: { predict(rows: object): Promise<{ data: ArrayLike<number> }> }): Promise<number> => {
  const { data } = await model.predict(test.rows)
  return test.labels.filter((label, i) => (data[2 * i] > data[2 * i + 1] ? 'north' : 'south') !== label).length / 400
}

describe('reuse of classes', () => {
  it('routes softly without labels and with fewer than ten, which only measure it', async () => {
    const soft = await route(market, requirement, { mode: 'soft' }).predict(test.rows)
    const without = await reuse(market, requirement)
    const few = await reuse(market, requirement, { labelled: labelledAt(9, 1) })
    expect(await without.predict(test.rows)).toEqual(soft)
    const { data } = await few.predict(test.rows)
    data.forEach((value, e) => expect(value).toBeCloseTo(soft.data[e], 12))
    expect([without.report.method, few.report.method]).toEqual(['route', 'route'])
    expect(few.report.candidates.map(({ method }) => method).sort()).toEqual(['average', 'direct', 'route'])
    expect(few.report.candidates.find(({ method }) => method === 'route')).toMatchObject({
      weight: 1,
      loss: few.report.losses?.loss,
    })
    expect(await wrongOf(without)).toBeLessThan(
      0.7 * (await wrongOf(average(market, requirement, { weighting: 'mixture' }))),
    )
  })

  it('weighs route and own model from ten labels on, augmented rows from thirty, and is soon no worse than either', async () => {
    const soft = await wrongOf(route(market, requirement, { mode: 'soft' }))
    const methods = []
    for (const count of [10, 29, 30, 80]) {
      let [blended, alone] = [0, 0]
      for (const seed of [1, 2]) {
        const labelled = labelledAt(count, seed)
        const model = await reuse(market, requirement, { labelled })
        if (seed === 1) methods.push(model.report.candidates.map(({ method }) => method).sort())
        expect(model.report.candidates.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9)
        blended += (await wrongOf(model)) / 2
        alone += (await wrongOf(await fitOwn(labelled.rows, labelled.labels))) / 2
      }
      expect(blended).toBeLessThan(count < 30 ? Math.max(soft, alone) : Math.min(soft, alone) + 0.02)
    }
    const few = ['average', 'boost', 'direct', 'own', 'route', 'stack']
    const all = ['augment', ...few]
    expect(methods).toEqual([few, few, all, all])
  })

  it('runs every learnware once over each table, gives chances, and the same ones again', async () => {
    const labelled = labelledAt(60, 4)
    const before = market.map(({ model }) => model.asked)
    const model = await reuse(market, requirement, { labelled })
    const first = await model.predict(test.rows)
    const used = new Set(model.report.used.map(({ id }) => id))
    expect(market.map(({ model }, l) => model.asked - before[l])).toEqual(
      market.map(({ id }) => (used.has(id) ? 2 : 1)),
    )
    for (let i = 0; i < 400; i++) {
      expect(first.data[2 * i] + first.data[2 * i + 1]).toBeCloseTo(1, 12)
      expect(Math.min(first.data[2 * i], first.data[2 * i + 1])).toBeGreaterThanOrEqual(0)
    }
    expect(await (await reuse(market, requirement, { labelled })).predict(test.rows)).toEqual(first)
  })

  it('goes on without a learnware that fails later, routes and boosts among the others, and says so', async () => {
    const breaking = market.map((learnware, l) => ({
      ...learnware,
      model: {
        ...learnware.model,
        predict: async (table: { a: ArrayLike<number> }) => {
          if (l === 2 && table.a[0] > 20) throw new Error('gone')
          return learnware.model.predict(table as never)
        },
      },
    })) as unknown as typeof market
    for (const count of [5, 20, 60]) {
      const model = await reuse(breaking, requirement, { labelled: labelledAt(count, 5), strength: 1e6 })
      expect(model.report.failed).toEqual([])
      const { data } = await model.predict({ a: [30, 1, -1], b: [0, 1, 1] })
      expect(data.every(Number.isFinite)).toBe(true)
      expect(data[2]).toBeGreaterThan(0.5)
      expect(model.report.failed).toEqual([{ id: 'quarter2', reason: 'gone' }])
    }
  })

  it('goes without a route where anchors stand in for a requirement, and says so', async () => {
    const ranking = { ranked: market.map(({ id }) => ({ id })) }
    expect((await reuse(market, ranking)).report.method).toBe('average')
    for (const count of [20, 60]) {
      const { report } = await reuse(market, ranking, { labelled: labelledAt(count, 6) })
      expect(report.reason).toMatch(/without a route, since anchors told the order of the learnwares only/)
      expect(report.candidates.map(({ method }) => method)).not.toContain('route')
    }
    const alone = await reuse(market.slice(0, 1), requirement, { labelled: labelledAt(20, 6) })
    expect(alone.report.reason).toMatch(/without a route, since one learnware alone resembles the task/)
  })

  it('learns from labels of one class which learnwares are wrong, and no more', async () => {
    const rows = rowsAt(40, 8)
    const sure = [true, false].map((says, k) => learnwareAt(`sure${k}`, [2 * k - 1, 0], () => chance(says), output))
    const model = await reuse(sure, requirement, { labelled: { rows, labels: Array(40).fill('south') } })
    const methods = model.report.candidates.map(({ method }) => method).sort()
    expect(methods).toEqual(['average', 'boost', 'direct', 'route', 'stack'])
    expect((await model.predict(rows)).data[1]).toBeGreaterThan(0.75)
  })

  it('leaves learnwares that know nothing to the own model once labels allow it', async () => {
    const foreign = places.map((place, k) =>
      learnwareAt(`foreign${k}`, place, (x) => chance(x[0] * x[1] > 0.1), output),
    )
    const labelled = labelledAt(90, 7)
    const own = await wrongOf(await fitOwn(labelled.rows, labelled.labels))
    expect(await wrongOf(await reuse(foreign, requirement, { labelled }))).toBeLessThan(own + 0.01)
  })
})
