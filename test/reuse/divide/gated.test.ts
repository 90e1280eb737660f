import { describe, expect, it } from 'vitest'
import type { ReusedModel } from '../../../src/reuse/compose.js'
import { gatedModel } from '../../../src/reuse/divide/gated.js'
import { average } from '../../../src/reuse/ensemble.js'
import { learnwareAt, requirementAt, termsOf } from '../simulated.js'

const terms = termsOf({ kind: 'real' })
const gone = (reason: string) => (): number[] => {
  throw new Error(reason)
}
const part = (id: string, share: number, rule: (x: ArrayLike<number>) => number[]) => ({
  share,
  model: average([learnwareAt(id, [0, 0], rule)], requirementAt(0, 0)),
})
// Three parts by a: below 0, from 0 to 1, above 1.
const byA = async (table: object): Promise<Float64Array> =>
  Float64Array.from(
    Array.from((table as { a: ArrayLike<number> }).a, (a) =>
      a < 0 ? [1, 0, 0] : a < 1 ? [0.25, 0.75, 0] : [0, 0, 1],
    ).flat(),
  )
const { report } = part('any', 1, () => [0]).model
const gated = (parts: ReturnType<typeof part>[], gate = byA): ReusedModel =>
  gatedModel(terms, parts, gate, { kind: 'real' }, report)
const rows = { a: [-1, 0.5, 2], b: [0, 0, 0] }
const sound = [part('low', 0.5, () => [1]), part('middle', 0.3, () => [2]), part('high', 0.2, () => [4])]

describe('gatedModel', () => {
  it('adds up the parts by the shares of the gate', async () => {
    expect([...(await gated(sound).predict(rows)).data]).toEqual([1, 1.75, 4])
  })

  it('gives the rows of a part that fails to the others, and says so once', async () => {
    const model = gated([sound[0], part('middle', 0.3, gone('no file')), sound[2]])
    expect([...(await model.predict(rows)).data]).toEqual([1, 1, 4])
    await model.predict(rows)
    expect(model.report.failed).toEqual([{ id: 'middle', reason: 'no file' }])
  })

  it('spreads rows that only failed parts serve by the shares of the task', async () => {
    const model = gated([sound[0], sound[1], part('high', 0.2, gone('no file'))])
    const { data } = await model.predict({ a: [2], b: [0] })
    expect(data[0]).toBeCloseTo((0.5 * 1 + 0.3 * 2) / 0.8, 12)
    const two = gated([sound[0], part('middle', 0.3, gone('no file')), part('high', 0.2, gone('no file'))])
    expect([...(await two.predict({ a: [2], b: [0] })).data]).toEqual([1])
    expect(two.report.failed.map(({ id }) => id).sort()).toEqual(['high', 'middle'])
  })

  it('goes by the shares of the task where the gate fails, and says so', async () => {
    const model = gated(sound, async () => {
      throw new Error('the splitter is gone')
    })
    for (const value of (await model.predict(rows)).data) expect(value).toBeCloseTo(0.5 + 0.6 + 0.8, 12)
    expect(model.report.failed).toEqual([{ id: 'gate', reason: 'the splitter is gone' }])
  })

  it('refuses where all parts fail, and rows that do not fit, and stops at an abort', async () => {
    const none = gated(['low', 'middle', 'high'].map((id) => part(id, 1 / 3, gone('no file'))))
    await expect(none.predict(rows)).rejects.toThrow('"learnwares" expected one that can predict these rows')
    const model = gated(sound)
    await expect(model.predict({ a: [1] })).rejects.toThrow('"rows" has no column "b"')
    expect(model.report.failed).toEqual([])
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(model.predict(rows, { signal })).rejects.toThrow('enough')
  })
})
