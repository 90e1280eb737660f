import { describe, expect, it } from 'vitest'
import { effectiveRows } from '../../../src/reuse/blend/effective.js'
import { average, blend, direct, fitOwn, reuse, stack } from '../../../src/reuse/index.js'
import { learnwareAt, noise, requirementAt, rowsAt } from '../simulated.js'

const requirement = requirementAt(0, 0)
const truth = (x: ArrayLike<number>): number[] => [Math.sin(x[0]) + x[1]]
const market = [
  ...Array.from({ length: 5 }, (_, i) => learnwareAt(`near${i}`, [0.1 * (i + 1), 0], (x) => [0.3 * i * x[0] + 0.5])),
  learnwareAt('helpful', [4, 0], (x) => [Math.sin(x[0])]),
]
const labelledAt = (count: number, seed = 1, deviation = 0.1) => {
  const rows = rowsAt(count, seed)
  const draw = noise(seed)
  return { rows, labels: Array.from(rows.a, (a, i) => truth([a, rows.b[i]])[0] + deviation * draw()) }
}
const test = labelledAt(300, 77, 0)
const lossOf = async (model: { predict(rows: object): Promise<{ data: ArrayLike<number> }> }): Promise<number> => {
  const { data } = await model.predict(test.rows)
  return test.labels.reduce((sum, y, i) => sum + (data[i] - y) ** 2, 0) / test.labels.length
}

describe('reuse', () => {
  it('averages the nearest below 10 labels, stacks below 30, blends from there', async () => {
    const methods = []
    for (const count of [1, 9, 10, 29, 30])
      methods.push((await reuse(market, requirement, { labelled: labelledAt(count) })).report.method)
    expect(methods).toEqual(['average', 'average', 'stack', 'stack', 'blend'])
    const without = (await reuse(market, requirement)).report
    const few = (await reuse(market, requirement, { labelled: labelledAt(9) })).report
    expect(few.used.map(({ id, weight }) => [id, weight])).toEqual(without.used.map(({ id, weight }) => [id, weight]))
    expect(few.candidates.map(({ method }) => method).sort()).toEqual(['average', 'direct'])
    expect(few.losses?.loss).toBeGreaterThan(0)
  })

  it('weighs learnwares the firmer the fewer the labels, unless told how firmly', async () => {
    for (const [count, strength] of [
      [10, 300],
      [20, 150],
    ]) {
      const labelled = labelledAt(count, 3, 0.5)
      const predicted = await (await reuse(market, requirement, { labelled })).predict(test.rows)
      const firm = await stack(market, requirement, { labelled, strength })
      expect(predicted).toEqual(await firm.predict(test.rows))
      const told = await reuse(market, requirement, { labelled, strength: 5 })
      expect(await told.predict(test.rows)).not.toEqual(predicted)
      const loose = await stack(market, requirement, { labelled, strength: 5 })
      expect(await told.predict(test.rows)).toEqual(await loose.predict(test.rows))
    }
  })

  it('beats the own model and the best learnware where each knows a part', async () => {
    const helpful = await lossOf(market[5].model)
    for (const count of [30, 60, 120]) {
      let [chosen, alone] = [0, 0]
      for (const seed of [1, 2, 3]) {
        const labelled = labelledAt(count, seed, 0.5)
        chosen += (await lossOf(await reuse(market, requirement, { labelled }))) / 3
        alone += (await lossOf(await fitOwn(labelled.rows, labelled.labels))) / 3
      }
      expect(chosen).toBeLessThan(alone)
      expect(chosen).toBeLessThan(helpful)
    }
  })

  it('reports every candidate with a loss, best first, and shares that sum to 1', async () => {
    const { report } = await reuse(market, requirement, { labelled: labelledAt(60) })
    expect(report.candidates.map(({ method }) => method).sort()).toEqual([
      'average',
      'direct',
      'firm stack',
      'own',
      'stack',
      'stack + kernel ridge on its residual',
      'stack + ridge on its residual',
      'stack with own',
    ])
    const order = report.candidates.map(({ loss }) => loss)
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(report.candidates.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9)
    expect(report).toMatchObject({ labelled: 60, measure: 'squared error' })
    expect(report.losses?.loss).toBeLessThanOrEqual(order[0] * 1.2)
  })

  it('judges the own model and the corrections on rows that they have not seen', async () => {
    // Labels without any pattern: whoever was judged on what it had learnt would seem to beat the constant.
    const rows = rowsAt(60, 5)
    const draw = noise(9)
    const labels = Array.from(rows.a, draw)
    const zero = [learnwareAt('zero', [0, 0], () => [0]), learnwareAt('one', [0.5, 0], () => [1])]
    const { report } = await reuse(zero, requirement, { labelled: { rows, labels } })
    const constant = labels.reduce((sum, y) => sum + y * y, 0) / 60
    for (const { loss } of report.candidates) expect(loss).toBeGreaterThan(0.9 * constant)
  })

  it('leaves more to the stack where the rows are of one stretch, whose residuals go together', async () => {
    const rows = rowsAt(80, 4)
    const draw = noise(6)
    let level = 0
    const drift = Array.from(rows.a, () => {
      level = 0.9 * level + draw()
      return level
    })
    const labels = drift.map((value, i) => truth([rows.a[i], rows.b[i]])[0] + value)
    // The same rows in an order in which their neighbours are others.
    const order = Array.from(labels, (_, i) => (i * 33) % 80)
    const mixed = { a: order.map((i) => rows.a[i]), b: order.map((i) => rows.b[i]) }
    const overCorrected = async (labelled: { rows: object; labels: number[] }): Promise<number> => {
      const { report } = await reuse(market, requirement, { labelled: labelled as never, strength: Infinity })
      const weightOf = (name: string) => report.candidates.find(({ method }) => method === name)?.weight ?? 0
      return weightOf('stack') / weightOf('stack + kernel ridge on its residual')
    }
    const together = await overCorrected({ rows, labels })
    const apart = await overCorrected({ rows: mixed, labels: order.map((i) => labels[i]) })
    expect(together).toBeGreaterThan(1.5 * apart)
  })

  it('believes folds that speak against the own model the less the more rows it has', async () => {
    // Held at the start, shares are π / L^p, p = 800 / (rows + 200); L_own counts as L_own^(1 − a) · L*^a, a = n / (n + 500).
    const knowing = ['k0', 'k1'].map((id) => learnwareAt(id, [0.2, 0], truth))
    for (const count of [40, 120]) {
      const labelled = labelledAt(count, 8)
      const { a, b } = labelled.rows
      const n = effectiveRows(Float64Array.from(labelled.labels, (y, i) => y - truth([a[i], b[i]])[0]))
      const { report } = await reuse(knowing, requirement, { labelled, strength: Infinity })
      const members = report.candidates.filter(({ method }) => !['average', 'direct', 'firm stack'].includes(method))
      const of = (name: string) => members.find(({ method }) => method === name) ?? { weight: 0, loss: 0 }
      const [own, corrected] = [of('own'), of('stack + kernel ridge on its residual')]
      const least = Math.min(...members.map(({ loss }) => loss))
      expect(own.loss).toBeGreaterThan(1.02 * least)
      const own500 = n / (n + 500)
      const alike = ((1 - own500) * (1 - 100 / (n + 100))) / members.length
      const expected = (share: number): number =>
        ((alike + own500) / alike) *
        (corrected.loss / (own.loss ** (1 - share) * least ** share)) ** (800 / (count + 200))
      const seen = own.weight / corrected.weight
      expect(seen / expected(own500)).toBeCloseTo(1, 6)
      expect(seen / expected(0)).toBeGreaterThan(1.001)
    }
  })

  it('keeps to the firm stack where nothing else gains, and leaves it where a correction does', async () => {
    const knowing = [...market, learnwareAt('knows', [0.2, 0], truth)]
    const firmShare = async (learnwares: typeof market, count: number): Promise<number> => {
      const { report } = await reuse(learnwares, requirement, { labelled: labelledAt(count, 5, 0.5) })
      return report.candidates.find(({ method }) => method === 'firm stack')?.weight ?? 0
    }
    expect(
      await firmShare(
        [knowing[6], knowing[6]].map((one, i) => ({ ...one, id: `k${i}` })),
        40,
      ),
    ).toBeGreaterThan(0.8)
    expect(await firmShare(market, 120)).toBeLessThan(0.01)
  })

  it('leaves foreign learnwares behind once labels allow it', async () => {
    const foreign = Array.from({ length: 5 }, (_, i) =>
      learnwareAt(`foreign${i}`, [0.2 * i, 0], (x) => [30 * x[0] * x[1] + 20 * i]),
    )
    const labelled = labelledAt(200)
    const own = await lossOf(await fitOwn(labelled.rows, labelled.labels))
    expect(await lossOf(await reuse(foreign, requirement, { labelled }))).toBeLessThan(1.05 * own + 0.01)
  })

  it('runs every learnware once for a blend and once for a prediction, and gives the same result again', async () => {
    const labelled = labelledAt(50)
    const before = market.map(({ model }) => model.asked)
    const model = await reuse(market, requirement, { labelled })
    expect(market.map(({ model }, l) => model.asked - before[l])).toEqual(market.map(() => 1))
    const used = new Set(model.report.used.map(({ id }) => id))
    const first = await model.predict(test.rows)
    expect(market.map(({ model }, l) => model.asked - before[l])).toEqual(
      market.map(({ id }) => (used.has(id) ? 2 : 1)),
    )
    const again = await reuse(market, requirement, { labelled })
    expect(await again.predict(test.rows)).toEqual(first)
    expect(again.report).toEqual(model.report)
  })

  it('takes an own model that is already fitted', async () => {
    const labelled = labelledAt(50)
    const own = await fitOwn(labelled.rows, labelled.labels)
    const model = await reuse(market, requirement, { labelled, own })
    const fresh = await reuse(market, requirement, { labelled })
    expect(await model.predict(test.rows)).toEqual(await fresh.predict(test.rows))
  })

  it('serves with one learnware, and with labels of a single class', async () => {
    const one = await reuse(market.slice(5), requirement, { labelled: labelledAt(40) })
    expect(await lossOf(one)).toBeLessThan(await lossOf(market[5].model))
    const output = { kind: 'probabilities', classes: ['a', 'b', 'c'] } as const
    const classifiers = [
      learnwareAt('p', [0, 0], (x) => (x[0] > 0 ? [0.8, 0.1, 0.1] : [0.1, 0.8, 0.1]), output),
      learnwareAt('q', [1, 0], () => [0.4, 0.3, 0.3], output),
    ]
    for (const count of [5, 15, 40]) {
      const model = await reuse(classifiers, requirement, {
        labelled: { rows: rowsAt(count, 2), labels: Array(count).fill('b') },
      })
      const { data, columns } = await model.predict(rowsAt(20, 3))
      expect(columns).toBe(3)
      for (let i = 0; i < 20; i++) {
        expect(data[3 * i] + data[3 * i + 1] + data[3 * i + 2]).toBeCloseTo(1, 9)
        expect(Math.min(data[3 * i], data[3 * i + 1], data[3 * i + 2])).toBeGreaterThanOrEqual(0)
      }
      expect(model.report.measure).toBe('Brier score')
    }
  })

  it('can learn a class that no learnware knows', async () => {
    const output = { kind: 'probabilities', classes: ['a', 'b'] } as const
    const market = [learnwareAt('p', [0, 0], (x) => (x[0] > 0 ? [0.9, 0.1] : [0.1, 0.9]), output)]
    const rows = rowsAt(200, 4)
    const labels = Array.from(rows.a, (a, i) => (rows.b[i] > 0.5 ? 'new' : a > 0 ? 'a' : 'b'))
    const model = await reuse(market, requirement, { labelled: { rows, labels } })
    expect(model.output).toEqual({ kind: 'probabilities', classes: ['a', 'b', 'new'] })
    const { data } = await model.predict({ a: [0.5], b: [1.8] })
    expect(data[2]).toBeGreaterThan(0.5)
  })

  it('refuses labels that do not fit with one sentence', async () => {
    const rows = rowsAt(40, 1)
    const labelled = (labels: ArrayLike<number> | ArrayLike<string>) =>
      reuse(market, requirement, { labelled: { rows, labels } })
    await expect(labelled(new Float64Array(39))).rejects.toThrow(
      '"labelled.labels" expected length 40, one for each row, got 39',
    )
    await expect(labelled(Array(40).fill('x'))).rejects.toThrow(
      /expected a number in row 0, since a real is predicted, got "x"/,
    )
    await expect(labelled(Array(40).fill(Number.NaN))).rejects.toThrow(
      /finite number in row 0, got NaN; leave the row out/,
    )
    await expect(reuse(market, requirement, { labelled: [1] as never })).rejects.toThrow(/expected \{ rows, labels \}/)
    await expect(reuse(market, requirement, { labelled: labelledAt(40), fold: 3 } as never)).rejects.toThrow(
      /no option "fold"/,
    )
    await expect(reuse([], requirement)).rejects.toThrow(/search found nothing to reuse/)
    await expect(blend(market, requirement, { labelled: { rows: { a: [1, 2] }, labels: [1, 2] } })).rejects.toThrow(
      /no column "b"/,
    )
  })

  it('looks at every option, with labels and without', async () => {
    const labelled = labelledAt(12)
    for (const [wrong, message] of [
      [{ fold: 3 }, /no option "fold"/],
      [{ folds: 1 }, /"folds" expected a whole number of at least 2/],
      [{ members: 0 }, /"members" expected a whole number of at least 1/],
      [{ weighting: 'near' }, /"weighting" expected one of/],
      [{ strength: -1 }, /"strength" expected a finite number of at least 0/],
      [{ seed: 0.5 }, /"seed" expected a whole number/],
      [{ onProgress: 'loud' }, /"onProgress" expected a function/],
    ] as const) {
      await expect(reuse(market, requirement, wrong as never)).rejects.toThrow(message)
      await expect(reuse(market, requirement, { labelled, ...wrong } as never)).rejects.toThrow(message)
    }
    await expect(reuse(market, requirement, null as never)).rejects.toThrow('"options" expected an object, got null')
    await expect(reuse(market, requirement, { labelled: null } as never)).rejects.toThrow(
      '"labelled" expected { rows, labels }, got null',
    )
    await expect(stack(market, requirement, undefined as never)).rejects.toThrow('"options" expected an object')
  })

  it('refuses what is no learnware and what is no requirement with one sentence', async () => {
    const notOne = '"learnwares[0]" expected a learnware with model, terms and specification, as market.fetch gives it'
    for (const wrong of [{}, null, 'id', { ...market[0], terms: undefined }]) {
      await expect(reuse([wrong] as never, requirement)).rejects.toThrow(notOne)
      await expect(reuse([wrong] as never, requirement, { labelled: labelledAt(12) })).rejects.toThrow(notOne)
      expect(() => direct([wrong] as never, requirement)).toThrow(notOne)
    }
    for (const wrong of [undefined, null, {}, 'isl:0000000000000000']) {
      const message = /"requirement" expected what specify\(terms, rows\) makes, got/
      await expect(reuse(market, wrong as never)).rejects.toThrow(message)
      await expect(reuse(market, wrong as never, { labelled: labelledAt(12) })).rejects.toThrow(message)
      expect(() => average(market, wrong as never)).toThrow(message)
    }
  })

  it('weighs nothing on a single labelled row', async () => {
    for (const method of [stack, blend]) {
      await expect(method(market, requirement, { labelled: labelledAt(1) })).rejects.toThrow(
        '"labelled" expected at least 2 labelled rows, got 1; label more, or take average',
      )
      expect((await method(market, requirement, { labelled: labelledAt(2) })).report.labelled).toBe(2)
    }
  })

  it('stops at an abort with its reason, and reports progress up to 1', async () => {
    const reason = new Error('enough')
    const done = new AbortController()
    const seen: number[] = []
    const working = reuse(market, requirement, {
      labelled: labelledAt(100),
      signal: done.signal,
      onProgress: (share) => {
        seen.push(share)
        if (share > 0.5) done.abort(reason)
      },
    })
    await expect(working).rejects.toBe(reason)
    await expect(reuse(market, requirement, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const all: number[] = []
    await reuse(market, requirement, { labelled: labelledAt(30), onProgress: (share) => all.push(share) })
    expect(all.at(-1)).toBe(1)
    expect(all).toEqual([...all].sort((a, b) => a - b))
  })
})
