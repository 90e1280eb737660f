import { describe, expect, it } from 'vitest'
import { gram } from '../../src/kernel/gram.js'
import { gaussian } from '../../src/kernel/kernel.js'
import { f32, f64, mirrored } from './scalar.js'

describe.each([
  ['f32', f32],
  ['f64', f64],
] as const)('the Gram matrix of SIMD tiles in %s', (precision, { round, power }) => {
  it.each([1, 3, 20, 32])('has the bytes of plain loops, d = %i', (d) => {
    const [m, n] = [263, 34]
    const x = mirrored(m + 1, d).subarray(0, m * d)
    const z = mirrored(n, d)
    const gamma = 1 / 4 / d
    const seen = gram({ rows: m, columns: d, data: x }, { rows: n, columns: d, data: z }, gaussian(gamma), {
      precision,
    })
    const wanted = seen.data.slice()
    const scale = round(round(-gamma) * Math.LOG2E)
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0
        for (let k = 0; k < d; k++) {
          const difference = round(x[i * d + k] - z[j * d + k])
          sum = round(sum + round(difference * difference))
        }
        wanted[i * n + j] = power(round(sum * scale))
      }
    }
    expect(new Uint8Array(seen.data.buffer)).toEqual(new Uint8Array(wanted.buffer))
    expect(seen.data.some((value) => value > 0.01 && value < 0.99)).toBe(true)
  })
})
