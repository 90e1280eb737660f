import { madd, WIDTH } from './panel'

// exp(x) = 2^n · exp(r), n = round(x / ln 2), |r| ≤ ln 2 / 2, exp(r) by the minimax polynomial of relative error
// 1.9e-9 (degree 6) or 3.1e-18 (degree 11). Adding 1.5·2^23 (2^52) and the bias of the exponent rounds to a whole number and
// leaves the exponent of 2^n in the low bits, 0 where the result is too small. NaN stays NaN: pmax keeps its first operand
// unless the second is larger.
// Constants are loaded: what is literal an engine may put together anew at every use, in three steps each.

// −2, the least x, 1 / ln 2, what rounds, −ln 2 in two parts, 1, the coefficients from r² on.
const f32s = memory.data<f32>([
  -2.0, -88.0, 1.4426950408889634, 12583039.0, -0.693359375, 2.1219444e-4, 1.0,
  0.49999992056119701231, 0.16666419680857871919, 0.041668228679853750789, 0.0083748570487936426061,
  0.0013836794166131717975,
])

const f64s = memory.data<f64>([
  -2.0, -709.0, 1.4426950408889634, 6755399441056767.0, -6.93147180369123816490e-1, -1.90821492927058770002e-10, 1.0,
  0.50000000000000177735, 0.16666666666666166211, 0.041666666666492075491, 0.0083333333335601570798,
  0.0013888888951410092322, 0.00019841269431490030315, 0.000024801486320738795558, 2.7557623105475205444e-6,
  2.7632367970425102655e-7, 2.499425709266684349e-8,
])

// @ts-ignore: decorator
@inline
function constant<T>(i: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_splat(f32s + (i << 2)) : v128.load64_splat(f64s + (i << 3))
}

// @ts-ignore: decorator
@inline
function coefficient<T>(power: usize): v128 {
  return constant<T>(5 + power)
}

/** Rows taken together: their r and 2^n stay at hand. */
const TOGETHER: i32 = 16

/** A run of kernel values over: their sums by column, in two vectors. */
let low: v128 = i64x2.splat(0)
let high: v128 = i64x2.splat(0)

// @ts-ignore: decorator
@inline
export function keepSums(a: v128, b: v128): void {
  low = a
  high = b
}

/** Column sums that were kept last: the first and the second vector of the panel. */
// @ts-ignore: decorator
@inline
export function lowSums(): v128 {
  return low
}

// @ts-ignore: decorator
@inline
export function highSums(): v128 {
  return high
}

/**
 * Replaces `rows` panel rows v by a_i · exp(factor · v), factor · v ≤ 0, and sums them up by column. Where `rowNorms` is not 0
 * v holds dot products, and max(0, ‖x‖² + ‖z‖² − 2v) takes its place. All a_i are 1 where `weights` is 0. `scratch`: 16 panel rows.
 * In two short loops: a processor looks only so far ahead, and within one long chain of steps it would wait for each.
 */
export function exponentials<T>(
  buffer: usize, rows: i32, factor: T, rowNorms: usize, panelNorms: usize, weights: usize, scratch: usize,
): void {
  let a = v128.splat<T>(<T>0), b = a
  for (let i = 0; i < rows; i += TOGETHER) {
    const size = min(TOGETHER, rows - i)
    reduced<T>(buffer, size, factor, rowNorms, panelNorms, scratch)
    if (rowNorms != 0) rowNorms += <usize>TOGETHER * sizeof<T>()
    const end = buffer + <usize>size * WIDTH
    let power = scratch
    for (; buffer < end; buffer += WIDTH) {
      let u = polynomial<T>(v128.load(buffer), v128.load(power))
      let v = polynomial<T>(v128.load(buffer, 16), v128.load(power, 16))
      power += WIDTH
      if (weights != 0) {
        const weight = v128.load_splat<T>(weights)
        u = v128.mul<T>(u, weight)
        v = v128.mul<T>(v, weight)
        weights += sizeof<T>()
      }
      v128.store(buffer, u)
      v128.store(buffer, v, 16)
      a = v128.add<T>(a, u)
      b = v128.add<T>(b, v)
    }
  }
  keepSums(a, b)
}

/** Leaves r in the place of v, and 2^n in the scratch. */
function reduced<T>(
  buffer: usize, rows: i32, factor: T, rowNorms: usize, panelNorms: usize, scratch: usize,
): void {
  const zero = v128.splat<T>(<T>0), scale = v128.splat<T>(factor), minusTwo = constant<T>(0)
  const least = constant<T>(1), inverse = constant<T>(2), magic = constant<T>(3), c = constant<T>(4), e = constant<T>(5)
  let p = zero, q = zero
  if (rowNorms != 0) {
    p = v128.load(panelNorms)
    q = v128.load(panelNorms, 16)
  }
  const end = buffer + <usize>rows * WIDTH
  for (; buffer < end; buffer += WIDTH) {
    let u = v128.load(buffer), v = v128.load(buffer, 16)
    if (rowNorms != 0) {
      const norm = v128.load_splat<T>(rowNorms)
      u = v128.pmax<T>(madd<T>(minusTwo, u, v128.add<T>(norm, p)), zero)
      v = v128.pmax<T>(madd<T>(minusTwo, v, v128.add<T>(norm, q)), zero)
      rowNorms += sizeof<T>()
    }
    u = v128.pmax<T>(v128.mul<T>(u, scale), least)
    v = v128.pmax<T>(v128.mul<T>(v, scale), least)
    const s = madd<T>(u, inverse, magic), t = madd<T>(v, inverse, magic)
    const n = v128.sub<T>(s, magic), m = v128.sub<T>(t, magic)
    v128.store(buffer, madd<T>(n, e, madd<T>(n, c, u)))
    v128.store(buffer, madd<T>(m, e, madd<T>(m, c, v)), 16)
    v128.store(scratch, sizeof<T>() == 4 ? i32x4.shl(s, 23) : i64x2.shl(s, 52))
    v128.store(scratch, sizeof<T>() == 4 ? i32x4.shl(t, 23) : i64x2.shl(t, 52), 16)
    scratch += WIDTH
  }
}

/** power · exp(r). */
// @ts-ignore: decorator
@inline
function polynomial<T>(r: v128, power: v128): v128 {
  const r2 = v128.mul<T>(r, r)
  if (sizeof<T>() == 4) {
    const p23 = madd<T>(r, coefficient<T>(3), coefficient<T>(2))
    const p45 = madd<T>(r, coefficient<T>(5), coefficient<T>(4))
    const p46 = madd<T>(r2, coefficient<T>(6), p45)
    const p26 = madd<T>(p46, r2, p23)
    return v128.mul<T>(v128.add<T>(constant<T>(6), madd<T>(p26, r2, r)), power)
  }
  const r4 = v128.mul<T>(r2, r2)
  const p23 = madd<T>(r, coefficient<T>(3), coefficient<T>(2))
  const p45 = madd<T>(r, coefficient<T>(5), coefficient<T>(4))
  const p67 = madd<T>(r, coefficient<T>(7), coefficient<T>(6))
  const p89 = madd<T>(r, coefficient<T>(9), coefficient<T>(8))
  const pab = madd<T>(r, coefficient<T>(11), coefficient<T>(10))
  const p25 = madd<T>(p45, r2, p23)
  const p69 = madd<T>(p89, r2, p67)
  const p6b = madd<T>(pab, r4, p69)
  const p2b = madd<T>(p6b, r4, p25)
  return v128.mul<T>(v128.add<T>(constant<T>(6), madd<T>(p2b, r2, r)), power)
}
