import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { average, boost } from '../../../src/reuse/index.js'
import { moreBoost } from '../../../src/reuse/route/more-boost.js'
import { rightAt } from '../../../src/reuse/route/usefulness.js'
import { embeddingAt, learnwareAt, requirementAt, rowsAt } from '../simulated.js'

const signs = (...rows: number[][]) => rows.map((row) => Int8Array.from(row))
const levels = (...rows: number[][]) => rows.map((row) => Float64Array.from(row))

describe('moreBoost', () => {
  it('picks what serves the most, then what serves the rows left over', () => {
    const { alphas, picks, bound } = moreBoost(
      levels([0.5, 0.5, 0.5, -1, -1], [0.5, 0.5, -1, -1, -1], [-1, -1, -1, 0.5, 0.5]),
      2,
    )
    expect(picks).toEqual([0, 2])
    // p = ¾ where asked: W₊ / W₋ = 3, W₀ = 2/5.
    expect(alphas[0]).toBeCloseTo(0.5 * Math.log(3), 12)
    const first = 2 / 5 + 2 * Math.sqrt(0.45 * 0.15)
    // Asked rows keep (¾/√3 + ¼√3) = √3/2 of their weight.
    const sum = 0.6 * (Math.sqrt(3) / 2) + 0.4
    const [right, wrong] = [(0.4 * 0.75) / sum, (0.4 * 0.25) / sum]
    expect(alphas[2]).toBeCloseTo(0.5 * Math.log(right / wrong), 12)
    const second = (0.6 * (Math.sqrt(3) / 2)) / sum + 2 * Math.sqrt(right * wrong)
    expect(bound).toBeCloseTo(first * second, 12)
    expect(alphas[1]).toBe(0)
  })

  it('finds all where each serves a part of its own', () => {
    const parts = Array.from({ length: 4 }, (_, l) => Array.from({ length: 20 }, (_, i) => (i % 4 === l ? 0.9 : -1)))
    expect(new Set(moreBoost(levels(...parts), 8).picks)).toEqual(new Set([0, 1, 2, 3]))
  })

  it('picks nobody where nobody serves, and first of all who serves all', () => {
    expect(moreBoost(levels([-1, -0.1], [0, 0]), 5)).toEqual({ alphas: new Float64Array(2), picks: [], bound: 1 })
    expect(moreBoost(levels([1, 1, 1, -1], [1, 1, 1, 1]), 1).picks).toEqual([1])
  })

  it('leaves no more rows unserved or served wrongly than its bound says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 30 }), fc.nat(), (models, rows, seed) => {
        const { a } = rowsAt(models * rows, seed)
        const u = levels(
          ...Array.from({ length: models }, (_, l) => [...a.slice(l * rows, (l + 1) * rows)].map((v) => v / 2)),
        )
        const { alphas, bound } = moreBoost(u, 10)
        // Each is right or wrong by chance: the mean over all ways of Σ α s ≤ 0, s = ±1 where asked.
        const asked = (i: number) => [...alphas.keys()].filter((l) => alphas[l] > 0 && u[l][i] >= 0)
        let missed = 0
        for (let i = 0; i < rows; i++) {
          const speaking = asked(i)
          for (let way = 0; way < 2 ** speaking.length; way++) {
            let [vote, chance] = [0, 1]
            speaking.forEach((l, at) => {
              const isRight = (way >> at) & 1
              vote += isRight ? alphas[l] : -alphas[l]
              chance *= 0.5 * (isRight ? 1 + u[l][i] : 1 - u[l][i])
            })
            if (vote <= 0) missed += chance / rows
          }
        }
        expect(missed).toBeLessThanOrEqual(bound + 1e-12)
      }),
      { numRuns: 50 },
    )
  })
})

describe('rightAt', () => {
  it('is the likeliest class for classes, and no worse than the middle for reals', () => {
    const of = [Float64Array.of(0.6, 0.4, 0.2, 0.8), Float64Array.of(0.1, 0.9, 0.3, 0.7)]
    const classes = { kind: 'probabilities', classes: ['a', 'b'] } as const
    const truth = Float64Array.of(1, 0, 0, 1)
    expect(rightAt({ rows: 2, width: 2, of }, truth, classes)).toEqual(signs([1, 1], [-1, 1]))
    const reals = [Float64Array.of(1, 5), Float64Array.of(2, 2), Float64Array.of(9, 3)]
    expect(rightAt({ rows: 2, width: 1, of: reals }, Float64Array.of(1, 2), { kind: 'real' })).toEqual(
      signs([1, -1], [1, 1], [-1, 1]),
    )
  })
})

/** Each side of a = 0 has a learnware that is right there and wrong on the other. */
const sides = [
  learnwareAt('left', [-3, 0], (x) => [x[0] < 0 ? 1 : 50]),
  learnwareAt('right', [3, 0], (x) => [x[0] < 0 ? -50 : 2]),
]
const [left, right] = sides.map(({ specification }) => specification.embedding)
const requirement = {
  ...requirementAt(0, 0),
  embedding: {
    ...left,
    points: { rows: 4, columns: 2, data: Float64Array.of(...left.points.data, ...right.points.data) },
    weights: Float64Array.of(0.25, 0.25, 0.25, 0.25),
  },
}
const two = (count: number, seed: number) => {
  const [l, r] = [rowsAt(count, seed, -3), rowsAt(count, seed + 1, 3)]
  return { a: Float64Array.of(...l.a, ...r.a), b: Float64Array.of(...l.b, ...r.b) }
}
const lossOf = (data: ArrayLike<number>, rows: { a: Float64Array }) =>
  rows.a.reduce((sum, a, i) => sum + (data[i] - (a < 0 ? 1 : 2)) ** 2, 0) / rows.a.length

describe('boost', () => {
  it('asks each learnware where it has been, without labels', async () => {
    const rows = two(60, 1)
    const model = await boost(sides, requirement, { rows: { a: rows.a.slice(0, 100), b: rows.b.slice(0, 100) } })
    const fresh = two(40, 5)
    const { data } = await model.predict(fresh)
    expect(lossOf(data, fresh)).toBeLessThan(0.01)
    expect(lossOf((await average(sides, requirement).predict(fresh)).data, fresh)).toBeGreaterThan(100)
    expect(model.report.method).toBe('boost')
    expect(model.report.used.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12)
    expect(model.report.reason).toMatch(/rounds of boosting/)
  })

  it('learns from labels who is right where, also against the densities', async () => {
    const lying = sides.map((learnware, l) => ({ ...learnware, specification: sides[1 - l].specification }))
    const rows = two(60, 1)
    const labels = Array.from(rows.a, (a) => (a < 0 ? 1 : 2))
    const fresh = two(40, 5)
    const blind = await boost(lying, requirement, { rows })
    const told = await boost(lying, requirement, { labelled: { rows, labels } })
    const [before, after] = [await blind.predict(fresh), await told.predict(fresh)]
    expect(lossOf(before.data, fresh)).toBeGreaterThan(1000)
    expect(lossOf(after.data, fresh)).toBeLessThan(20)
    expect(told.report.losses?.loss).toBeLessThan(20)
    expect(told.report.candidates[0]).toMatchObject({ method: 'boost', weight: 1 })
    expect(told.report.labelled).toBe(120)
  })

  it('asks for labels where the margin is least', async () => {
    const rows = two(50, 3)
    const model = await boost(sides, requirement, { rows: { a: rows.a.slice(0, 90), b: rows.b.slice(0, 90) } })
    const margin = model.margins(rows)
    const asked = model.toLabel(rows, 7)
    expect(asked).toHaveLength(7)
    const least = [...margin].map(Math.abs).sort((p, q) => p - q)
    expect(Array.from(asked, (i) => Math.abs(margin[i]))).toEqual(least.slice(0, 7))
    expect(new Set(asked).size).toBe(7)
    expect(() => model.toLabel(rows, 0)).toThrow('"count" expected a whole number of at least 1, got 0')
  })

  it('keeps the data-free weights where nobody serves a row', async () => {
    const elsewhere = { ...requirementAt(0, 0), embedding: embeddingAt(0, 0) }
    const strangers = [learnwareAt('p', [9, 0], () => [1]), learnwareAt('q', [0, 9], () => [3])]
    const rows = rowsAt(30, 2)
    const model = await boost(strangers, elsewhere, { rows, weighting: 'uniform' })
    expect((await model.predict(rows)).data[0]).toBeCloseTo(2, 12)
    expect(model.report.reason).toMatch(/no learnware serves these rows/)
    expect([...model.margins(rows)].every((value) => value < -0.9)).toBe(true)
  })

  it('goes on without a learnware that fails', async () => {
    const broken = learnwareAt('broken', [3, 0], (x) => {
      if (x[0] > 100) throw new Error('gone')
      return [2]
    })
    const rows = two(60, 1)
    const model = await boost([...sides, broken], requirement, { rows, rounds: 5 })
    const { data } = await model.predict({ a: [101, -3], b: [0, 0] })
    expect(data.every(Number.isFinite)).toBe(true)
  })

  it('refuses to boost on no rows', async () => {
    await expect(boost(sides, requirement)).rejects.toThrow(
      '"rows" expected your rows, to see which learnware serves which of them, got none',
    )
    await expect(boost(sides, requirement, { rows: [] })).rejects.toThrow('"rows"')
    await expect(boost(sides, requirement, { rows: rowsAt(3, 1), round: 2 } as never)).rejects.toThrow(
      /no option "round"/,
    )
  })
})
