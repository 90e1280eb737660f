import { describe, expect, it } from 'vitest'
import { augment, fitOwn, type TableLearner } from '../../../src/reuse/index.js'
import { learnwareAt, noise, requirementAt, rowsAt } from '../simulated.js'

const requirement = requirementAt(0, 0)
const real = [
  learnwareAt('wave', [1, 0], (x) => [Math.sin(4 * x[0])]),
  learnwareAt('noise', [0.2, 0], (x) => [Math.cos(9 * x[1])]),
]
const labelled = (count: number, seed = 3) => {
  const rows = rowsAt(count, seed)
  const draw = noise(seed)
  return { rows, labels: Array.from(rows.a, (a, i) => 5 - 2 * Math.sin(4 * a) + rows.b[i] + 0.05 * draw()) }
}
const lossOf = async (model: { predict(rows: object): Promise<{ data: ArrayLike<number> }> }) => {
  const { rows, labels } = labelled(300, 50)
  const { data } = await model.predict(rows)
  return labels.reduce((sum, y, i) => sum + (data[i] - y) ** 2, 0) / labels.length
}
const output = (...classes: string[]) => ({ kind: 'probabilities', classes }) as const
const conditions = [
  learnwareAt('first', [0.3, 0], (x) => (x[0] > 0 ? [0.1, 0.9] : [0.9, 0.1]), output('no', 'yes')),
  learnwareAt('second', [0.2, 0], (x) => (x[1] > 0 ? [0.1, 0.9] : [0.9, 0.1]), output('no', 'yes')),
]

describe('augment', () => {
  it('uses what learnwares put out where their scale and level are wrong', async () => {
    const model = await augment(real, requirement, { labelled: labelled(60), learner: 'ridge' })
    expect(await lossOf(model)).toBeLessThan(0.02)
    const own = await fitOwn(labelled(60).rows, labelled(60).labels)
    expect(await lossOf(own)).toBeGreaterThan(10 * (await lossOf(model)))
    expect(model.report).toMatchObject({ method: 'augment', labelled: 60 })
    expect(model.report.used.map(({ id }) => id).sort()).toEqual(['noise', 'wave'])
    expect(model.report.losses?.loss).toBeLessThan(0.02)
    expect(model.report.candidates[0]).toMatchObject({ method: 'ridge on augmented rows', weight: 1 })
  })

  it('solves from two half-truths what neither can: both conditions at once', async () => {
    const rows = rowsAt(200, 1)
    const labels = Array.from(rows.a, (a, i) => (a > 0 && rows.b[i] > 0 ? 'yes' : 'no'))
    const test = rowsAt(1000, 2)
    const truth = Array.from(test.a, (a, i) => (a > 0 && test.b[i] > 0 ? 1 : 0))
    const right = (data: ArrayLike<number>) =>
      truth.filter((y, i) => (data[2 * i + 1] > 0.5 ? 1 : 0) === y).length / truth.length
    for (const { model } of conditions) expect(right((await model.predict(test)).data)).toBeLessThan(0.8)
    for (const learner of ['logistic', undefined] as const) {
      const model = await augment(conditions, requirement, { labelled: { rows, labels }, learner })
      expect(right((await model.predict(test)).data)).toBeGreaterThan(0.98)
    }
  })

  it('takes the best built-in learner by cross-validation, and any learner of the user', async () => {
    const chosen = await augment(real, requirement, { labelled: labelled(60) })
    expect(chosen.report.candidates.map(({ method }) => method).sort()).toEqual(
      ['average', 'direct', 'kernel ridge on augmented rows', 'ridge on augmented rows'].sort(),
    )
    const seen: string[][] = []
    const constant: TableLearner = {
      fit(_, labels, inputs) {
        seen.push(inputs.map(({ name }) => name))
        const mean = Array.from(labels as ArrayLike<number>).reduce((a, b) => a + b, 0) / labels.length
        return {
          inputs,
          output: { kind: 'real' },
          predict: async (rows) => {
            const { a } = rows as unknown as { a: ArrayLike<number> }
            return { rows: a.length, columns: 1, data: new Float64Array(a.length).fill(mean) }
          },
          close: async () => {},
        }
      },
    }
    const model = await augment(real, requirement, { labelled: labelled(40), learner: constant, folds: 4 })
    expect(seen).toHaveLength(5)
    expect(seen[0]).toEqual(['a', 'b', 'learnware wave', 'learnware noise'])
    const mean = labelled(40).labels.reduce((a, b) => a + b) / 40
    expect((await model.predict(rowsAt(2, 1))).data[0]).toBeCloseTo(mean, 12)
    expect(model.report.losses?.loss).toBeGreaterThan(1)
  })

  it('puts a learnware that fails in a prediction at its mean, and names it', async () => {
    const fragile = learnwareAt('fragile', [0.1, 0], (x) => {
      if (x[0] > 20) throw new Error('gone')
      return [x[0]]
    })
    const model = await augment([...real, fragile], requirement, { labelled: labelled(60), learner: 'ridge' })
    const { data } = await model.predict({ a: [30, 31], b: [0, 0] })
    expect(data.every(Number.isFinite)).toBe(true)
    expect(model.report.failed).toEqual([{ id: 'fragile', reason: 'gone' }])
  })

  it('refuses a learner that is none with one sentence', async () => {
    for (const learner of ['forest', {}, null, 3])
      await expect(augment(real, requirement, { labelled: labelled(10), learner } as never)).rejects.toThrow(
        /"learner" expected one of 'ridge', .* or an object with fit\(rows, labels, inputs\), got/,
      )
    await expect(augment(real, requirement, { labelled: labelled(10), learner: 'logistic' })).rejects.toThrow(
      '"output.kind" expected one of',
    )
  })
})
