import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gaussian } from '../../src/kernel/kernel.js'
import { mmd } from '../../src/rkme/mmd.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { embeddingBound, instanceRisk, taskRisk } from '../../src/theory/bounds.js'
import { logarithm } from '../../src/theory/logarithm.js'
import { gauss } from '../reference.js'

const part = fc.double({ min: 1e-12, max: 1 - 1e-9, noNaN: true })
const rows = fc.integer({ min: 1, max: 1e6 })

describe('the logarithm', () => {
  test('agrees with that of the engine to its last digits, and is exact at powers of 2', () => {
    fc.assert(
      fc.property(fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true }), (x) => {
        expect(Math.abs(logarithm(x) - Math.log(x))).toBeLessThanOrEqual(1e-15 * Math.abs(Math.log(x)))
      }),
    )
    fc.assert(
      fc.property(part, (x) => {
        expect(Math.abs(logarithm(x) - Math.log(x))).toBeLessThanOrEqual(1e-15 * Math.abs(Math.log(x)))
      }),
    )
    for (const e of [-1074, -1, 0, 1, 1023]) expect(logarithm(2 ** e)).toBe(e * Math.LN2)
  })
})

describe('embeddingBound (Eq. 2)', () => {
  test('is its formula in both forms', () => {
    const paper = 2 * Math.sqrt(2 / 50) + Math.sqrt(1 / 2000) + Math.sqrt((2 * Math.log(1 / 0.05)) / 2000)
    expect(embeddingBound({ samples: 2000, size: 50 }, 0.05)).toEqual({
      bound: expect.closeTo(paper, 14),
      form: 'paper',
      vacuous: false,
    })
    expect(embeddingBound({ samples: 2000, size: 50, error: 0.005 }, 0.05)).toEqual({
      bound: expect.closeTo(paper - 0.4 + 0.005, 14),
      form: 'sharp',
      vacuous: false,
    })
    expect(embeddingBound({ samples: 2000, size: 50, error: 0.005 }, 0.05, { form: 'paper' }).bound).toBeCloseTo(paper)
    expect(embeddingBound({ samples: 2000, size: 50, error: Number.NaN }, 0.05).form).toBe('paper')
    expect(embeddingBound({ samples: 2000, size: 4 }, 0.05).vacuous).toBe(true)
  })

  test('falls with rows, points and δ', () => {
    fc.assert(
      fc.property(rows, rows, rows, part, part, (m, n, more, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        const at = (samples: number, size: number, delta: number) => embeddingBound({ samples, size }, delta).bound
        expect(at(m + more, n, low)).toBeLessThan(at(m, n, low))
        expect(at(m, n + more, low)).toBeLessThan(at(m, n, low))
        expect(at(m, n, high)).toBeLessThanOrEqual(at(m, n, low))
      }),
    )
  })

  test('holds for rows of a known population', () => {
    // Normal rows in the plane: Φ(x) = s·exp(−γs‖x‖²) with s = 1/(1 + 2γ), ‖Φ‖² = 1/(1 + 4γ).
    const gamma = 0.5
    const kernel = gaussian(gamma)
    let exceeded = 0
    for (let seed = 0; seed < 40; seed++) {
      const reduced = reduce(gauss([0, 0], 60, seed), { kernel, size: 8, iterations: 20 })
      const { points, weights } = reduced
      let squared = 1 / (1 + 4 * gamma) + mmd(reduced, { ...reduced, weights: weights.map(() => 0) }) ** 2
      weights.forEach((weight, j) => {
        const s = 1 / (1 + 2 * gamma)
        const norm = points.data[2 * j] ** 2 + points.data[2 * j + 1] ** 2
        squared -= 2 * weight * s * Math.exp(-gamma * s * norm)
      })
      if (Math.sqrt(squared) > embeddingBound(reduced, 0.5).bound) exceeded++
    }
    expect(exceeded).toBeLessThanOrEqual(20)
  })

  test('refuses what is no number of rows, no size, no error, no confidence', () => {
    expect(() => embeddingBound({ samples: 0, size: 4 }, 0.05)).toThrow('"reduced.samples" expected a whole number')
    expect(() => embeddingBound({ samples: 9 }, 0.05)).toThrow('"reduced.size" expected a whole number, got undefined')
    expect(() => embeddingBound({ samples: 9, error: -1 }, 0.05)).toThrow('"reduced.error" expected a finite number')
    expect(() => embeddingBound({ samples: 9, size: 4 }, 0.05, { form: 'sharp' })).toThrow('"reduced.error" expected')
    for (const delta of [0, 1, -1, Number.NaN]) {
      expect(() => embeddingBound({ samples: 9, size: 4 }, delta)).toThrow('"delta" expected a')
    }
    expect(() => embeddingBound({ samples: 9, size: 4 }, 0.1, { from: 'paper' } as object)).toThrow('no option "from"')
  })
})

describe('taskRisk (Eq. 6)', () => {
  const side = { samples: 2000, size: 50 }
  const reuse = { loss: 0.05, distance: 0.12, learnware: side, requirement: side }

  test('the paper’s form is vacuous where the sharp one says something', () => {
    expect(taskRisk(reuse, 0.05)).toEqual({ bound: expect.closeTo(1.13619, 5), form: 'paper', vacuous: true })
    const measured = { ...side, error: 0.005 }
    const sharp = taskRisk({ ...reuse, learnware: measured, requirement: measured }, 0.05)
    expect(sharp).toEqual({ bound: expect.closeTo(0.346194, 6), form: 'sharp', vacuous: false })
  })

  test('is ε where the norm is nearly 0, and grows by U times what the distance grows by', () => {
    expect(taskRisk(reuse, 0.05, { norm: 1e-12, largestLoss: 1 }).bound).toBeCloseTo(0.05, 9)
    const far = taskRisk({ ...reuse, distance: 0.22 }, 0.05, { norm: 3 }).bound
    expect(far - taskRisk(reuse, 0.05, { norm: 3 }).bound).toBeCloseTo(0.3, 12)
    expect(taskRisk(reuse, 0.05, { norm: 3, largestLoss: 9 }).vacuous).toBe(false)
  })

  test('takes both sides in one form', () => {
    expect(taskRisk({ ...reuse, learnware: { ...side, error: 0.005 } }, 0.05).form).toBe('paper')
    expect(() => taskRisk(reuse, 0.05, { form: 'sharp' })).toThrow('"learnware.error" expected a number, got undefined')
    expect(() => taskRisk({ ...reuse, loss: -1 }, 0.05)).toThrow('"loss" expected a finite number of at least 0')
    expect(() => taskRisk(reuse, 0.05, { norm: 0 })).toThrow('"norm" expected a number above 0')
  })
})

describe('instanceRisk (Eq. 8)', () => {
  const reuse = { losses: [0.1, 0.3], weights: [0.75, 0.25], selectorErrors: [0.2, 0.4] }

  test('is its formula in both forms', () => {
    expect(instanceRisk(reuse)).toEqual({ bound: expect.closeTo(0.15 + 0.25, 14), form: 'sharp', vacuous: false })
    expect(instanceRisk(reuse, { form: 'paper' }).bound).toBeCloseTo(0.3 + 0.25, 14)
    expect(instanceRisk(reuse, { largestLoss: 2 }).bound).toBeCloseTo(0.15 + 0.5, 14)
    const chance = Math.sqrt(Math.log(1 / 0.05) / 2000)
    expect(instanceRisk(reuse, { heldOut: 1000, delta: 0.05 }).bound).toBeCloseTo(0.4 + chance, 14)
    expect(instanceRisk(reuse, { heldOut: [750, 250], delta: 0.05 }).bound).toBeCloseTo(0.4 + chance, 14)
    expect(instanceRisk({ ...reuse, selectorErrors: [0.9, 0.9] }).vacuous).toBe(true)
  })

  test('bounds the loss of any selector on any mixture, sharply never above the paper’s form', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    const job = fc.record({ weight: fc.integer({ min: 1, max: 9 }), right: share, wrong: share, missed: share })
    fc.assert(
      fc.property(fc.array(job, { minLength: 1, maxLength: 6 }), (jobs) => {
        const total = jobs.reduce((sum, { weight }) => sum + weight, 0)
        const weights = jobs.map(({ weight }) => weight / total)
        // On the rows sent home the learnware loses `right` on average, on all its rows at least as much in total.
        const losses = jobs.map(({ right, missed }) => right * (1 - missed))
        const actual = jobs.reduce(
          (sum, { right, wrong, missed }, i) => sum + weights[i] * (right * (1 - missed) + wrong * missed),
          0,
        )
        const task = { losses, weights, selectorErrors: jobs.map(({ missed }) => missed) }
        const sharp = instanceRisk(task).bound
        expect(actual).toBeLessThanOrEqual(sharp + 1e-12)
        expect(sharp).toBeLessThanOrEqual(instanceRisk(task, { form: 'paper' }).bound + 1e-12)
      }),
    )
  })

  test('refuses other lengths, weights that miss rows, held-out rows without a confidence', () => {
    expect(() => instanceRisk({ ...reuse, weights: [1] })).toThrow('"weights" expected length 2, got 1')
    expect(() => instanceRisk({ ...reuse, weights: [0.5, 0.25] })).toThrow('"weights" expected a sum of 1, got 0.75')
    expect(() => instanceRisk({ ...reuse, losses: [0.1, 1.3] })).toThrow('"losses[1]" expected a finite number from 0')
    expect(() => instanceRisk(reuse, { heldOut: 100 })).toThrow('"delta" expected a number, got undefined')
    expect(() => instanceRisk(reuse, { heldOut: [10], delta: 0.1 })).toThrow('"heldOut" expected length 2, got 1')
    expect(() => instanceRisk({ losses: [], weights: [], selectorErrors: [] })).toThrow('at least one number')
  })
})
