import { madd, WIDTH } from './panel'

// exp(x) = 2^t = 2^n · 2^r, t = x / ln 2, n = round(t), r = t − n without rounding, |r| ≤ ½; 2^r − 1 = r · q(r) with a polynomial
// of relative error 3.0e-9 (degree 6) or 1.8e-17 (degree 11): exp(0) is 1. Of t only the product is rounded, as x itself is:
// relative errors grow with |x|, absolute ones stay at one unit of the last place of 1. Adding 1.5·2^23 (2^52) and the bias of the
// exponent rounds to a whole number and leaves the exponent of 2^n in the low bits, 0 where the result is too small. NaN stays
// NaN: pmax keeps its first operand unless the second is larger.
// Constants are loaded: what is literal an engine may put together anew at every use, in three steps each.

// The least t, what rounds, and q: in f64 its coefficients, in f32 those of (r² + b r + c)(r² + d r + e)(g r + f) in this order.
const f32s = memory.data<f32>([
  -127.0, 12583039.0,
  6.06344, 26.494925, -2.5335238, 32.932476, 0.0007943985, 0.0001546309,
])

const f64s = memory.data<f64>([
  -1023.0, 6755399441056767.0,
  0.69314718055994569675, 0.24022650695910098006, 0.055504108664790394569, 0.0096181291076070026621,
  0.0013333558153439969892, 0.00015403530441571659145, 0.000015252727385186498556, 1.321544267560016838e-6,
  1.0180647662712014423e-7, 7.0725703627877372074e-9, 4.0780713713041191509e-10,
])

// @ts-ignore: decorator
@inline
function constant<T>(i: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_splat(f32s + (i << 2)) : v128.load64_splat(f64s + (i << 3))
}

// @ts-ignore: decorator
@inline
function coefficient<T>(power: usize): v128 {
  return constant<T>(1 + power)
}

const LOG2E: f64 = 1.4426950408889634

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

/** The largest of some numbers of at least 0; NaN where one is NaN. */
export function largest<T>(numbers: usize, count: i32): T {
  const end = numbers + <usize>count * sizeof<T>()
  let most = v128.splat<T>(<T>0)
  for (; numbers + 16 <= end; numbers += 16) most = v128.max<T>(most, v128.load(numbers))
  for (; numbers < end; numbers += sizeof<T>()) most = v128.max<T>(most, v128.load_splat<T>(numbers))
  let result = max<T>(v128.extract_lane<T>(most, 0), v128.extract_lane<T>(most, 1))
  if (sizeof<T>() == 4) result = max<T>(result, max<T>(v128.extract_lane<T>(most, 2), v128.extract_lane<T>(most, 3)))
  return result
}

/** Exponents whose exponentials are far from too small, whatever rounding has done to them. */
export const NEAR: i32 = 64

/**
 * Leaves a_i · exp(factor · v), factor · v ≤ 0, of `rows` panel rows v at `out`, a row every `step` bytes, and keeps their sums by
 * column; the buffer itself may be `out`. Where `rowNorms` is not 0 v holds twice the dot products, and max(0, ‖x‖² + ‖z‖² − v)
 * takes its place; it is `near` where all exponents are known to be numbers of at least −NEAR. All a_i are 1 where `weights` is 0.
 * `scratch`: as many panel rows.
 * In two loops: a processor looks only so far ahead, and within one long chain of steps it would wait for each. Both are left at
 * their end only, or engines make the scale anew for every row; neither stands inside another, or engines unroll it. In the second
 * one vector is stored before the next is loaded, or engines mix their steps and need more registers than there are.
 */
export function exponentials<T>(
  buffer: usize, rows: i32, factor: T, rowNorms: usize, panelNorms: usize, near: bool, weights: usize, scratch: usize,
  out: usize, step: usize,
): void {
  const scale = <T>(<f64>factor * LOG2E)
  if (rowNorms == 0) reduced<T>(buffer, rows, scale, scratch)
  else if (sizeof<T>() == 4 && near) reducedNear<T>(buffer, rows, scale, rowNorms, panelNorms, scratch)
  else reducedDots<T>(buffer, rows, scale, rowNorms, panelNorms, scratch)
  if (weights != 0) raisedWeighted<T>(buffer, rows, scratch, weights, out, step)
  else raised<T>(buffer, rows, scratch, out, step)
}

/** The same of the first halves of panel rows that are near, of dot products and without weights; the other sums are 0. */
export function halfExponentials<T>(
  buffer: usize, rows: i32, factor: T, rowNorms: usize, panelNorms: usize, scratch: usize, out: usize, step: usize,
): void {
  reducedHalf<T>(buffer, rows, <T>(<f64>factor * LOG2E), rowNorms, panelNorms, scratch)
  raisedHalf<T>(buffer, rows, scratch, out, step)
}

/** max(0, v) of numbers: signs are those of whole numbers too, which processors compare where no sum waits. */
// @ts-ignore: decorator
@inline
function positive<T>(v: v128, zero: v128, near: bool): v128 {
  return sizeof<T>() == 4 && near ? i32x4.max_s(v, zero) : v128.pmax<T>(v, zero)
}

/** Leaves r in the place of v, and 2^n in the scratch. */
// @ts-ignore: decorator
@inline
function reduce<T>(
  buffer: usize, rows: i32, factor: T, rowNorms: usize, panelNorms: usize, scratch: usize, dots: bool, near: bool, half: bool,
): void {
  const zero = v128.splat<T>(<T>0), scale = v128.splat<T>(factor)
  const least = constant<T>(0), magic = constant<T>(1)
  const p = dots ? v128.load(panelNorms) : zero, q = dots ? v128.load(panelNorms, 16) : zero
  buffer -= WIDTH
  scratch -= WIDTH
  if (dots) rowNorms -= sizeof<T>()
  const last = buffer + <usize>rows * WIDTH
  do {
    buffer += WIDTH
    scratch += WIDTH
    let u = v128.load(buffer), v = half ? zero : v128.load(buffer, 16)
    if (dots) {
      rowNorms += sizeof<T>()
      const norm = v128.load_splat<T>(rowNorms)
      u = positive<T>(v128.sub<T>(v128.add<T>(norm, p), u), zero, near)
      if (!half) v = positive<T>(v128.sub<T>(v128.add<T>(norm, q), v), zero, near)
    }
    u = v128.mul<T>(u, scale)
    v = v128.mul<T>(v, scale)
    if (!near) {
      u = v128.pmax<T>(u, least)
      v = v128.pmax<T>(v, least)
    }
    const s = v128.add<T>(u, magic), t = v128.add<T>(v, magic)
    v128.store(buffer, v128.sub<T>(u, v128.sub<T>(s, magic)))
    if (!half) v128.store(buffer, v128.sub<T>(v, v128.sub<T>(t, magic)), 16)
    v128.store(scratch, sizeof<T>() == 4 ? i32x4.shl(s, 23) : i64x2.shl(s, 52))
    if (!half) v128.store(scratch, sizeof<T>() == 4 ? i32x4.shl(t, 23) : i64x2.shl(t, 52), 16)
  } while (buffer != last)
}

function reduced<T>(buffer: usize, rows: i32, factor: T, scratch: usize): void {
  reduce<T>(buffer, rows, factor, 0, 0, scratch, false, false, false)
}

function reducedDots<T>(buffer: usize, rows: i32, factor: T, rowNorms: usize, panelNorms: usize, scratch: usize): void {
  reduce<T>(buffer, rows, factor, rowNorms, panelNorms, scratch, true, false, false)
}

function reducedNear<T>(buffer: usize, rows: i32, factor: T, rowNorms: usize, panelNorms: usize, scratch: usize): void {
  reduce<T>(buffer, rows, factor, rowNorms, panelNorms, scratch, true, true, false)
}

function reducedHalf<T>(buffer: usize, rows: i32, factor: T, rowNorms: usize, panelNorms: usize, scratch: usize): void {
  reduce<T>(buffer, rows, factor, rowNorms, panelNorms, scratch, true, true, true)
}

/** Leaves a_i · 2^n · 2^r of r and 2^n, and keeps the sums. */
// @ts-ignore: decorator
@inline
function raise<T>(
  buffer: usize, rows: i32, scratch: usize, weights: usize, out: usize, step: usize, weighted: bool, half: bool,
): void {
  const c1 = coefficient<T>(1), c2 = coefficient<T>(2), c3 = coefficient<T>(3)
  const c4 = coefficient<T>(4), c5 = coefficient<T>(5), c6 = coefficient<T>(6)
  let a = v128.splat<T>(<T>0), b = a
  buffer -= WIDTH
  scratch -= WIDTH
  out -= step
  if (weighted) weights -= sizeof<T>()
  const last = buffer + <usize>rows * WIDTH
  do {
    buffer += WIDTH
    scratch += WIDTH
    out += step
    if (weighted) weights += sizeof<T>()
    const weight = weighted ? v128.load_splat<T>(weights) : a
    let u = product<T>(v128.load(buffer), v128.load(scratch), c1, c2, c3, c4, c5, c6)
    if (weighted) u = v128.mul<T>(u, weight)
    v128.store(out, u)
    a = v128.add<T>(a, u)
    if (!half) {
      let v = product<T>(v128.load(buffer, 16), v128.load(scratch, 16), c1, c2, c3, c4, c5, c6)
      if (weighted) v = v128.mul<T>(v, weight)
      v128.store(out, v, 16)
      b = v128.add<T>(b, v)
    }
  } while (buffer != last)
  keepSums(a, b)
}

function raised<T>(buffer: usize, rows: i32, scratch: usize, out: usize, step: usize): void {
  raise<T>(buffer, rows, scratch, 0, out, step, false, false)
}

function raisedWeighted<T>(buffer: usize, rows: i32, scratch: usize, weights: usize, out: usize, step: usize): void {
  raise<T>(buffer, rows, scratch, weights, out, step, true, false)
}

function raisedHalf<T>(buffer: usize, rows: i32, scratch: usize, out: usize, step: usize): void {
  raise<T>(buffer, rows, scratch, 0, out, step, false, true)
}

/**
 * 2^n · 2^r as 2^n + (2^n · r) · q(r), a chain shorter by one step: a power of two rounds nothing unless 2^n · r is subnormal, and
 * then the value, below 1e-37, is right to its last digit, but slow. In f32 q comes as a product of two quadratics and a line, which
 * need not wait for each other: a chain shorter by two steps more, and one instruction less. Far from their roots (5 and more)
 * each of them is rounded as one number is.
 */
// @ts-ignore: decorator
@inline
function product<T>(r: v128, power: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128, c6: v128): v128 {
  if (sizeof<T>() == 4) {
    const u = v128.mul<T>(v128.mul<T>(r, power), madd<T>(v128.add<T>(r, c1), r, c2))
    return madd<T>(u, v128.mul<T>(madd<T>(v128.add<T>(r, c3), r, c4), madd<T>(r, c6, c5)), power)
  }
  const r2 = v128.mul<T>(r, r)
  const r4 = v128.mul<T>(r2, r2)
  const q12 = madd<T>(r, c2, c1)
  const q34 = madd<T>(r, c4, c3)
  const q56 = madd<T>(r, c6, c5)
  const q78 = madd<T>(r, coefficient<T>(8), coefficient<T>(7))
  const q9a = madd<T>(r, coefficient<T>(10), coefficient<T>(9))
  const q58 = madd<T>(q78, r2, q56)
  const q9b = madd<T>(coefficient<T>(11), r2, q9a)
  const q = madd<T>(madd<T>(q9b, r4, q58), r4, madd<T>(q34, r2, q12))
  return madd<T>(v128.mul<T>(r, power), q, power)
}
