import { describe, expect, it } from 'vitest'
import { logistic } from '../../../src/learnware/builtin.js'
import type { Model } from '../../../src/learnware/model.js'
import { hedgeWeights } from '../../../src/reuse/correct/polish.js'
import { fitOwn, polish } from '../../../src/reuse/index.js'
import { learnwareAt, noise, requirementAt, rowsAt } from '../simulated.js'

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
    expect(model.report.reason).toMatch(/the heaviest, at \d+%: ridge towards the learnwares$/)
    const [after, own] = [await lossOf(model, wavy), await lossOf(await fitOwn(rows.rows, rows.labels), wavy)]
    expect(after).toBeLessThan(0.1)
    expect(after).toBeLessThan(0.2 * own)
    expect(after).toBeLessThan(0.1 * (await lossOf(market[1].model, wavy)))
  })

  it('grows trees where what is left has edges', async () => {
    const edged = (a: number, b: number) => wavy(a, b) + (a > 0.5 && b > 0 ? 4 : 0)
    const model = await polish(market, requirement, { labelled: labelled(300, edged) })
    expect(model.report.reason).toMatch(/boosted trees on the residual$/)
    expect(await lossOf(model, edged)).toBeLessThan(0.5)
  })

  it('leaves a learnware that leaves only noise', async () => {
    const right = [learnwareAt('right', [0, 0], (x) => [wavy(x[0], x[1])])]
    const model = await polish(right, requirement, { labelled: labelled(60, wavy, 8, 1) })
    expect(await lossOf(model, wavy)).toBeLessThan(0.1)
    const ways = model.report.candidates.filter(({ weight }) => weight > 0)
    expect(ways.map(({ method }) => method)).toContain('learnwares as they are')
    expect(ways.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12)
  })

  const classes = { kind: 'probabilities', classes: ['no', 'yes'] } as const
  const inputs = ['a', 'b'].map((name) => ({ name, kind: 'numeric' }) as const)
  const said = (count: number, seed: number, lean: number) => {
    const rows = rowsAt(count, seed)
    const draw = noise(seed)
    return { rows, labels: Array.from(rows.a, (a, i) => (a + lean * rows.b[i] + 0.5 * draw() > 0.5 ? 'yes' : 'no')) }
  }
  const elsewhere = said(300, 5, 0)
  const errorOf = async (model: Model) => {
    const { rows, labels } = said(1000, 50, 1)
    const { data } = await model.predict(rows)
    return labels.filter((label, i) => (data[2 * i + 1] > 0.5 ? 'yes' : 'no') !== label).length / 1000
  }

  it('goes on with a model that can learn further, and says how it did', async () => {
    const model = logistic(elsewhere.rows, elsewhere.labels, { inputs, output: classes })
    const able = { ...learnwareAt('able', [0.1, 0], () => [0.5, 0.5], classes), model }
    const idle = learnwareAt('idle', [0.2, 0], () => [0.6, 0.4], classes)
    const given = said(40, 3, 1)
    const polished = await polish([idle, able], requirement, { labelled: given })
    expect(polished.report.candidates.map(({ method }) => method)).toContain('fine-tuned learnware able')
    expect(polished.report.reason).toMatch(
      /^the mean of \d ways, .* on 40 labelled rows; .*: fine-tuned learnware able$/,
    )
    expect(polished.report.used[0]).toMatchObject({ id: 'able' })
    expect(polished.report.used[0].weight).toBeGreaterThan(0.7)
    expect(await errorOf(polished)).toBeLessThan(0.5 * (await errorOf(model)))
    // Without it, the best that is left is worse.
    const fixed = await polish([idle, { ...able, model: { ...model, fineTune: undefined } }], requirement, {
      labelled: given,
    })
    expect(fixed.report.candidates.map(({ method }) => method)).not.toContain('fine-tuned learnware able')
    expect(polished.report.losses?.loss).toBeLessThan(fixed.report.losses?.loss as number)
  })

  it('is the mean of all ways by their shares, and goes on where the fine-tuned learnware fails later', async () => {
    const model = logistic(elsewhere.rows, elsewhere.labels, { inputs, output: classes })
    const able = { ...learnwareAt('able', [0.1, 0], () => [0.5, 0.5], classes), model }
    const labelled = said(40, 3, 1)
    const { rows } = said(5, 9, 1)
    let isBroken = false
    const fineTune: Model['fineTune'] = async (rows, labels, options) => {
      const tuned = await (model.fineTune as NonNullable<Model['fineTune']>)(rows, labels, options)
      return {
        ...tuned,
        predict: async (rows, given) => {
          if (isBroken) throw new Error('out of memory')
          return tuned.predict(rows, given)
        },
      }
    }
    const polished = await polish([{ ...able, model: { ...model, fineTune } }], requirement, { labelled })
    const share = polished.report.candidates.find(({ method }) => method.startsWith('fine-tuned'))?.weight as number
    expect(share).toBeGreaterThan(0.5)
    const tuned = await (
      await (model.fineTune as NonNullable<Model['fineTune']>)(labelled.rows, labelled.labels)
    ).predict(rows)
    const before = await polished.predict(rows)
    isBroken = true
    const after = await polished.predict(rows)
    expect(after.rows).toBe(5)
    expect(polished.report.failed).toEqual([{ id: 'fine-tuned learnware able', reason: 'out of memory' }])
    const gap = Array.from(before.data, (value, e) => Math.abs(value - tuned.data[e]))
    expect(Math.max(...gap)).toBeLessThan(Math.max(...Array.from(after.data, (v, e) => Math.abs(v - tuned.data[e]))))
  })

  it('goes on without fine-tuning where that fails or a class is unknown, and stops at an abort', async () => {
    const model = logistic(elsewhere.rows, elsewhere.labels, { inputs, output: classes })
    const broken = { ...learnwareAt('broken', [0, 0], () => [0.5, 0.5], classes), model }
    const fineTune = async () => {
      throw new Error('out of memory')
    }
    const polished = await polish([{ ...broken, model: { ...model, fineTune } }], requirement, {
      labelled: said(40, 3, 1),
    })
    expect(polished.report.failed).toEqual([{ id: 'broken', reason: 'fine-tuning: out of memory' }])
    expect((await polished.predict(said(3, 1, 1).rows)).rows).toBe(3)

    const { rows, labels } = said(40, 3, 1)
    const more = { rows, labels: labels.map((label, i) => (i < 8 ? 'maybe' : label)) }
    const opened = await polish([broken], requirement, { labelled: more })
    expect(opened.report.failed).toEqual([])
    expect(opened.report.candidates.map(({ method }) => method)).not.toContain('fine-tuned learnware broken')

    const abort = new AbortController()
    const slow = {
      ...model,
      fineTune: async () => {
        abort.abort(new Error('enough'))
        throw new Error('never mind')
      },
    }
    await expect(
      polish([{ ...broken, model: slow }], requirement, { labelled: { rows, labels }, signal: abort.signal }),
    ).rejects.toThrow('enough')
  })
})
