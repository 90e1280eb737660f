import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { prune } from '../../../src/reuse/index.js'
import { subsets } from '../../../src/reuse/weigh/subset.js'
import { normals } from '../../../src/wasm/scalar.js'
import { learnwareAt, noise, requirementAt, rowsAt } from '../simulated.js'

const outputsOf = (models: number, rows: number, seed: number) => ({
  rows,
  width: 1,
  of: Array.from({ length: models }, (_, l) => normals(seed + l, rows)),
})
const errorOf = (of: readonly Float64Array[], weights: ArrayLike<number>, y: Float64Array) =>
  y.reduce((sum, value, i) => sum + (value - of.reduce((s, f, l) => s + weights[l] * f[i], 0)) ** 2, 0)

describe('subsets, oracle', () => {
  it('of each size is the best of all that there are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(1e6),
        (models, rows, seed) => {
          const outputs = outputsOf(models, rows, seed)
          const y = normals(seed + 99, rows)
          subsets(outputs, y).forEach((weights, k) => {
            expect(weights.filter((w) => w > 0)).toHaveLength(k + 1)
            const error = errorOf(outputs.of, weights, y)
            for (let mask = 1; mask < 2 ** models; mask++) {
              const members = [...outputs.of.keys()].filter((l) => (mask >> l) & 1)
              if (members.length !== k + 1) continue
              const mean = Float64Array.from(outputs.of, (_, l) => (members.includes(l) ? 1 / (k + 1) : 0))
              expect(error).toBeLessThanOrEqual(errorOf(outputs.of, mean, y) + 1e-9)
            }
          })
        },
      ),
      { numRuns: 30 },
    )
  })

  it('of many grow by the member that helps the most, again and again', () => {
    const outputs = outputsOf(15, 30, 5)
    const y = normals(77, 30)
    const path = subsets(outputs, y)
    let counts = new Float64Array(15)
    path.forEach((weights, step) => {
      const next = weights.map((w) => Math.round(w * (step + 1)))
      const added = next.findIndex((count, l) => count !== counts[l])
      const grown = (l: number) => counts.map((count, j) => (count + (j === l ? 1 : 0)) / (step + 1))
      const error = errorOf(outputs.of, grown(added), y)
      for (let l = 0; l < 15; l++) expect(error).toBeLessThanOrEqual(errorOf(outputs.of, grown(l), y) + 1e-9)
      counts = next
    })
  })
})

describe('prune', () => {
  it('keeps those that are right together, few or many candidates', async () => {
    const truth = (x: ArrayLike<number>) => x[0] - x[1]
    const good = [0, 1].map((k) =>
      learnwareAt(`good${k}`, [3 + k, 0], (x) => [truth(x) + (k === 0 ? 1 : -1) * Math.cos(3 * x[0])]),
    )
    const rows = rowsAt(120, 6)
    const draw = noise(6)
    const labels = Array.from(rows.a, (a, i) => a - rows.b[i] + 0.05 * draw())
    for (const count of [5, 30]) {
      const bad = Array.from({ length: count }, (_, i) => learnwareAt(`bad${i}`, [0.1 * i, 0], (x) => [i - 2 * x[1]]))
      const model = await prune([...bad, ...good], requirementAt(0, 0), { labelled: { rows, labels } })
      expect(
        model.report.used
          .map(({ id }) => id)
          .sort()
          .slice(-2),
      ).toEqual(['good0', 'good1'])
      expect(model.report.used.length).toBeLessThan(5)
      expect(model.report.losses?.loss).toBeLessThan(0.02)
      expect(model.report.candidates.filter(({ weight }) => weight === 1)).toHaveLength(1)
    }
  })
})
