import { describe, expect, test } from 'vitest'
import { type Matrix, matrix } from '../../../src/base/matrix.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import type { Constraint } from '../../../src/qp/quadratic.js'
import { fitWeights, type Moments, project, ridgeWeights } from '../../../src/rkme/solver/projection.js'
import { data3, gauss, gramReference, kernelValue, rowsOf } from '../../reference.js'

const moments = (x: number[][], z: number[][], gamma: number): Moments => {
  const d = x[0].length
  const correlations = new Float64Array(z.length)
  const vectors = new Float64Array(z.length * d)
  for (let j = 0; j < z.length; j++) {
    for (const row of x) {
      const k = kernelValue(row, z[j], gamma) / x.length
      correlations[j] += k
      for (let c = 0; c < d; c++) vectors[j * d + c] += k * row[c]
    }
  }
  return { correlations, vectors }
}

const asMatrix = (rows: number[][]): Matrix => matrix(Float64Array.from(rows.flat()), rows.length, rows[0].length)

describe('variable projection', () => {
  test.each(['cone', 'simplex', 'free'] as const)('its gradient agrees with finite differences (%s)', (constraint) => {
    // Points within a kernel width of each other, so that their interaction counts.
    for (const [x, z, gamma] of [
      [data3(200, 1), gauss([0.5, 0.5], 6, 2), 0.5],
      [gauss([0, 0, 0, 0, 0], 150, 3), gauss([0.1, 0, 0, 0, 0], 5, 4), 0.2],
    ] as [number[][], number[][], number][]) {
      const objective = (points: number[][]): number =>
        project(asMatrix(points), moments(x, points, gamma), gaussian(gamma), constraint).objective
      const { gradient, weights } = project(asMatrix(z), moments(x, z, gamma), gaussian(gamma), constraint)
      expect(weights.filter((weight) => weight !== 0).length).toBeGreaterThan(2)
      const scale = Math.max(...gradient.map(Math.abs))
      const h = 1e-4
      z.forEach((point, j) => {
        point.forEach((value, k) => {
          const at = (step: number): number =>
            objective(z.map((row, i) => (i === j ? row.map((v, c) => (c === k ? value + step : v)) : row)))
          const numeric = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
          expect(Math.abs(numeric - gradient[j * point.length + k]) / scale).toBeLessThan(1e-6)
        })
      })
    }
  })

  test('its weights are the best under the constraint', () => {
    const x = data3(300, 5)
    const z = data3(8, 6)
    const K = gramReference(z, z, 0.5)
    const { correlations } = moments(x, z, 0.5)
    const value = (w: ArrayLike<number>): number => {
      let sum = 0
      for (let i = 0; i < 8; i++) {
        sum -= 2 * w[i] * correlations[i]
        for (let j = 0; j < 8; j++) sum += w[i] * w[j] * K[i][j]
      }
      return sum
    }
    const best: Partial<Record<Constraint, number>> = {}
    for (const constraint of ['cone', 'simplex', 'free'] as const) {
      const { weights, objective, gradient } = fitWeights(asMatrix(z), correlations, gaussian(0.5), constraint)
      expect(gradient.length).toBe(0)
      expect(objective).toBeCloseTo(value(weights), 13)
      best[constraint] = objective
      if (constraint !== 'free') expect(Math.min(...weights)).toBeGreaterThanOrEqual(0)
      if (constraint === 'simplex') expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
      // No exchange of a little weight lowers the objective.
      for (let i = 0; i < 8; i++) {
        for (let j = 0; j < 8; j++) {
          if (i === j || (constraint !== 'free' && weights[j] < 1e-6)) continue
          const moved = weights.slice()
          moved[i] += 1e-6
          moved[j] -= 1e-6
          expect(value(moved)).toBeGreaterThan(objective - 1e-12)
        }
      }
    }
    expect(best.free).toBeLessThanOrEqual(best.cone as number)
    expect(best.cone).toBeLessThanOrEqual(best.simplex as number)
  })

  test('ridge weights solve (K + ridge)α = c', () => {
    const z = data3(20, 7)
    const { correlations } = moments(data3(200, 8), z, 0.5)
    const alpha = ridgeWeights(asMatrix(z), correlations, gaussian(0.5), 1e-6)
    const K = gramReference(z, z, 0.5)
    for (let i = 0; i < 20; i++) {
      const left = K[i].reduce((sum, k, j) => sum + k * alpha[j], 1e-6 * alpha[i])
      expect(Math.abs(left - correlations[i])).toBeLessThan(1e-10)
    }
    expect(rowsOf(asMatrix(z))).toEqual(z)
  })
})
