import { normals } from '../../src/wasm/scalar.js'

/** One IEEE operation after another, rounded to the precision: what the SIMD tiles must equal to the last bit. */
export interface Scalar {
  readonly round: (value: number) => number
  /** 2^t. */
  readonly power: (t: number) => number
}

const line = (round: Scalar['round'], a: number, b: number, x: number): number => round(a + round(b * x))

const bits64 = new BigInt64Array(1)
const double = new Float64Array(bits64.buffer)
const bits32 = new Int32Array(1)
const single = new Float32Array(bits32.buffer)

/** In f64. */
export const f64: Scalar = {
  round: (value) => value,
  power: (t) => {
    if (t < -1021) return 0
    const shifted = t + 6755399441055744
    const r = t - (shifted - 6755399441055744)
    const r2 = r * r
    const at = (a: number, b: number): number => line(f64.round, a, b, r)
    const q14 = at(0.6931471805599457, 0.24022650695910097) + at(0.05550410866479039, 0.009618129107607003) * r2
    const q58 =
      at(0.001333355815343997, 0.0001540353044157166) + at(1.5252727385186499e-5, 0.0000013215442675600168) * r2
    const q9b = 4.078071371304119e-10 * r2 + at(1.0180647662712014e-7, 7.072570362787737e-9)
    const q = (q9b * (r2 * r2) + q58) * (r2 * r2) + q14
    double[0] = shifted
    const power = BigInt.asIntN(64, bits64[0] << 52n)
    double[0] = 1 + q * r
    bits64[0] = BigInt.asIntN(64, bits64[0] + power)
    return double[0]
  },
}

const f = Math.fround
/** In f32. */
export const f32: Scalar = {
  round: f,
  power: (t) => {
    if (t < -125) return 0
    const shifted = f(t + 12582912)
    const r = f(t - f(shifted - 12582912))
    const at = (a: number, b: number): number => line(f, f(a), f(b), r)
    const square = (b: number, c: number): number => line(f, f(c), r, f(r + f(b)))
    const line56 = at(0.0007943985, 0.0001546309)
    const product = f(f(r * square(6.06344, 26.494925)) * f(square(-2.5335238, 32.932476) * line56))
    single[0] = shifted
    const power = bits32[0] << 23
    single[0] = f(1 + product)
    bits32[0] = (bits32[0] + power) | 0
    return single[0]
  },
}

/** Rows in pairs z, −z: their mean is exactly 0, so that centring changes nothing. */
export const mirrored = (rows: number, columns: number): Float64Array => {
  const half = normals(columns, rows * columns)
  const data = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < columns; k++) {
      data[i * columns + k] = f(i % 2 === 0 ? half[i * columns + k] : -half[(i - 1) * columns + k])
    }
  }
  return data
}
