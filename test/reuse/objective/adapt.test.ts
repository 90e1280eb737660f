import { describe, expect, it } from 'vitest'
import { type AdaptOptions, adapt } from '../../../src/reuse/index.js'
import { chosenOf, type Trial } from '../../../src/reuse/objective/adapt-trials.js'
import { learnwareAt, noise, requirementAt, rowsAt } from '../simulated.js'

const requirement = requirementAt(0, 0)
const output = { kind: 'probabilities', classes: ['no', 'yes'] } as const
const sigmoid = (s: number) => 1 / (1 + Math.exp(-s))

// The truth needs both columns; the learnware has learnt one of them, and hardly ever says yes.
const chance = (a: number, b: number) => sigmoid(1.5 * a + 1.5 * b - 3)
const half = learnwareAt('half', [0.5, 0], (x) => [1 - sigmoid(1.5 * x[0] - 4), sigmoid(1.5 * x[0] - 4)], output)
const other = learnwareAt('other', [0.7, 0], () => [0.9, 0.1], output)
const labelledAt = (count: number, seed: number) => {
  const rows = rowsAt(count, seed)
  const { a: u } = rowsAt(count, seed + 1000)
  return { rows, labels: Array.from(rows.a, (a, i) => (u[i] / 4 + 0.5 < chance(a, rows.b[i]) ? 'yes' : 'no')) }
}
const test = labelledAt(2000, 77)
const positiveScores = async (model: { predict(rows: object): Promise<{ data: ArrayLike<number> }> }) => {
  const { data } = await model.predict(test.rows)
  return test.labels.map((label, i) => ({ p: data[2 * i + 1], isYes: label === 'yes' }))
}
const auc = (scored: { p: number; isYes: boolean }[]) => {
  const yes = scored.filter(({ isYes }) => isYes)
  const no = scored.filter(({ isYes }) => !isYes)
  let right = 0
  for (const { p } of yes) for (const { p: q } of no) right += p > q ? 1 : p === q ? 0.5 : 0
  return right / yes.length / no.length
}
const counts = (scored: { p: number; isYes: boolean }[]) => {
  const hits = scored.filter(({ p, isYes }) => isYes && p > 0.5).length
  const alarms = scored.filter(({ p, isYes }) => !isYes && p > 0.5).length
  return { hits, alarms, missed: scored.filter(({ isYes }) => isYes).length - hits }
}
const adapted = (options: Omit<AdaptOptions, 'labelled'>, count = 200) =>
  adapt([half, other], requirement, { labelled: labelledAt(count, 1), ...options })

describe('chosenOf', () => {
  const trial = (name: string, loss: number, ...without: number[]): Trial => ({
    name,
    C: 1,
    delta: 'linear',
    loss,
    without,
    threshold: 0,
  })
  const unchanged = trial('unchanged', 0.5, 0.5, 0.5, 0.5)
  const byLogLoss = trial('log loss', 0.3, 0.28, 0.3, 0.32)

  it('takes log loss unless another is better by more than a standard error', () => {
    // Differences −0.02, −0.01, 0.00 about their mean: √(⅔ · 0.0002) = 0.0115.
    const byStandIn = (loss: number) => trial('stand-in', loss, loss - 0.04, loss - 0.01, loss + 0.02)
    expect(chosenOf({ unchanged, byLogLoss, byStandIn: byStandIn(0.29) }, false).name).toBe('log loss')
    expect(chosenOf({ unchanged, byLogLoss, byStandIn: byStandIn(0.285) }, false).name).toBe('stand-in')
  })

  it('leaves learnwares as they are where log loss is no better, and takes the least loss where it has no say', () => {
    const even = { ...unchanged, loss: 0.3, without: byLogLoss.without.map((loss, k) => loss + 0.05 * (k - 1)) }
    expect(chosenOf({ unchanged: even, byLogLoss }, false).name).toBe('unchanged')
    expect(chosenOf({ unchanged: even, byLogLoss }, true).name).toBe('log loss')
    const byStandIn = trial('stand-in', 0.4, 0.4, 0.4, 0.4)
    expect(chosenOf({ unchanged, byStandIn }, false).name).toBe('stand-in')
    expect(chosenOf({ unchanged, moved: trial('moved', 0.1, 0, 0, 0), byStandIn }, false).name).toBe('moved')
  })
})

describe('adapt', () => {
  it('raises the AUC by what the learnware does not know', async () => {
    const model = await adapted({ objective: 'auc' })
    const [before, after] = [auc(await positiveScores(half.model)), auc(await positiveScores(model))]
    expect(after).toBeGreaterThan(before + 0.05)
    expect(model.adapted.loss).toBeLessThan(model.adapted.unchanged)
    expect(model.adapted).toMatchObject({ goal: '1 − AUC' })
    expect(model.adapted.C).toBeGreaterThan(0)
    expect(model.report.reason).toMatch(/1 − AUC 0\.\d+ on rows not seen, 0\.\d+ with the learnwares as they are/)
    expect(Math.abs(1 - model.adapted.loss - after)).toBeLessThan(0.08)
  })

  it('sets decisions for F1, for break-even and for costs', async () => {
    const before = counts(await positiveScores(half.model))
    const f1 = ({ hits, alarms, missed }: typeof before) => (2 * hits) / (2 * hits + alarms + missed)
    expect(f1(counts(await positiveScores(await adapted({ objective: 'f1', delta: 'linear' }))))).toBeGreaterThan(
      f1(before) + 0.1,
    )

    const even = counts(await positiveScores(await adapted({ objective: 'break-even', delta: 'linear' }, 400)))
    const [precision, recall] = [even.hits / (even.hits + even.alarms), even.hits / (even.hits + even.missed)]
    expect(Math.abs(precision - recall)).toBeLessThan(0.15)

    const cost = async (model: Parameters<typeof positiveScores>[0], missed: number, alarm: number) => {
      const found = counts(await positiveScores(model))
      return missed * found.missed + alarm * found.alarms
    }
    const careful = await adapted({ objective: { cost: { missed: 10, alarm: 1 } }, delta: 'linear' })
    const strict = await adapted({ objective: { cost: { missed: 1, alarm: 5 } }, delta: 'linear' })
    expect(await cost(careful, 10, 1)).toBeLessThan(0.4 * (await cost(half.model, 10, 1)))
    // The learnware says yes about as seldom as is right at this price: there is nothing to gain, and little to lose.
    expect(await cost(strict, 1, 5)).toBeLessThan(1.05 * (await cost(half.model, 1, 5)))
    const chosen = async (model: typeof careful) => counts(await positiveScores(model))
    const [many, few] = [await chosen(careful), await chosen(strict)]
    expect(many.hits + many.alarms).toBeGreaterThan(2 * (few.hits + few.alarms))
  })

  it('predicts a quantile of a real', async () => {
    const draw = noise(8)
    const mean = learnwareAt('mean', [0.1, 0], (x) => [10 * x[0]])
    const at = (count: number, seed: number) => {
      const rows = rowsAt(count, seed)
      return { rows, labels: Array.from(rows.a, (a, i) => 10 * a + (3 + rows.b[i]) * draw()) }
    }
    const model = await adapt([mean], requirement, { labelled: at(400, 1), objective: { quantile: 0.9 } })
    const fresh = at(1000, 2)
    const { data } = await model.predict(fresh.rows)
    const below = fresh.labels.filter((y, i) => y <= data[i]).length / 1000
    expect(Math.abs(below - 0.9)).toBeLessThan(0.04)
    // The spread grows with b, so a δ that follows it lies further above the mean there.
    const lift = async (b: number) => (await model.predict({ a: [0], b: [b] })).data[0]
    expect(await lift(1.8)).toBeGreaterThan((await lift(-1.8)) + 1)
    expect(model.adapted.loss).toBeLessThan(0.7 * model.adapted.unchanged)
  })

  it('gains from few labels, by log loss, where a threshold alone does not', async () => {
    const threshold = async (labels: string[], rows: typeof test.rows) => {
      const { data } = await half.model.predict(rows)
      const all = labels.map((label, i) => ({ p: data[2 * i + 1], isYes: label === 'yes' }))
      const f1At = (t: number) => {
        const { hits, alarms, missed } = counts(all.map(({ p, isYes }) => ({ p: p > t ? 1 : 0, isYes })))
        return (2 * hits) / (2 * hits + alarms + missed)
      }
      return all.map(({ p }) => p - 1e-9).reduce((a, b) => (f1At(b) > f1At(a) ? b : a))
    }
    const few = labelledAt(60, 21)
    const cut = await threshold(few.labels, few.rows)
    const model = await adapt([half], requirement, { labelled: few, objective: 'f1' })
    const f1 = ({ hits, alarms, missed }: ReturnType<typeof counts>) => (2 * hits) / (2 * hits + alarms + missed)
    const moved = (await positiveScores(half.model)).map(({ p, isYes }) => ({ p: p > cut ? 1 : 0, isYes }))
    expect(f1(counts(await positiveScores(model)))).toBeGreaterThan(f1(counts(moved)) + 0.05)
    expect(model.report.reason).toMatch(/δ by (log loss|soft F1), C = /)
  })

  it('with C = 0 is the learnware, byte for byte', async () => {
    const untidy = learnwareAt('untidy', [0, 0], (x) => [0.7 - 0.1 * x[0], 0.31 + 0.1 * x[0]], output)
    const model = await adapt([untidy], requirement, { labelled: labelledAt(30, 1), objective: 'auc', C: 0 })
    expect(await model.predict(test.rows)).toEqual(await untidy.model.predict(test.rows))
    expect(model.adapted).toMatchObject({ C: 0, delta: 'none' })
  })

  it('leaves a learnware as it is where nothing helps, and keeps to the δ and C that are given', async () => {
    const right = learnwareAt('right', [0, 0], (x) => [x[0] > 0 ? 0.1 : 0.9, x[0] > 0 ? 0.9 : 0.1], output)
    const rows = rowsAt(60, 4)
    const labels = Array.from(rows.a, (a) => (a > 0 ? 'yes' : 'no'))
    const perfect = await adapt([right], requirement, { labelled: { rows, labels }, objective: 'f1' })
    expect(perfect.adapted).toMatchObject({ C: 0, delta: 'none', loss: 0 })
    const given = await adapted({ objective: 'auc', C: 1, delta: 'kernel' })
    expect(given.adapted).toMatchObject({ C: 1, delta: 'kernel' })
  })

  it('sets one class of many against the rest', async () => {
    const three = { kind: 'probabilities', classes: ['a', 'b', 'c'] } as const
    const market = [learnwareAt('m', [0, 0], (x) => (x[0] > 0 ? [0.2, 0.6, 0.2] : [0.6, 0.2, 0.2]), three)]
    const rows = rowsAt(90, 4)
    const labels = Array.from(rows.a, (a, i) => (rows.b[i] > 1 ? 'c' : a > 0 ? 'b' : 'a'))
    const model = await adapt(market, requirement, { labelled: { rows, labels }, objective: 'f1', positive: 'c' })
    expect(model.output).toEqual({ kind: 'probabilities', classes: ['not c', 'c'] })
    const { data } = await model.predict({ a: [0, 0], b: [1.8, -1] })
    expect(data[1]).toBeGreaterThan(0.5)
    expect(data[3]).toBeLessThan(0.5)
    await expect(adapt(market, requirement, { labelled: { rows, labels }, objective: 'f1' })).rejects.toThrow(
      '"positive" expected the class that counts, since there are 3; name one of a, b, c',
    )
  })

  it('refuses with one sentence', async () => {
    const { rows } = labelledAt(20, 1)
    await expect(
      adapt([half], requirement, { labelled: { rows, labels: Array(20).fill('no') }, objective: 'auc' }),
    ).rejects.toThrow('"labelled.labels" expected rows of at least two classes, got only "no"')
    for (const [objective, message] of [
      ['accuracy', /"objective" expected one of 'auc'/],
      [{ quantile: 0.5 }, /"objective" expected one for classes, such as 'auc', got pinball/],
      [{ quantile: 2 }, /"objective.quantile" expected a finite number from 0.001 to 0.999/],
      [{ cost: { missed: 1, alarm: 0 } }, /"objective.cost.alarm" expected a number above 0/],
      [{ cost: null }, /"objective.cost" expected \{ missed, alarm \}/],
      [undefined, /"objective" expected one of/],
    ] as const)
      await expect(adapted({ objective } as never, 20)).rejects.toThrow(message)
    await expect(adapted({ objective: 'auc', C: -1 }, 20)).rejects.toThrow('"C" expected a finite number of at least 0')
    await expect(adapted({ objective: 'auc', delta: 'cubic' } as never, 20)).rejects.toThrow('"delta" expected one of')
    await expect(adapted({ objective: 'auc', positive: 'maybe' }, 20)).rejects.toThrow('"positive" expected one of')
  })
})
