import { describe, expect, it } from 'vitest'
import type { Learnware } from '../../src/learnware/learnware.js'
import {
  adapt,
  augment,
  average,
  bestK,
  blend,
  boost,
  direct,
  divide,
  type Labelled,
  polish,
  prune,
  type ReusedModel,
  reuse,
  route,
  stack,
  vote,
} from '../../src/reuse/index.js'
import type { Rows } from '../../src/specification/rows/table.js'
import { learnwareAt, requirementAt, rowsAt, termsOf } from './simulated.js'

// One suite over every way of reuse: a new one joins by a line in one of these lists.

const requirement = requirementAt(0, 0)
type Way = (learnwares: readonly Learnware[], labelled: Labelled<Rows>) => Promise<ReusedModel>

const free: Record<string, Way> = {
  direct: async (learnwares) => direct(learnwares, requirement),
  average: async (learnwares) => average(learnwares, requirement),
  'gated average': async (learnwares) => average(learnwares, requirement, { gated: true }),
  vote: async (learnwares) => vote(learnwares, requirement),
  route: async (learnwares) => route(learnwares, requirement, { weighting: 'uniform' }),
  'soft route': async (learnwares) => route(learnwares, requirement, { weighting: 'uniform', mode: 'soft' }),
  divide: (learnwares, labelled) =>
    divide(termsOf(output), rowsAt(60, 9), { search: async () => learnwares, labelled }),
  reuse: (learnwares) => reuse(learnwares, requirement, { weighting: 'uniform' }),
  boost: (learnwares, { rows }) => boost(learnwares, requirement, { rows, weighting: 'uniform' }),
}
const taught: Record<string, Way> = {
  'best-k': (learnwares, labelled) => bestK(learnwares, requirement, { labelled }),
  'boost with labels': (learnwares, labelled) => boost(learnwares, requirement, { labelled }),
  stack: (learnwares, labelled) => stack(learnwares, requirement, { labelled }),
  prune: (learnwares, labelled) => prune(learnwares, requirement, { labelled }),
  polish: (learnwares, labelled) => polish(learnwares, requirement, { labelled }),
  blend: (learnwares, labelled) => blend(learnwares, requirement, { labelled }),
  augment: (learnwares, labelled) => augment(learnwares, requirement, { labelled }),
  adapt: (learnwares, labelled) => adapt(learnwares, requirement, { labelled, objective: 'f1', delta: 'linear' }),
}

const output = { kind: 'probabilities', classes: ['no', 'yes'] } as const
const healthy = [
  learnwareAt('first', [0.4, 0], (x) => (x[0] > 0.3 ? [0.2, 0.8] : [0.7, 0.3]), output),
  learnwareAt('second', [0.5, 0], (x) => (x[1] > 0 ? [0.3, 0.7] : [0.6, 0.4]), output),
]
const labelledAt = (count: number): Labelled<{ a: Float64Array; b: Float64Array }> & { labels: string[] } => {
  const rows = rowsAt(count, 3)
  return { rows, labels: Array.from(rows.a, (a, i) => (a + rows.b[i] > 0 ? 'yes' : 'no')) }
}
const none = { a: new Float64Array(0), b: new Float64Array(0) }

describe.each(Object.entries({ ...free, ...taught }))('%s', (_, way) => {
  it('refuses no learnwares', async () => {
    await expect(way([], labelledAt(18))).rejects.toThrow(
      '"learnwares" expected at least one, got none; search found nothing to reuse',
    )
  })

  it('refuses to predict no rows, or something that is none', async () => {
    const model = await way(healthy, labelledAt(18))
    await expect(model.predict(none)).rejects.toThrow('"rows" expected at least one row, got 0')
    await expect(model.predict(7 as never)).rejects.toThrow('"rows" expected a table by column name or a matrix, got 7')
  })

  it('refuses learnwares of which some predict a real and others classes', async () => {
    await expect(way([...healthy, learnwareAt('real', [0, 0], () => [1])], labelledAt(18))).rejects.toThrow(
      '"learnwares" expected one kind of output, got reals and classes; reuse each kind by itself',
    )
  })

  it('goes on without a learnware that throws or puts out NaN in a prediction, and says so', async () => {
    const later = (id: string, fails: () => number[]) =>
      learnwareAt(id, [0.6, 0], (x) => (x[0] > 20 ? fails() : x[0] > 0 ? [0.3, 0.7] : [0.6, 0.4]), output)
    const throwing = later('throws', () => {
      throw new Error('the weights are gone')
    })
    const broken = later('broken', () => [Number.NaN, 0])
    const model = await way([...healthy, throwing, broken], labelledAt(18))
    const { data } = await model.predict({ a: [30, 25], b: [1, -1] })
    for (const row of [0, 2]) expect(data[row] + data[row + 1]).toBeCloseTo(1, 9)
    const ran = new Set(model.report.used.map(({ id }) => id))
    const expected = ['broken', 'throws'].filter((id) => ran.has(id))
    expect(model.report.failed.map(({ id }) => id).sort()).toEqual(expected)
  })

  it('refuses with one sentence where every learnware fails', async () => {
    const gone = learnwareAt(
      'gone',
      [0, 0],
      () => {
        throw new Error('no file')
      },
      output,
    )
    const trying = async () => (await way([gone], labelledAt(18))).predict(labelledAt(3).rows)
    await expect(trying()).rejects.toThrow(
      '"learnwares" expected one that can predict these rows, but the only one failed, learnware gone with: no file',
    )
  })
})

describe.each(Object.entries(taught))('%s', (_, way) => {
  it('refuses labels of another length than their rows', async () => {
    const { rows, labels } = labelledAt(18)
    await expect(way(healthy, { rows, labels: labels.slice(1) })).rejects.toThrow(
      '"labelled.labels" expected length 18, one for each row, got 17',
    )
  })

  it('refuses labels of one class only', async () => {
    const { rows } = labelledAt(18)
    await expect(way(healthy, { rows, labels: Array(18).fill('yes') })).rejects.toThrow(
      '"labelled.labels" expected rows of at least two classes, got only "yes"; label rows of another, or take average',
    )
  })

  it('refuses no rows, and no labels', async () => {
    await expect(way(healthy, { rows: none, labels: [] })).rejects.toThrow(
      /"labelled" expected at least 2 labelled rows/,
    )
    await expect(way(healthy, { rows: labelledAt(5).rows } as never)).rejects.toThrow(/\{ rows, labels \}|"labels"/)
  })

  it('is fitted without a learnware that fails, and says so', async () => {
    const broken = learnwareAt('broken', [0.1, 0], () => [Number.NaN, 0], output)
    const [model, without] = [await way([broken, ...healthy], labelledAt(18)), await way(healthy, labelledAt(18))]
    expect(model.report.failed).toEqual([{ id: 'broken', reason: 'learnware broken put out NaN for row 0' }])
    const { rows } = labelledAt(10)
    expect(await model.predict(rows)).toEqual(await without.predict(rows))
  })
})
