import { WIDTH } from './panel'

// exp(x) = 2^n · exp(r), n = round(x / ln 2), |r| ≤ ln 2 / 2, exp(r) by the minimax polynomial of relative error
// 1.9e-9 (degree 6) or 3.1e-18 (degree 11). Adding 1.5·2^23 (2^52) rounds to a whole number and leaves it in the low bits.
// Below the smallest normal number the result is 0. NaN stays NaN: pmax keeps its first operand unless second is larger.

/** Replaces `rows` panel rows of v by exp(factor · v); factor ≤ 0 ≤ v. */
export function exponentials<T>(buffer: usize, rows: i32, factor: T): void {
  if (sizeof<T>() == 4) exponentials32(buffer, rows, <f32>factor)
  else exponentials64(buffer, rows, <f64>factor)
}

function exponentials32(at: usize, rows: i32, factor: f32): void {
  const scale = f32x4.splat(factor)
  const least = f32x4.splat(-87.0)
  const perLn2 = f32x4.splat(1.4426950408889634)
  const magic = f32x4.splat(12582912.0)
  const ln2High = f32x4.splat(-0.693359375)
  const ln2Low = f32x4.splat(2.1219444e-4)
  const c1 = f32x4.splat(1.0)
  const c2 = f32x4.splat(0.49999992056119701231)
  const c3 = f32x4.splat(0.16666419680857871919)
  const c4 = f32x4.splat(0.041668228679853750789)
  const c5 = f32x4.splat(0.0083748570487936426061)
  const c6 = f32x4.splat(0.0013836794166131717975)
  const end = at + <usize>rows * WIDTH
  for (; at < end; at += 16) {
    const given = f32x4.mul(v128.load(at), scale)
    const x = f32x4.pmax(given, least)
    const shifted = f32x4.add(f32x4.mul(x, perLn2), magic)
    const n = f32x4.sub(shifted, magic)
    const r = f32x4.add(f32x4.mul(n, ln2Low), f32x4.add(f32x4.mul(n, ln2High), x))
    let p = f32x4.add(f32x4.mul(c6, r), c5)
    p = f32x4.add(f32x4.mul(p, r), c4)
    p = f32x4.add(f32x4.mul(p, r), c3)
    p = f32x4.add(f32x4.mul(p, r), c2)
    p = f32x4.add(f32x4.mul(p, r), c1)
    p = f32x4.add(f32x4.mul(p, r), c1)
    const power = i32x4.add(p, i32x4.shl(shifted, 23))
    v128.store(at, v128.or(v128.andnot(power, f32x4.lt(given, least)), f32x4.ne(given, given)))
  }
}

function exponentials64(at: usize, rows: i32, factor: f64): void {
  const scale = f64x2.splat(factor)
  const least = f64x2.splat(-708.0)
  const perLn2 = f64x2.splat(1.4426950408889634)
  const magic = f64x2.splat(6755399441055744.0)
  const ln2High = f64x2.splat(-6.93147180369123816490e-1)
  const ln2Low = f64x2.splat(-1.90821492927058770002e-10)
  const c1 = f64x2.splat(1.0)
  const c2 = f64x2.splat(0.50000000000000177735)
  const c3 = f64x2.splat(0.16666666666666166211)
  const c4 = f64x2.splat(0.041666666666492075491)
  const c5 = f64x2.splat(0.0083333333335601570798)
  const c6 = f64x2.splat(0.0013888888951410092322)
  const c7 = f64x2.splat(0.00019841269431490030315)
  const c8 = f64x2.splat(0.000024801486320738795558)
  const c9 = f64x2.splat(2.7557623105475205444e-6)
  const c10 = f64x2.splat(2.7632367970425102655e-7)
  const c11 = f64x2.splat(2.499425709266684349e-8)
  const end = at + <usize>rows * WIDTH
  for (; at < end; at += 16) {
    const given = f64x2.mul(v128.load(at), scale)
    const x = f64x2.pmax(given, least)
    const shifted = f64x2.add(f64x2.mul(x, perLn2), magic)
    const n = f64x2.sub(shifted, magic)
    const r = f64x2.add(f64x2.mul(n, ln2Low), f64x2.add(f64x2.mul(n, ln2High), x))
    let p = f64x2.add(f64x2.mul(c11, r), c10)
    p = f64x2.add(f64x2.mul(p, r), c9)
    p = f64x2.add(f64x2.mul(p, r), c8)
    p = f64x2.add(f64x2.mul(p, r), c7)
    p = f64x2.add(f64x2.mul(p, r), c6)
    p = f64x2.add(f64x2.mul(p, r), c5)
    p = f64x2.add(f64x2.mul(p, r), c4)
    p = f64x2.add(f64x2.mul(p, r), c3)
    p = f64x2.add(f64x2.mul(p, r), c2)
    p = f64x2.add(f64x2.mul(p, r), c1)
    p = f64x2.add(f64x2.mul(p, r), c1)
    const power = i64x2.add(p, i64x2.shl(shifted, 52))
    v128.store(at, v128.or(v128.andnot(power, f64x2.lt(given, least)), f64x2.ne(given, given)))
  }
}
