import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { objectiveOf } from '../../../src/reuse/objective/added.js'
import {
  bestThreshold,
  breakEvenThreshold,
  decided,
  f1,
  orderedPairs,
  pinball,
} from '../../../src/reuse/objective/measures.js'
import {
  pairwiseHinge,
  type Risk,
  smoothPinball,
  softBreakEven,
  softF1,
  weightedLogistic,
} from '../../../src/reuse/objective/risks.js'
import { normals } from '../../../src/wasm/scalar.js'

const risks: Record<string, { risk: Risk; isReal?: boolean }> = {
  'pairwise hinge': { risk: pairwiseHinge },
  'soft F1': { risk: softF1 },
  'soft break-even': { risk: softBreakEven },
  'weighted logistic': { risk: weightedLogistic(5, 1) },
  pinball: { risk: smoothPinball(0.8), isReal: true },
}
const binary = (n: number, seed: number) => normals(seed, n).map((v, i) => (i === 0 || v > 0.6 ? 1 : 0))

describe.each(Object.entries(risks))('the gradient of %s', (_, { risk, isReal }) => {
  it('is that of finite differences, by scores and by parameters', () => {
    for (const seed of [1, 2, 3]) {
      const n = 25
      const scores = normals(seed, n)
      const y = isReal ? normals(seed + 50, n) : binary(n, seed + 50)
      const gradient = new Float64Array(n)
      risk(scores, y, gradient)
      const step = 1e-5
      for (let i = 0; i < n; i++) {
        const moved = (by: number) =>
          risk(
            scores.map((value, j) => (j === i ? value + by : value)),
            y,
            new Float64Array(n),
          )
        expect(gradient[i]).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 6)
      }
      const phi = { rows: n, columns: 3, data: normals(seed + 9, 3 * n) }
      const f = objectiveOf(phi, [normals(seed + 4, n), scores], y, risk, Float64Array.of(0.3, 0.7), 2)
      const theta = normals(seed + 7, 6)
      const slope = new Float64Array(6)
      f(theta, slope)
      for (let e = 0; e < 6; e++) {
        const moved = (by: number) =>
          f(
            theta.map((v, k) => (k === e ? v + by : v)),
            new Float64Array(6),
          )
        expect(slope[e]).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 5)
      }
    }
  })
})

describe('risks, oracle', () => {
  it('pairwise hinge is the sum over all pairs, ties included', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.boolean()), { minLength: 1, maxLength: 30 }),
        (rows) => {
          const scores = Float64Array.from(rows, ([s]) => s / 2)
          const y = Float64Array.from(rows, ([, isPositive]) => (isPositive ? 1 : 0))
          let [sum, pairs] = [0, 0]
          const expected = new Float64Array(rows.length)
          rows.forEach((_, i) => {
            rows.forEach((_, j) => {
              if (y[i] !== 1 || y[j] !== 0) return
              pairs++
              const loss = Math.max(0, 1 - scores[i] + scores[j])
              sum += loss * loss
              expected[i] -= 2 * loss
              expected[j] += 2 * loss
            })
          })
          const gradient = new Float64Array(rows.length)
          expect(pairwiseHinge(scores, y, gradient)).toBeCloseTo(pairs > 0 ? sum / pairs : 0, 9)
          gradient.forEach((value, i) => expect(value).toBeCloseTo(pairs > 0 ? expected[i] / pairs : 0, 9))
        },
      ),
    )
  })

  it('smooth pinball is at most its rounding above the pinball loss', () => {
    const [scores, y] = [normals(1, 200).map((v) => v / 20), new Float64Array(200)]
    for (const q of [0.1, 0.5, 0.95]) {
      const smooth = smoothPinball(q)(scores, y, new Float64Array(200))
      expect(smooth).toBeGreaterThanOrEqual(pinball({ scores, y }, q) - 1e-12)
      expect(smooth).toBeLessThan(pinball({ scores, y }, q) + 0.02)
    }
  })
})

describe('measures, oracle', () => {
  const cases = fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.boolean()), { minLength: 1, maxLength: 25 })
  const of = (rows: (readonly [number, boolean])[]) => ({
    scores: Float64Array.from(rows, ([s]) => s),
    y: Float64Array.from(rows, ([, isPositive]) => (isPositive ? 1 : 0)),
  })

  it('pairs in order are counted as by looking at each', () => {
    fc.assert(
      fc.property(cases, (rows) => {
        const { scores, y } = of(rows)
        let right = 0
        let pairs = 0
        for (let i = 0; i < y.length; i++) {
          for (let j = 0; j < y.length; j++) {
            if (y[i] !== 1 || y[j] !== 0) continue
            pairs++
            right += scores[i] > scores[j] ? 1 : scores[i] === scores[j] ? 0.5 : 0
          }
        }
        expect(orderedPairs({ scores, y })).toEqual({ right, pairs })
      }),
    )
  })

  it('the best threshold is not beaten by any other', () => {
    fc.assert(
      fc.property(cases, (rows) => {
        const scored = of(rows)
        for (const measure of [f1, (c: Parameters<typeof f1>[0]) => -3 * (c.positives - c.hits) - c.alarms]) {
          const best = measure(decided(scored, bestThreshold(scored, measure)))
          for (let t = -1.5; t < 10; t += 0.5) expect(measure(decided(scored, t))).toBeLessThanOrEqual(best)
        }
      }),
    )
  })

  it('at the break-even threshold as many are chosen as are positive, where scores differ', () => {
    const scores = normals(4, 40)
    const y = binary(40, 5)
    const { hits, alarms, positives } = decided({ scores, y }, breakEvenThreshold({ scores, y }))
    expect(hits + alarms).toBe(positives)
  })
})
