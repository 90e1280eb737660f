import { describe, expect, it } from 'vitest'
import { gaussianRate, hedged } from '../../../src/learnware/learner/hedge.js'

describe('hedged', () => {
  it('is likelihood times start, whatever the level of the losses', () => {
    const shares = hedged([0.5, 0.25, 0.25], [1, 1.2, 3], 5)
    const expected = [0.5, 0.25 * Math.exp(-1), 0.25 * Math.exp(-10)]
    const sum = expected.reduce((a, b) => a + b)
    expected.forEach((value, k) => expect(shares[k]).toBeCloseTo(value / sum, 12))
    hedged([0.5, 0.25, 0.25], [101, 101.2, 103], 5).forEach((value, k) => expect(value).toBeCloseTo(shares[k], 12))
    expect([...hedged([0.5, 0.25, 0.25], [7, 7, 7], 5)]).toEqual([0.5, 0.25, 0.25])
  })

  it('takes who is right to the last digit', () => {
    const losses = [0.3, 0, 0.1]
    const shares = hedged([0.4, 0.2, 0.4], losses, gaussianRate(losses, 4))
    expect(shares[1]).toBeCloseTo(1, 12)
    expect(gaussianRate([2, 0.5], 10)).toBe(10)
  })
})
