import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { uniforms } from '../../src/base/random.js'
import { squaredError } from '../../src/learnware/learner/learner.js'
import { weightedSum } from '../../src/reuse/outputs.js'
import { shrinkage, shrunkWeights } from '../../src/reuse/simplex.js'

const problem = (models: number, rows: number, width: number, seed: number) => {
  const random = uniforms(seed)
  const array = (): Float64Array => Float64Array.from({ length: rows * width }, () => 2 * random() - 1)
  const raw = Float64Array.from({ length: models }, () => random() + 0.01)
  const sum = raw.reduce((total, value) => total + value)
  return {
    columns: { rows, width, of: Array.from({ length: models }, array) },
    y: array(),
    prior: raw.map((value) => value / sum),
  }
}

const objective = (
  { columns, y, prior }: ReturnType<typeof problem>,
  w: ArrayLike<number>,
  strength: number,
  noise: number,
): number => {
  const { rows } = columns
  const distance = prior.reduce((sum, value, l) => sum + (w[l] - value) ** 2, 0)
  return squaredError({ data: weightedSum(columns, w) }, { rows, data: y }) + ((strength * noise) / rows) * distance
}

const cases = fc.tuple(
  fc.integer({ min: 2, max: 8 }),
  fc.integer({ min: 2, max: 20 }),
  fc.integer({ min: 1, max: 3 }),
  fc.nat(),
)

describe('shrunkWeights', () => {
  it('lie on the simplex and are not beaten by a step towards any vertex or the prior', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(0.1, 3, shrinkage, 1000), ([models, rows, width, seed], strength) => {
        // Models that fit the labels exactly leave no level of noise for the weights to settle at.
        fc.pre(rows * width >= models)
        const case_ = problem(models, rows, width, seed)
        const w = shrunkWeights(case_.columns, case_.y, case_.prior, strength)
        expect(w.every((value) => value >= 0)).toBe(true)
        expect(w.reduce((sum, value) => sum + value)).toBeCloseTo(1, 9)
        const noise = squaredError({ data: weightedSum(case_.columns, w) }, { rows, data: case_.y })
        const least = objective(case_, w, strength, noise)
        for (let l = 0; l <= models; l++) {
          const towards = l === models ? case_.prior : Float64Array.from(w, (_, j) => (j === l ? 1 : 0))
          for (const step of [1e-3, 0.1, 1]) {
            const moved = w.map((value, j) => value + step * (towards[j] - value))
            expect(objective(case_, moved, strength, noise)).toBeGreaterThanOrEqual(least * (1 - 1e-4))
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('reach the prior as the strength grows, and are the prior at Infinity', () => {
    const { columns, y, prior } = problem(5, 12, 1, 3)
    expect([...shrunkWeights(columns, y, prior, Infinity)]).toEqual([...prior])
    const far = [1, 1e2, 1e4, 1e6, 1e9].map((strength) =>
      Math.sqrt(shrunkWeights(columns, y, prior, strength).reduce((sum, w, l) => sum + (w - prior[l]) ** 2, 0)),
    )
    for (let i = 1; i < far.length; i++) expect(far[i]).toBeLessThanOrEqual(far[i - 1] + 1e-12)
    expect(far[4]).toBeLessThan(1e-7)
  })

  it('do not depend on the scale of y, nor on the order of models or of classes', () => {
    const { columns, y, prior } = problem(4, 15, 3, 8)
    const w = shrunkWeights(columns, y, prior)
    const scaled = shrunkWeights(
      { ...columns, of: columns.of.map((f) => f.map((v) => 1000 * v)) },
      y.map((v) => 1000 * v),
      prior,
    )
    const turned = shrunkWeights({ ...columns, of: [...columns.of].reverse() }, y, [...prior].reverse())
    const swap = (data: Float64Array): Float64Array => data.map((_, i) => data[i - (i % 3) + (2 - (i % 3))])
    const classes = shrunkWeights({ ...columns, of: columns.of.map(swap) }, swap(y), prior)
    w.forEach((value, l) => {
      expect(scaled[l]).toBeCloseTo(value, 9)
      expect(turned[3 - l]).toBeCloseTo(value, 9)
      expect(classes[l]).toBeCloseTo(value, 9)
    })
  })

  it('leave a prior that is far off, once there are rows enough', () => {
    const { columns, y } = problem(3, 200, 1, 11)
    const good = y.map((value, i) => value + 0.1 * columns.of[1][i])
    const bad = columns.of[0].map((value) => 100 * value)
    const w = shrunkWeights({ ...columns, of: [bad, bad.map((value) => -value + 50), good] }, y, [0.5, 0.4, 0.1])
    expect(w[2]).toBeGreaterThan(0.999)
  })

  it('find the truth among models once there are rows enough, and keep the prior where it is exact', () => {
    const { columns, prior } = problem(4, 2000, 1, 5)
    const truth = [0.6, 0, 0.4, 0]
    const random = uniforms(1)
    const y = weightedSum(columns, truth).map((value) => value + 0.1 * (random() - 0.5))
    shrunkWeights(columns, y, prior).forEach((value, l) => expect(Math.abs(value - truth[l])).toBeLessThan(0.03))
    expect([...shrunkWeights(columns, weightedSum(columns, prior), prior)]).toEqual([...prior])
  })
})
