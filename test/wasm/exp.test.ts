import { describe, expect, test } from 'vitest'
import { matrix } from '../../src/base/matrix.js'
import { gram } from '../../src/kernel/gram.js'
import { laplacian } from '../../src/kernel/kernel.js'
import { cos, exp, log, normals } from '../../src/wasm/scalar.js'
import { mulberry32, normalOf } from '../reference.js'

/** exp(values), none above 0, by the vectorised routine: k(x, 0) = exp(−|x|) of rows with one coordinate rounds nothing before it. */
const vectorised = (values: readonly number[], precision: 'f32' | 'f64'): ArrayLike<number> =>
  gram(matrix(Float64Array.from(values), values.length, 1), [[0]], laplacian(1), { precision }).data

const uniformsBelow = (bound: number, count: number, seed: number): number[] => {
  const random = mulberry32(seed)
  return Array.from({ length: count }, () => -bound * random())
}

describe('vectorised exp', () => {
  test('what is rounded is the exponent: f32 is right to 1.2e-7 of 1 + |x|, f64 to 3.4e-16', () => {
    for (const bound of [1e-3, 0.3, 1, 20, 86]) {
      const singles = uniformsBelow(bound, 20001, 1).map(Math.fround)
      const f32 = vectorised(singles, 'f32')
      const doubles = uniformsBelow(bound * 8, 20001, 2)
      const f64 = vectorised(doubles, 'f64')
      let worst32 = 0
      let worst64 = 0
      for (let i = 0; i < singles.length; i++) {
        worst32 = Math.max(worst32, Math.abs(f32[i] / Math.exp(singles[i]) - 1) / (1 - singles[i]))
        worst64 = Math.max(worst64, Math.abs(f64[i] / Math.exp(doubles[i]) - 1) / (1 - doubles[i]))
      }
      expect(worst32).toBeLessThan(1.2e-7)
      // Math.exp itself may be wrong by half a unit in the last place.
      expect(worst64).toBeLessThan(3.4e-16)
    }
  })

  test('exp(0) is 1, what is too small is 0', () => {
    for (const precision of ['f32', 'f64'] as const) {
      const values = vectorised([0, -0, -1e4, -1e15, -1], precision)
      expect(Array.from(values).slice(0, 4)).toEqual([1, 1, 0, 0])
      expect(values[4]).toBeCloseTo(Math.exp(-1), 6)
    }
  })
})

describe('scalars', () => {
  test('agree with Math to the last digits', () => {
    for (const x of [-700, -20, -1, -1e-9, 0, 1e-9, 0.5, 1, 20, 700]) {
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(5e-16)
      expect(Math.abs(cos(x) - Math.cos(x))).toBeLessThan(5e-16)
      if (x > 0) expect(Math.abs(log(x) - Math.log(x))).toBeLessThanOrEqual(4e-16 * Math.abs(Math.log(x)))
    }
    expect([exp(800), exp(-800), exp(Number.NaN), log(0)]).toEqual([Infinity, 0, Number.NaN, -Infinity])
  })

  test('normals are mulberry32 and Box–Muller', () => {
    const expected = normalOf(mulberry32(7))
    const values = normals(7, 501)
    for (const value of values) expect(Math.abs(value - expected())).toBeLessThan(1e-14)
    expect(values.length).toBe(501)
    expect(() => normals(7, -1)).toThrow('"count" expected a whole number of at least 0, got -1')
  })
})
