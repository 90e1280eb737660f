import { describe, expect, it } from 'vitest'
import { gaussian } from '../../../src/kernel/kernel.js'
import type { Learnware } from '../../../src/learnware/learnware.js'
import { divide } from '../../../src/reuse/divide/divide.js'
import { kernelSplit } from '../../../src/reuse/divide/split.js'
import { specify } from '../../../src/specification/specify/specify.js'
import { learnwareAt, noise, rowsAt, termsOf } from '../simulated.js'

const real = termsOf({ kind: 'real' })

/** Two clouds of rows, at (−4, 0) and (4, 0). */
const clouds = (each: number, seed: number) => {
  const [left, right] = [rowsAt(each, seed, -4), rowsAt(each, seed + 1, 4)]
  return { a: Float64Array.of(...left.a, ...right.a), b: Float64Array.of(...left.b, ...right.b) }
}
const truth = (a: number, b: number): number => (a < 0 ? b : 3 - b)

/** A learnware specified on rows around a place. */
const specifiedAt = (id: string, a: number, rule: (x: ArrayLike<number>) => number[]): Learnware => ({
  ...learnwareAt(id, [a, 0], rule),
  specification: specify(real, rowsAt(200, a + 50, a), { role: 'learnware', seed: 1 }),
})
const market = [specifiedAt('left', -4, (x) => [x[1]]), specifiedAt('right', 4, (x) => [3 - x[1]])]
const search = async () => market

describe('kernel k-means', () => {
  it('finds two clouds, and its clusters are those of the nearer mean', () => {
    const { a, b } = clouds(60, 3)
    const X = { rows: 120, columns: 2, data: Float64Array.from({ length: 240 }, (_, e) => (e % 2 ? b : a)[e >> 1]) }
    const { parts } = kernelSplit(X, gaussian(0.125), 5)
    expect(parts.map((part) => [...part]).sort((p, q) => p[0] - q[0])).toEqual([
      Array.from({ length: 60 }, (_, i) => i),
      Array.from({ length: 60 }, (_, i) => 60 + i),
    ])
  })
})

describe('divide', () => {
  it('cuts two clouds that two learnwares serve, without labels, and sends fresh rows to their part', async () => {
    const model = await divide(real, clouds(80, 7), { search })
    expect(model.division?.by).toBe('clusters of rows')
    expect(model.division?.parts.map(({ share }) => share)).toEqual([0.5, 0.5])
    expect(model.report.method).toBe('divide')
    const fresh = clouds(50, 31)
    const { data } = await model.predict(fresh)
    // The weights without labels leave the other learnware a few hundredths; undivided the mean square is about 6.
    const squares = Array.from(fresh.a, (a, i) => (data[i] - truth(a, fresh.b[i])) ** 2)
    expect(squares.reduce((sum, value) => sum + value, 0) / 100).toBeLessThan(0.05)
  })

  it('cuts by what one learnware says where labels show that another is right there', async () => {
    const output = { kind: 'probabilities', classes: ['no', 'yes'] } as const
    const terms = termsOf(output)
    const says = (yes: boolean) => (yes ? [0, 1] : [1, 0])
    const knowing = [
      learnwareAt('first', [0, 0], (x) => says(x[0] > 0), output),
      learnwareAt('second', [0, 0], (x) => says(x[1] > 0), output),
    ]
    const rows = rowsAt(300, 3)
    const both = (table: typeof rows) => Array.from(table.a, (a, i) => (a > 0 && table.b[i] > 0 ? 'yes' : 'no'))
    const few = { a: rows.a.slice(0, 100), b: rows.b.slice(0, 100) }
    const labelled = { rows: few, labels: both(few) }
    const model = await divide(terms, rows, { search: async () => knowing, labelled })
    expect(model.division?.by).toMatch(/^what (first|second) says$/)
    expect(model.report.candidates.map(({ method }) => method)).toContain('undivided')
    const fresh = rowsAt(400, 99)
    const { data } = await model.predict(fresh)
    const right = both(fresh).filter((label, i) => (data[2 * i + 1] > 0.5 ? 'yes' : 'no') === label)
    expect(right.length / 400).toBeGreaterThan(0.98)
  })

  it('leaves whole what one learnware serves, with labels and without', async () => {
    const rows = rowsAt(120, 5, -4)
    const draw = noise(4)
    const labelled = {
      rows: { a: rows.a.slice(0, 60), b: rows.b.slice(0, 60) },
      labels: Array.from(rows.b.slice(0, 60), (b) => b + 0.1 * draw()),
    }
    for (const given of [{}, { labelled }]) {
      const model = await divide(real, rows, { search, ...given })
      expect(model.division).toBeUndefined()
      expect(model.report.method).toBe('labelled' in given ? 'blend' : 'average')
    }
  })

  it('goes on without a learnware that fails, in the cutting and later, and says so', async () => {
    const output = { kind: 'probabilities', classes: ['no', 'yes'] } as const
    const terms = termsOf(output)
    const says = (yes: boolean) => (yes ? [0, 1] : [1, 0])
    let isGone = false
    const gone = (x: ArrayLike<number>) => {
      if (isGone) throw new Error('no file')
      return says(x[0] > 0)
    }
    const knowing = [
      learnwareAt('broken', [0, 0], () => [Number.NaN, 0], output),
      learnwareAt('first', [0, 0], gone, output),
      learnwareAt('second', [0, 0], (x) => says(x[1] > 0), output),
    ]
    const rows = rowsAt(200, 3)
    const labels = Array.from(rows.a, (a, i) => (a > 0 && rows.b[i] > 0 ? 'yes' : 'no'))
    const model = await divide(terms, rows, { search: async () => knowing, labelled: { rows, labels } })
    expect(model.division).toBeDefined()
    expect(model.report.failed).toEqual([{ id: 'broken', reason: 'learnware broken put out NaN for row 0' }])
    isGone = true
    const { data } = await model.predict({ a: [1, 1], b: [1, -1] })
    for (const i of [0, 2]) expect(data[i] + data[i + 1]).toBeCloseTo(1, 12)
    expect(model.report.failed.map(({ id }) => id)).toContain('first')
  })

  it('leaves out a cut that nobody serves, and a learnware that could not cut, and says so where the task stays whole', async () => {
    const rows = clouds(60, 7)
    const labels = Array.from(rows.a, (a, i) => truth(a, rows.b[i]) + 0.1 * Math.sin(i))
    let calls = 0
    // The whole finds a learnware that knows both clouds, and each part one that fails on any rows.
    const failing = {
      ...specifiedAt('broken', -4, () => [0]),
      model: learnwareAt('x', [0, 0], () => [Number.NaN]).model,
    }
    const both = specifiedAt('both', 0, (x) => [truth(x[0], x[1])])
    const model = await divide(real, rows, {
      search: async () => (calls++ === 0 ? [both, failing] : [failing]),
      labelled: { rows, labels },
    })
    expect(calls).toBeGreaterThan(1)
    expect(model.division).toBeUndefined()
    expect(model.report.failed).toEqual([{ id: 'broken', reason: expect.stringContaining('NaN') }])
    expect(model.report.used.map(({ id }) => id)).toEqual(['both'])
    const losses = model.report.candidates.map(({ loss }) => loss)
    expect(losses).toEqual([...losses].sort((a, b) => a - b))
  })

  it('does not cut by labels of one class, which tell nobody apart', async () => {
    const output = { kind: 'probabilities', classes: ['no', 'yes'] } as const
    const rows = rowsAt(60, 3)
    const only = [learnwareAt('only', [0, 0], (x) => (x[0] > 0 ? [0, 1] : [1, 0]), output)]
    const labelled = { rows, labels: Array(60).fill('yes') }
    const model = await divide(termsOf(output), rows, { search: async () => only, labelled })
    expect(model.division).toBeUndefined()
    expect(model.report.reason).toMatch(/of one class only/)
  })

  it('refuses what does not fit with a sentence, and stops at an abort', async () => {
    const rows = clouds(40, 1)
    await expect(divide(real, rows, { search: 1 as never })).rejects.toThrow('"search" expected a function')
    await expect(divide(real, rows, { search: async () => [] })).rejects.toThrow('search found nothing to reuse')
    await expect(divide(real, { a: [1], b: [2] }, { search })).rejects.toThrow('at least 30 rows')
    await expect(
      divide(real, rows, { search, labelled: { rows: { a: [1, 2], b: [1, 2] }, labels: [1] } }),
    ).rejects.toThrow('expected length')
    const abort = new AbortController()
    abort.abort(new Error('enough'))
    await expect(divide(real, rows, { search, signal: abort.signal })).rejects.toThrow('enough')
  })
})
