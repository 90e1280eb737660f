import { describe, expect, it } from 'vitest'
import { average, direct, vote } from '../../src/reuse/index.js'
import { learnwareAt, modelOf, requirementAt, rowsAt } from './simulated.js'

const output = (...classes: string[]) => ({ kind: 'probabilities', classes }) as const
const requirement = requirementAt(0, 0)
const rows = { a: [1, 2, 3], b: [0, 0, 1] }

const market = [
  learnwareAt('far', [3, 0], () => [100]),
  learnwareAt('near', [0.5, 0], (x) => [x[0]]),
  learnwareAt('middle', [1, 0], (x) => [x[0] + 2 * x[1]]),
]

describe('direct', () => {
  it('is the nearest learnware, and runs no other', async () => {
    const model = direct(market, requirement)
    const asked = market.map(({ model }) => model.asked)
    expect([...(await model.predict(rows)).data]).toEqual([1, 2, 3])
    expect(market.map(({ model }, l) => model.asked - asked[l])).toEqual([0, 1, 0])
    expect(model.report).toMatchObject({ method: 'direct', labelled: 0, used: [{ id: 'near', weight: 1 }] })
    expect(model.inputs.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it('takes rows without names in the order of the terms', async () => {
    const model = direct(market, requirement)
    const byName = await model.predict(rows)
    const data = Float64Array.of(1, 0, 2, 0, 3, 1)
    expect(await model.predict({ rows: 3, columns: 2, data })).toEqual(byName)
    await expect(model.predict({ rows: 2, columns: 3, data })).rejects.toThrow(/expected 2 columns/)
  })
})

describe('average', () => {
  it('is the mean output of the nearest', async () => {
    const model = average(market, requirement, { members: 2 })
    expect([...(await model.predict(rows)).data]).toEqual([1, 2, 4])
    expect(model.report.used.map(({ id, weight }) => [id, weight])).toEqual([
      ['near', 0.5],
      ['middle', 0.5],
    ])
  })

  it('by distance gives the nearer more', () => {
    const [near, middle, far] = average(market, requirement, { members: 3, weighting: 'distance' }).report.used
    expect([near.id, middle.id, far.id]).toEqual(['near', 'middle', 'far'])
    expect(near.weight).toBeGreaterThan(middle.weight)
    expect(near.weight + middle.weight + far.weight).toBeCloseTo(1, 12)
    expect(near.weight / middle.weight).toBeCloseTo((Number(middle.distance) / Number(near.distance)) ** 2, 9)
    const same = average([learnwareAt('same', [0, 0], () => [1]), market[1]], requirement, { weighting: 'distance' })
    expect(same.report.used.every(({ weight }) => weight > 0.001)).toBe(true)
  })

  it('by mixture takes those that together look like the rows, with their shares', () => {
    const ends = [learnwareAt('left', [-3, 0], () => [0]), learnwareAt('right', [3, 0], () => [1])]
    const between = [learnwareAt('between', [0, 1.5], () => [9]), ...ends]
    const [left, right] = ends.map(({ specification }) => specification.embedding)
    const both = {
      ...requirement,
      embedding: {
        ...left,
        points: { rows: 4, columns: 2, data: Float64Array.of(...left.points.data, ...right.points.data) },
        weights: Float64Array.of(0.35, 0.35, 0.15, 0.15),
      },
    }
    const { used } = average(between, both, { weighting: 'mixture' }).report
    expect(used.slice(0, 2).map(({ id }) => id)).toEqual(['left', 'right'])
    expect(Math.abs(used[0].weight - 0.7)).toBeLessThan(0.03)
    // Twins that the rows cannot tell apart share their weight; so does everything once there are few rows.
    const twin = learnwareAt('twin', [-3, 0], () => [0])
    const shared = average([twin, ...between], both, { weighting: 'mixture' }).report.used
    expect(Math.abs((shared.find(({ id }) => id === 'twin')?.weight ?? 0) - 0.35)).toBeLessThan(0.03)
    const few = { ...both, embedding: { ...both.embedding, floor: 10 } }
    for (const { weight } of average(between, few, { weighting: 'mixture' }).report.used)
      expect(weight).toBeCloseTo(1 / 3, 2)
  })

  it('lets an own model join with the share of a member, or the given one', async () => {
    const own = modelOf(() => [30], { kind: 'real' })
    expect([...(await average(market, requirement, { members: 2, own }).predict(rows)).data].map(Math.round)).toEqual([
      11, 11, 13,
    ])
    expect([...(await average(market, requirement, { own, ownWeight: 1 }).predict(rows)).data]).toEqual([30, 30, 30])
  })

  it('averages probabilities by class name, whatever the order and the number of classes', async () => {
    const cat = learnwareAt('cat', [0.1, 0], () => [0.9, 0.1], output('cat', 'dog'))
    const same = learnwareAt('cow', [0.2, 0], () => [0.4, 0.6], output('cow', 'cat'))
    const model = average([cat, same], requirement)
    expect(model.output).toEqual(output('cat', 'dog', 'cow'))
    const { data } = await model.predict({ a: [0], b: [0] })
    ;[0.75, 0.05, 0.2].forEach((value, c) => expect(data[c]).toBeCloseTo(value, 12))

    const turned = learnwareAt('cat', [0.1, 0], () => [0.1, 0.9], output('dog', 'cat'), cat.terms)
    expect((await average([turned, same], requirement).predict({ a: [0], b: [0] })).data).toEqual(data)
  })

  it('gated by density lets each speak where its rows are, and all where no rows are', async () => {
    const sides = [learnwareAt('left', [-2, 0], () => [0]), learnwareAt('right', [2, 0], () => [1])]
    const places = { a: [-2, 0, 2, 1, 7.9], b: [0, 0, 0, 0, 0] }
    const model = average(sides, requirement, { gated: true, members: 2 })
    const { data } = await model.predict(places)
    expect(data[1]).toBeCloseTo(0.5, 12)
    expect(data[0] + data[2]).toBeCloseTo(1, 12)
    expect(data[2]).toBeGreaterThan(0.85)
    const at = (l: number, x: number) => {
      const { points, weights } = sides[l].specification.embedding
      return Array.from(weights, (w, j) => w * Math.exp(-0.125 * (x - points.data[2 * j]) ** 2)).reduce((a, b) => a + b)
    }
    expect(data[3]).toBeCloseTo(at(1, 1) / (at(0, 1) + at(1, 1)), 9)
    expect(model.report).toMatchObject({ method: 'gated average', used: [{ weight: 0.5 }, { weight: 0.5 }] })

    // The kernel reaches this far: beyond, densities underflow and the average stands.
    const sharp = (learnware: (typeof sides)[number]) => ({
      ...learnware,
      specification: {
        ...learnware.specification,
        embedding: { ...learnware.specification.embedding, kernel: { kind: 'gaussian', gamma: 9 } as const },
      },
    })
    const beyond = average(
      sides.map(sharp),
      { ...requirement, embedding: sharp(sides[0]).specification.embedding },
      {
        gated: true,
      },
    )
    expect((await beyond.predict({ a: [7.9], b: [7] })).data[0]).toBeCloseTo(0.5, 12)

    const own = modelOf(() => [10], { kind: 'real' })
    const joined = await average(sides, requirement, { gated: true, own, ownWeight: 0.25 }).predict(places)
    joined.data.forEach((value, i) => expect(value).toBeCloseTo(0.75 * data[i] + 2.5, 12))
    expect(() => average(sides, requirement, { gated: 1 } as never)).toThrow('"gated" expected true or false, got 1')
  })

  it('never averages numbers of classes', () => {
    const { terms } = learnwareAt('c', [0, 0], () => [1], output('1', '2'))
    const coded = { ...learnwareAt('coded', [0, 0], () => [2]), terms }
    expect(() => average([coded], requirement)).toThrow('numbers of classes have no mean, so give probabilities')
  })

  it('refuses what cannot be averaged with one sentence', () => {
    expect(() => average([], requirement)).toThrow(/at least one, got none/)
    expect(() => average(market, requirement, { members: 0 })).toThrow(/"members"/)
    expect(() => average(market, requirement, { best: 3 } as never)).toThrow(/no option "best"/)
    const classes = learnwareAt('c', [0, 0], () => [1], output('one'))
    expect(() => average([market[0], classes], requirement)).toThrow(/one kind of output/)
    expect(() => average(market, requirement, { own: classes.model })).toThrow(/"own" expected a model of a real/)
    const elsewhere = { ...requirement, island: 'isl:ffffffffffffffff' }
    expect(() => average(market, elsewhere)).toThrow(/specify your rows under that island's terms/)
    expect(average(market, { ...elsewhere, others: [requirement] }).report.used).toHaveLength(3)
  })

  it('names the learnware that puts out something else than it declares, where it is the only one', async () => {
    const broken = learnwareAt('broken', [0, 0], (x) => [x[0] > 1 ? Number.NaN : 0])
    await expect(direct([broken], requirement).predict(rows)).rejects.toThrow(/learnware broken put out NaN for row 1/)
  })

  it('stops at an abort, with its reason', async () => {
    const reason = new Error('enough')
    await expect(
      average(market, requirement).predict(rowsAt(5, 1), { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason)
  })
})

describe('vote', () => {
  it('counts likeliest classes, not probabilities', async () => {
    const classes = output('yes', 'no')
    const sure = learnwareAt('sure', [0.1, 0], () => [1, 0], classes)
    const unsure = ['p', 'q'].map((id, i) => learnwareAt(id, [0.2 + i / 10, 0], () => [0.4, 0.6], classes))
    const one = { a: [0], b: [0] }
    const shares = (await vote([sure, ...unsure], requirement).predict(one)).data
    expect(shares[0]).toBeCloseTo(1 / 3, 12)
    expect((await average([sure, ...unsure], requirement).predict(one)).data[0]).toBeCloseTo(0.6, 12)
    expect(() => vote(market, requirement)).toThrow(/average them/)
  })
})
