import { madd, WIDTH } from './panel'

// exp(x) = 2^n · exp(r), n = round(x / ln 2), |r| ≤ ln 2 / 2, exp(r) by the minimax polynomial of relative error
// 1.9e-9 (degree 6) or 3.1e-18 (degree 11). Adding 1.5·2^23 (2^52) rounds to a whole number and leaves it in the low bits.
// Below the smallest normal number the result is 0. NaN stays NaN: pmax keeps its first operand unless the second is larger.

/** e^x of every lane, x ≤ 0. */
// @ts-ignore: decorator
@inline
export function exponential<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? exponential32(x) : exponential64(x)
}

// @ts-ignore: decorator
@inline
function line32(a: f32, b: f32, x: v128): v128 {
  return f32x4.add(f32x4.splat(a), f32x4.mul(f32x4.splat(b), x))
}

// @ts-ignore: decorator
@inline
function exponential32(given: v128): v128 {
  const least = f32x4.splat(-87.0)
  const magic = f32x4.splat(12582912.0)
  const x = f32x4.pmax(given, least)
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(1.4426950408889634)), magic)
  const n = f32x4.sub(shifted, magic)
  const high = f32x4.add(f32x4.mul(n, f32x4.splat(-0.693359375)), x)
  const r = f32x4.add(f32x4.mul(n, f32x4.splat(2.1219444e-4)), high)
  const r2 = f32x4.mul(r, r)
  const p23 = line32(0.49999992056119701231, 0.16666419680857871919, r)
  const p45 = line32(0.041668228679853750789, 0.0083748570487936426061, r)
  const p46 = madd<f32>(f32x4.splat(0.0013836794166131717975), r2, p45)
  const p26 = madd<f32>(p46, r2, p23)
  const p = f32x4.add(f32x4.splat(1.0), madd<f32>(p26, r2, r))
  const power = i32x4.add(p, i32x4.shl(shifted, 23))
  return v128.or(v128.andnot(power, f32x4.lt(given, least)), f32x4.ne(given, given))
}

// @ts-ignore: decorator
@inline
function line64(a: f64, b: f64, x: v128): v128 {
  return f64x2.add(f64x2.splat(a), f64x2.mul(f64x2.splat(b), x))
}

// @ts-ignore: decorator
@inline
function exponential64(given: v128): v128 {
  const least = f64x2.splat(-708.0)
  const magic = f64x2.splat(6755399441055744.0)
  const x = f64x2.pmax(given, least)
  const shifted = f64x2.add(f64x2.mul(x, f64x2.splat(1.4426950408889634)), magic)
  const n = f64x2.sub(shifted, magic)
  const high = f64x2.add(f64x2.mul(n, f64x2.splat(-6.93147180369123816490e-1)), x)
  const r = f64x2.add(f64x2.mul(n, f64x2.splat(-1.90821492927058770002e-10)), high)
  const r2 = f64x2.mul(r, r)
  const r4 = f64x2.mul(r2, r2)
  const p23 = line64(0.50000000000000177735, 0.16666666666666166211, r)
  const p45 = line64(0.041666666666492075491, 0.0083333333335601570798, r)
  const p67 = line64(0.0013888888951410092322, 0.00019841269431490030315, r)
  const p89 = line64(0.000024801486320738795558, 2.7557623105475205444e-6, r)
  const pab = line64(2.7632367970425102655e-7, 2.499425709266684349e-8, r)
  const p25 = madd<f64>(p45, r2, p23)
  const p69 = madd<f64>(p89, r2, p67)
  const p6b = madd<f64>(pab, r4, p69)
  const p2b = madd<f64>(p6b, r4, p25)
  const p = f64x2.add(f64x2.splat(1.0), madd<f64>(p2b, r2, r))
  const power = i64x2.add(p, i64x2.shl(shifted, 52))
  return v128.or(v128.andnot(power, f64x2.lt(given, least)), f64x2.ne(given, given))
}

/** Replaces `rows` panel rows of v by exp(factor · v); factor · v ≤ 0. */
export function exponentials<T>(buffer: usize, rows: i32, factor: T): void {
  const scale = v128.splat<T>(factor)
  const end = buffer + <usize>rows * WIDTH
  for (; buffer < end; buffer += WIDTH) {
    v128.store(buffer, exponential<T>(v128.mul<T>(v128.load(buffer), scale)))
    v128.store(buffer, exponential<T>(v128.mul<T>(v128.load(buffer, 16), scale)), 16)
  }
}
