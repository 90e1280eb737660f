import { describe, expect, test } from 'vitest'
import { matrix } from '../../../src/base/matrix.js'
import { bestOf } from '../../../src/search/anchor/best-of.js'
import { beliefOf, condition, drawn } from '../../../src/search/anchor/gaussian-process.js'
import { expectedImprovement, normalCumulative, normalDensity } from '../../../src/search/anchor/improvement.js'
import { conditionAll, nextProbes } from '../../../src/search/anchor/probing.js'
import { taskShares } from '../../../src/search/task/task-shares.js'
import { core } from '../../../src/wasm/instance.js'
import { normals } from '../../../src/wasm/scalar.js'

/** Solves a small system by Gauss–Jordan with pivots. */
const solve = (A: number[][], b: number[]): number[] => {
  const M = A.map((row, i) => [...row, b[i]])
  const n = b.length
  for (let c = 0; c < n; c++) {
    const p = M.reduce((best, row, r) => (r >= c && Math.abs(row[c]) > Math.abs(M[best][c]) ? r : best), c)
    ;[M[c], M[p]] = [M[p], M[c]]
    for (let r = 0; r < n; r++) {
      if (r === c) continue
      const f = M[r][c] / M[c][c]
      for (let k = c; k <= n; k++) M[r][k] -= f * M[c][k]
    }
  }
  return M.map((row, i) => row[n] / row[i])
}

const drawings = matrix(
  normals(3, 12 * 30).map((value, at) => value + Math.floor(at / 30) / 4),
  12,
  30,
)

describe('shares of tasks', () => {
  test('are exp(−excess/unit) of distances that anchors spanning the user give exactly', () => {
    // Embeddings as plain vectors, the user in the plane of the two anchors.
    const user = [0.5, 0.2, 0]
    const tasks = [
      [0.5, 0.2, 0],
      [0.4, 0.3, 0.1],
      [0, 0.7, 0],
      [0.7, 0, 0.3],
      [-0.5, 0.1, 0.2],
    ]
    const anchors = [tasks[0].map((value) => 1000 * value), [0, 1000, 0]]
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0)
    const shares = taskShares(
      anchors.map((anchor) => dot(user, anchor)),
      Float64Array.from(anchors.flatMap((a) => anchors.map((b) => dot(a, b)))),
      anchors.map((anchor) => tasks.map((task) => dot(anchor, task))),
      tasks.map((task) => dot(task, task)),
    )
    const squared = tasks.map((task) => dot(task, task) - 2 * dot(user, task) + dot(user, user))
    const unit = [...squared].sort((a, b) => a - b)[2] / 2
    const expected = squared.map((value) => Math.exp(-value / unit))
    const sum = expected.reduce((a, b) => a + b)
    shares.forEach((share, p) => {
      expect(share).toBeCloseTo(expected[p] / sum, 6)
    })
    expect(taskShares([1], Float64Array.of(1), [[1, 1]], [1, 1])).toEqual(Float64Array.of(0.5, 0.5))
  })
})

describe('the belief', () => {
  test('is the mean and covariance of the drawings', () => {
    const { mean, deviations, level } = beliefOf(drawings)
    let squares = 0
    for (let i = 0; i < 12; i++) {
      const row = Array.from(drawings.data.subarray(i * 30, (i + 1) * 30))
      const m = row.reduce((a, b) => a + b) / 30
      expect(mean[i]).toBeCloseTo(m, 13)
      row.forEach((value, p) => {
        expect(deviations.data[i * 30 + p]).toBeCloseTo(value - m, 13)
        squares += (value - m) ** 2
      })
    }
    expect(level).toBeCloseTo(squares / 360, 13)
  })

  test('with shares is that of drawings seen so often', () => {
    const often = [3, 0, 1, 2]
    const some = matrix(normals(4, 5 * 4), 5, 4)
    const repeated = matrix(
      Float64Array.from(
        [0, 1, 2, 3, 4].flatMap((i) => often.flatMap((count, p) => new Array(count).fill(some.data[4 * i + p]))),
      ),
      5,
      6,
    )
    const expected = beliefOf(repeated)
    const belief = beliefOf(
      some,
      often.map((count) => count / 6),
    )
    expect(belief.level).toBeCloseTo(expected.level, 12)
    const seen = [
      [1, 4],
      [0.5, -1],
      [0.1, 0.2],
    ] as const
    const one = condition(belief, ...seen)
    const other = condition(expected, ...seen)
    one.mean.forEach((value, i) => {
      expect(value).toBeCloseTo(other.mean[i], 10)
      expect(one.spread[i]).toBeCloseTo(other.spread[i], 10)
    })
    expect(() => beliefOf(some, [1, 2])).toThrow(/"shares" expected length 4, got 2/)
  })

  test('given what was seen is the textbook conditional', () => {
    const belief = beliefOf(drawings)
    const at = [2, 7, 2, 11]
    const values = [1, -1, 0.5, 2]
    const noise = [0.3, 0.1, 0.2, 0.5]
    const X = belief.deviations.data
    const K = (i: number, j: number): number => {
      let sum = 0
      for (let p = 0; p < 30; p++) sum += X[i * 30 + p] * X[j * 30 + p]
      return sum / 30 + belief.level
    }
    const inner = at.map((a, r) => at.map((b, c) => K(a, b) + (r === c ? noise[r] : 0)))
    const { mean, spread } = condition(belief, at, values, noise)
    for (let i = 0; i < 12; i++) {
      const cross = at.map((a) => K(a, i))
      const alpha = solve(
        inner,
        values.map((value, r) => value - belief.mean[at[r]]),
      )
      const beta = solve(inner, cross)
      expect(mean[i]).toBeCloseTo(belief.mean[i] + cross.reduce((sum, value, r) => sum + value * alpha[r], 0), 8)
      const variance = K(i, i) - cross.reduce((sum, value, r) => sum + value * beta[r], 0)
      expect(spread[i]).toBeCloseTo(Math.sqrt(variance), 8)
    }
  })

  test('without anything seen is itself; seen twice without noise it holds', () => {
    const belief = beliefOf(drawings)
    const mark = core().mark()
    expect(condition(belief, [], [], []).mean).toEqual(belief.mean)
    const twice = condition(belief, [3, 3], [1.5, 1.5], [0, 0])
    expect(twice.mean[3]).toBeCloseTo(1.5, 6)
    expect(twice.spread[3]).toBeLessThan(1e-3)
    const flat = beliefOf(matrix(new Float64Array(4), 2, 2))
    expect(Array.from(condition(flat, [0], [5], [0]).mean)).toEqual([0, 0])
    expect(() => condition(belief, [1], [1, 2], [0])).toThrow(/"values" expected length 1, got 2/)
    expect(core().mark()).toBe(mark)
  })
})

describe('the normal distribution', () => {
  test.each([
    [0, 0.5],
    [1, 0.8413447460685429],
    [-1, 0.15865525393145705],
    [1.959963984540054, 0.975],
    [-2.999, 0.001354324],
    [-3.0001, 0.00134945],
    [-5, 2.866515718791939e-7],
    [-10, 7.619853024160527e-24],
    [-20, 2.7536241186062337e-89],
    [-40, 0],
    [40, 1],
  ])('Φ(%d)', (z, expected) => {
    const tolerance = Math.abs(z) === 2.999 || z === -3.0001 ? 1e-4 : 1e-13
    expect(Math.abs(normalCumulative(z) - expected)).toBeLessThanOrEqual(tolerance * expected)
  })

  test('is symmetric, continuous where its two forms meet, and its density is its slope', () => {
    for (const z of [0.1, 1.7, 2.9999999, 3.0000001, 6]) {
      expect(normalCumulative(z) + normalCumulative(-z)).toBeCloseTo(1, 15)
      const slope = (normalCumulative(z + 1e-5) - normalCumulative(z - 1e-5)) / 2e-5
      expect(slope).toBeCloseTo(normalDensity(z), 8)
    }
    expect(Math.abs(normalCumulative(-3 + 1e-15) / normalCumulative(-3) - 1)).toBeLessThan(1e-12)
    expect(normalCumulative(Number.NaN)).toBeNaN()
  })
})

describe('expected improvement', () => {
  test('is the integral of what lies below the best', () => {
    for (const [mean, spread, best] of [
      [1, 0.5, 0.8],
      [0, 2, 3],
      [4, 0.3, 1],
    ]) {
      let sum = 0
      const steps = 40000
      for (let s = 0; s < steps; s++) {
        const z = -10 + (20 * (s + 0.5)) / steps
        sum += (Math.max(0, best - mean - spread * z) * Math.exp((-z * z) / 2) * 20) / steps / Math.sqrt(2 * Math.PI)
      }
      expect(Math.abs(expectedImprovement(mean, spread, best) - sum)).toBeLessThan(1e-6)
    }
    expect(expectedImprovement(1, 0, 3)).toBe(2)
    expect(expectedImprovement(3, 0, 1)).toBe(0)
  })

  test('asks where the least loss may lie, and stops where nothing is to be gained', () => {
    // Two groups of places: what is seen of one tells nothing of the other.
    const X = matrix(
      Float64Array.from({ length: 36 }, (_, at) => ((at % 6) >> 1 === Math.floor(at / 12) ? (at % 2 ? 1 : -1) : 0)),
      6,
      6,
    )
    const belief = { mean: new Float64Array(6).fill(1), deviations: X, level: 0 }
    const aspect = { share: 1, belief, values: [1.5], noise: [1e-6] }
    const { next, improvement } = nextProbes([aspect], [0], 2)
    expect(next).toHaveLength(2)
    expect(next).not.toContain(0)
    expect(next).not.toContain(1)
    expect(improvement).toBeGreaterThan(0)
    const sure = { ...belief, deviations: matrix(new Float64Array(36), 6, 6) }
    expect(nextProbes([{ ...aspect, belief: sure }], [0], 2)).toEqual({ next: [], improvement: 0 })
  })

  test('adds aspects by their shares', () => {
    const belief = beliefOf(drawings)
    const one = { share: 0.25, belief, values: [1], noise: [0.1] }
    const two = { share: 0.75, belief, values: [2], noise: [0.2] }
    const both = conditionAll([one, two], [4])
    const a = condition(belief, [4], [1], [0.1])
    const b = condition(belief, [4], [2], [0.2])
    both.mean.forEach((value, i) => {
      expect(value).toBeCloseTo(0.25 * a.mean[i] + 0.75 * b.mean[i], 13)
      expect(both.spread[i]).toBeCloseTo(Math.hypot(0.25 * a.spread[i], 0.75 * b.spread[i]), 13)
    })
  })
})

describe('drawings after some numbers were seen', () => {
  const belief = beliefOf(drawings)
  const at = [1, 5, 9]
  const values = [0.4, 1.8, 1]
  const noise = [0.2, 0.1, 0.3]
  const count = 20000
  const { rows, data } = drawn(belief, at, values, noise, { count, seed: 5 })
  const of = (i: number) => data.subarray(i * count, (i + 1) * count)
  const average = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length

  test('have the mean and the covariance of the process', () => {
    expect(rows).toBe(12)
    const { mean, spread } = condition(belief, at, values, noise)
    const covariance = (i: number, j: number): number => {
      let sum = belief.level
      for (let p = 0; p < 30; p++) sum += (belief.deviations.data[i * 30 + p] * belief.deviations.data[j * 30 + p]) / 30
      return sum
    }
    const inner = at.map((a, k) => at.map((b, l) => covariance(a, b) + (k === l ? noise[k] : 0)))
    for (let i = 0; i < 12; i++) {
      expect(average(of(i))).toBeCloseTo(mean[i], 1)
      for (let j = 0; j <= i; j++) {
        const solved = solve(
          inner,
          at.map((a) => covariance(a, j)),
        )
        const expected = covariance(i, j) - at.reduce((sum, a, k) => sum + covariance(i, a) * solved[k], 0)
        const together = average(of(i).map((value, s) => (value - mean[i]) * (of(j)[s] - mean[j])))
        expect(Math.abs(together - expected)).toBeLessThan((5 * 1.5 * spread[i] * spread[j]) / Math.sqrt(count))
      }
    }
  })

  test('are the same again, and those of the belief where nothing was seen', () => {
    expect(drawn(belief, at, values, noise, { count: 50, seed: 5 })).toEqual(
      drawn(belief, at, values, noise, { count: 50, seed: 5 }),
    )
    const free = drawn(belief, [], [], [], { count, seed: 2 })
    const variance = average(free.data.subarray(0, count).map((value) => (value - belief.mean[0]) ** 2))
    expect(variance / condition(belief, [], [], []).spread[0] ** 2).toBeCloseTo(1, 1)
  })
})

describe('the best of a few', () => {
  // Places 0 to 3 are one number four times over, place 4 is a little worse by its mean and independent of it.
  const alike = Float64Array.from({ length: 40 }, (_, p) => ((p * 7) % 11) - 5)
  const other = Float64Array.from({ length: 40 }, (_, p) => ((p * 5) % 13) - 6)
  const twice = matrix(
    Float64Array.from({ length: 5 * 40 }, (_, at) => (at < 160 ? alike[at % 40] : other[at % 40] + 0.5)),
    5,
    40,
  )
  const aspects = [{ share: 1, belief: beliefOf(twice), values: [], noise: [] }]

  test('is not all alike where others may be better', () => {
    const { mean } = condition(aspects[0].belief, [], [], [])
    expect(bestOf(aspects, [], mean, 2)).toEqual([0, 4])
    expect(bestOf(aspects, [], mean, 9)).toHaveLength(5)
  })

  test('goes by the mean where all is certain, ties by place', () => {
    const none = { mean: Float64Array.of(3, 1, 2, 1), deviations: matrix(new Float64Array(4), 4, 1), level: 0 }
    const known = [{ share: 1, belief: none, values: [], noise: [] }]
    expect(bestOf(known, [], none.mean, 3)).toEqual([1, 3, 2])
  })
})
