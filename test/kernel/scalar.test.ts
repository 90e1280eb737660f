import { describe, expect, it } from 'vitest'
import { gram } from '../../src/kernel/gram.js'
import { gaussian } from '../../src/kernel/kernel.js'
import { normals } from '../../src/wasm/scalar.js'

/** One IEEE operation after another, rounded to the precision: what the SIMD tiles must equal to the last bit. */
interface Scalar {
  readonly round: (value: number) => number
  readonly exp: (value: number) => number
}

const line = (round: Scalar['round'], a: number, b: number, x: number): number => round(a + round(b * x))

const bits64 = new BigInt64Array(1)
const double = new Float64Array(bits64.buffer)
const bits32 = new Int32Array(1)
const single = new Float32Array(bits32.buffer)

const f64: Scalar = {
  round: (value) => value,
  exp: (given) => {
    if (given < -708) return 0
    const shifted = given * Math.LOG2E + 6755399441055744
    const n = shifted - 6755399441055744
    const r = n * -1.9082149292705877e-10 + (n * -0.6931471803691238 + given)
    const r2 = r * r
    const at = (a: number, b: number): number => line(f64.round, a, b, r)
    const p25 = at(0.5000000000000018, 0.16666666666666166) + at(0.041666666666492075, 0.008333333333560157) * r2
    const p69 = at(0.0013888888951410093, 0.0001984126943149003) + at(2.4801486320738795e-5, 2.7557623105475206e-6) * r2
    const p6b = p69 + at(2.76323679704251e-7, 2.4994257092666845e-8) * (r2 * r2)
    double[0] = shifted
    const power = BigInt.asIntN(64, bits64[0] << 52n)
    double[0] = 1 + ((p25 + p6b * (r2 * r2)) * r2 + r)
    bits64[0] = BigInt.asIntN(64, bits64[0] + power)
    return double[0]
  },
}

const f = Math.fround
const f32: Scalar = {
  round: f,
  exp: (given) => {
    if (given < -87) return 0
    const shifted = f(f(given * f(Math.LOG2E)) + 12582912)
    const n = f(shifted - 12582912)
    const high = f(f(n * f(-0.693359375)) + given)
    const r = f(f(n * f(2.1219444e-4)) + high)
    const r2 = f(r * r)
    const at = (a: number, b: number): number => line(f, f(a), f(b), r)
    const p46 = f(f(f(0.0013836794166131718) * r2) + at(0.04166822867985375, 0.008374857048793642))
    const p26 = f(f(p46 * r2) + at(0.499999920561197, 0.16666419680857872))
    single[0] = shifted
    const power = bits32[0] << 23
    single[0] = f(1 + f(f(p26 * r2) + r))
    bits32[0] = (bits32[0] + power) | 0
    return single[0]
  },
}

/** Rows in pairs z, −z: their mean is exactly 0, so that centring changes nothing. */
const pairs = (rows: number, columns: number): Float64Array => {
  const half = normals(columns, rows * columns)
  const data = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < columns; k++) {
      data[i * columns + k] = f(i % 2 === 0 ? half[i * columns + k] : -half[(i - 1) * columns + k])
    }
  }
  return data
}

describe.each([
  ['f32', f32],
  ['f64', f64],
] as const)('the Gram matrix of SIMD tiles in %s', (precision, { round, exp }) => {
  it.each([1, 3, 20, 32])('has the bytes of plain loops, d = %i', (d) => {
    const [m, n] = [263, 34]
    const x = pairs(m + 1, d).subarray(0, m * d)
    const z = pairs(n, d)
    const gamma = 1 / 4 / d
    const seen = gram({ rows: m, columns: d, data: x }, { rows: n, columns: d, data: z }, gaussian(gamma), {
      precision,
    })
    const wanted = seen.data.slice()
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0
        for (let k = 0; k < d; k++) {
          const difference = round(x[i * d + k] - z[j * d + k])
          sum = round(sum + round(difference * difference))
        }
        wanted[i * n + j] = exp(round(sum * round(-gamma)))
      }
    }
    expect(new Uint8Array(seen.data.buffer)).toEqual(new Uint8Array(wanted.buffer))
    expect(seen.data.some((value) => value > 0.01 && value < 0.99)).toBe(true)
  })
})
