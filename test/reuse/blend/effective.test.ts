import { describe, expect, it } from 'vitest'
import { effectiveRows } from '../../../src/reuse/blend/effective.js'
import { mulberry32, normalOf } from '../../reference.js'

/** x_t = ρ x_{t−1} + e_t. */
const autoregression = (rows: number, rho: number, seed: number): Float64Array => {
  const noise = normalOf(mulberry32(seed))
  const values = new Float64Array(rows)
  for (let i = 0; i < rows; i++) values[i] = (i > 0 ? rho * values[i - 1] : 0) + noise()
  return values
}

describe('effectiveRows', () => {
  it('is n(1 − ρ)/(1 + ρ) of an autoregression', () => {
    for (const rho of [0.2, 0.5, 0.8]) {
      const rows = effectiveRows(autoregression(20000, rho, 3))
      expect(rows / ((20000 * (1 - rho)) / (1 + rho))).toBeCloseTo(1, 1)
    }
  })

  it('is all rows where they are independent but for about one time in twenty', () => {
    const seeds = Array.from({ length: 400 }, (_, seed) => seed)
    const fewer = seeds.filter((seed) => effectiveRows(autoregression(60, 0, seed)) < 60).length
    expect(fewer).toBeGreaterThan(4)
    expect(fewer).toBeLessThan(36)
  })

  it('does not count what all residuals share, nor neighbours that differ more than others', () => {
    expect(effectiveRows(new Float64Array(30).fill(2))).toBe(30)
    expect(effectiveRows(Float64Array.from({ length: 30 }, (_, i) => (-1) ** i))).toBe(30)
  })

  it('leaves a twentieth of the rows at least', () => {
    expect(effectiveRows(Float64Array.from({ length: 1000 }, (_, i) => i))).toBeCloseTo(1000 * (0.1 / 1.9))
  })

  it('is that of the mirrored order', () => {
    const values = autoregression(100, 0.5, 8)
    expect(effectiveRows(values.slice().reverse())).toBeCloseTo(effectiveRows(values), 9)
  })
})
