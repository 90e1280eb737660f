import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logLoss } from '../../../src/learnware/learner/softmax.js'
import { average, blend, fitOwn, stack } from '../../../src/reuse/index.js'
import { sharpened, sharpnessOf } from '../../../src/reuse/weigh/sharpen.js'
import { learnwareAt, requirementAt, rowsAt } from '../simulated.js'

describe('sharpened', () => {
  it('is p^τ / Σ p^τ, with the likeliest class where it was', () => {
    const scores = Float64Array.of(0.5, 0.3, 0.2, 0, 0.4, -0.1, 0, 0, 0)
    const sharp = sharpened(scores, 3, 2)
    ;[0.25 / 0.38, 0.09 / 0.38, 0.04 / 0.38, 0, 1, 0, 1 / 3, 1 / 3, 1 / 3].forEach((value, e) =>
      expect(sharp[e]).toBeCloseTo(value, 12),
    )
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
        fc.constantFrom(1, 1.5, 3, 8),
        (row, exponent) => {
          const p = sharpened(Float64Array.from(row), 4, exponent)
          expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 9)
          expect(p[row.indexOf(Math.max(...row))]).toBe(Math.max(...p))
        },
      ),
    )
  })

  it('takes the exponent of least log loss', () => {
    // The likeliest of three is right in 9 of 10 rows, but is said to be so with 0.5.
    const rows = 100
    const scores = new Float64Array(3 * rows)
    const targets = { rows, columns: 3, data: new Float64Array(3 * rows) }
    for (let i = 0; i < rows; i++) {
      const c = i % 3
      scores.set([0.25, 0.25, 0.25], 3 * i)
      scores[3 * i + c] = 0.5
      targets.data[3 * i + (i % 10 === 0 ? (c + 1) % 3 : c)] = 1
    }
    // p = 2^τ / (2^τ + 2) is nearest to 0.9 at τ = 4.
    expect(sharpnessOf(scores, targets)).toBe(4)
    const losses = [1, 1.5, 2, 3, 4, 6, 8].map((e) => logLoss({ ...targets, data: sharpened(scores, 3, e) }, targets))
    expect(Math.min(...losses)).toBe(losses[4])
  })
})

/** Three classes by angle; each of three learnwares knows two of them, and says so with little confidence. */
const names = ['0', '1', '2']
const classAt = (a: number, b: number) => (b > 0.7 ? 2 : a > 0 ? 1 : 0)
const knowing = (l: number) =>
  learnwareAt(
    `knows ${names.filter((_, c) => c !== l)}`,
    [0.1 * l, 0.2],
    (x) => {
      const truth = classAt(x[0], x[1])
      const p = [0.5, 0.5, 0.5]
      p[l] = 0
      if (truth !== l) {
        p[truth] = 0.7
        p[3 - truth - l] = 0.3
      }
      return p
    },
    { kind: 'probabilities', classes: names },
  )
const market = names.map((_, l) => knowing(l))
const requirement = requirementAt(0, 0)
const labelledAt = (count: number, seed: number) => {
  const rows = rowsAt(count, seed)
  return { rows, labels: Array.from(rows.a, (a, i) => names[classAt(a, rows.b[i])]) }
}
const brierOf = (data: ArrayLike<number>, labels: readonly string[]) =>
  labels.reduce(
    (sum, label, i) => sum + names.reduce((s, name, c) => s + (data[3 * i + c] - (name === label ? 1 : 0)) ** 2, 0),
    0,
  ) / labels.length

describe('reuse of classes', () => {
  it('is as sure as it is right, and reports the exponent', async () => {
    const test = labelledAt(300, 9)
    const flat = average(market, requirement).predict(test.rows)
    const model = await stack(market, requirement, { labelled: labelledAt(20, 1), weighting: 'uniform' })
    expect(model.report.candidates[0]).toMatchObject({ method: 'stack', weight: 1 })
    expect(model.report.candidates[0].setting).toMatch(/^sharpness [2-8]/)
    const stacked = brierOf((await model.predict(test.rows)).data, test.labels)
    expect(stacked).toBeLessThan(0.5 * brierOf((await flat).data, test.labels))
    expect(model.report.losses?.loss).toBeLessThan(2 * stacked + 0.05)
  })

  it('blends the own model by itself, and beats it', async () => {
    const labelled = labelledAt(60, 1)
    const test = labelledAt(300, 9)
    const own = await fitOwn(labelled.rows, labelled.labels)
    const model = await blend(market, requirement, { labelled, own })
    expect(model.report.candidates.map(({ method }) => method).sort()).toEqual([
      'augment',
      'average',
      'boost',
      'direct',
      'own',
      'route',
      'stack',
    ])
    expect(model.report.candidates.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9)
    const alone = await own.predict(test.rows)
    const brier = brierOf((await model.predict(test.rows)).data, test.labels)
    expect(brier).toBeLessThan(brierOf(alone.data, test.labels))
    const used = model.report.used.reduce((sum, { weight }) => sum + weight, 0)
    const ownShare = model.report.candidates.find(({ method }) => method === 'own')?.weight ?? 0
    expect(used + ownShare).toBeCloseTo(1, 9)
  })

  it('falls back on the own model where every learnware fails, and on the learnwares where it fails', async () => {
    const labelled = labelledAt(60, 1)
    const rows = { a: [30, -31], b: [0, 1] }
    const breaking = market.slice(0, 1).map((learnware) => ({
      ...learnware,
      model: {
        ...learnware.model,
        predict: async (table: { a: ArrayLike<number> }) => {
          if (table.a[0] > 20) throw new Error('gone')
          return learnware.model.predict(table as never)
        },
      },
    })) as unknown as typeof market
    const own = await fitOwn(labelled.rows, labelled.labels)
    const model = await blend(breaking, requirement, { labelled, own, strength: 1e6 })
    const { data } = await model.predict(rows)
    const alone = (await own.predict(rows)).data
    data.forEach((value, e) => expect(value).toBeCloseTo(alone[e], 12))
    expect(model.report.failed).toHaveLength(1)

    const failing = { ...own, predict: async () => Promise.reject(new Error('lost')) }
    const rest = await blend(market.slice(0, 1), requirement, { labelled, own: failing, strength: 1e6 })
    const left = (await rest.predict(rows)).data
    for (const start of [0, 3]) expect(left[start] + left[start + 1] + left[start + 2]).toBeCloseTo(1, 9)
    expect(rest.report.failed).toEqual([{ id: 'own', reason: 'lost' }])
  })
})
