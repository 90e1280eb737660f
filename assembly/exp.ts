import { madd, WIDTH } from './panel'

// exp(x) = 2^t = 2^n · 2^r, t = x / ln 2, n = round(t), r = t − n without rounding, |r| ≤ ½; 2^r − 1 = r · q(r) with the minimax
// polynomial of relative error 3.5e-9 (degree 6) or 1.8e-17 (degree 11): exp(0) is 1. Of t only the product is rounded, as x itself is:
// relative errors grow with |x|, absolute ones stay at one unit of the last place of 1. Adding 1.5·2^23 (2^52) and the bias of the
// exponent rounds to a whole number and leaves the exponent of 2^n in the low bits, 0 where the result is too small. NaN stays
// NaN: pmax keeps its first operand unless the second is larger.
// Constants are loaded: what is literal an engine may put together anew at every use, in three steps each.

// The least t, what rounds, 1, the coefficients from r on.
const f32s = memory.data<f32>([
  -127.0, 12583039.0, 1.0,
  0.69314720806702068596, 0.24022650934097716441, 0.055503234353706465793, 0.0096180533966238414465,
  0.001340232497603551911, 0.00015463086643234621001,
])

const f64s = memory.data<f64>([
  -1023.0, 6755399441056767.0, 1.0,
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
  return constant<T>(2 + power)
}

const LOG2E: f64 = 1.4426950408889634

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
 * Leaves a_i · exp(factor · v), factor · v ≤ 0, of `rows` panel rows v at `out`, a row every `step` bytes, and keeps their sums by
 * column; the buffer itself may be `out`. Where `rowNorms` is not 0
 * v holds dot products, and max(0, ‖x‖² + ‖z‖² − 2v) takes its place. All a_i are 1 where `weights` is 0. `scratch`: 16 panel rows.
 * In two short loops: a processor looks only so far ahead, and within one long chain of steps it would wait for each.
 */
export function exponentials<T>(
  buffer: usize, rows: i32, factor: T, rowNorms: usize, panelNorms: usize, weights: usize, scratch: usize,
  out: usize, step: usize,
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
      v128.store(out, u)
      v128.store(out, v, 16)
      out += step
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
  const zero = v128.splat<T>(<T>0), scale = v128.splat<T>(<T>(<f64>factor * LOG2E))
  const least = constant<T>(0), magic = constant<T>(1)
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
      u = v128.pmax<T>(v128.sub<T>(v128.add<T>(norm, p), v128.add<T>(u, u)), zero)
      v = v128.pmax<T>(v128.sub<T>(v128.add<T>(norm, q), v128.add<T>(v, v)), zero)
      rowNorms += sizeof<T>()
    }
    u = v128.pmax<T>(v128.mul<T>(u, scale), least)
    v = v128.pmax<T>(v128.mul<T>(v, scale), least)
    const s = v128.add<T>(u, magic), t = v128.add<T>(v, magic)
    v128.store(buffer, v128.sub<T>(u, v128.sub<T>(s, magic)))
    v128.store(buffer, v128.sub<T>(v, v128.sub<T>(t, magic)), 16)
    v128.store(scratch, sizeof<T>() == 4 ? i32x4.shl(s, 23) : i64x2.shl(s, 52))
    v128.store(scratch, sizeof<T>() == 4 ? i32x4.shl(t, 23) : i64x2.shl(t, 52), 16)
    scratch += WIDTH
  }
}

/** power · 2^r. */
// @ts-ignore: decorator
@inline
function polynomial<T>(r: v128, power: v128): v128 {
  const r2 = v128.mul<T>(r, r)
  const q12 = madd<T>(r, coefficient<T>(2), coefficient<T>(1))
  const q34 = madd<T>(r, coefficient<T>(4), coefficient<T>(3))
  const q56 = madd<T>(r, coefficient<T>(6), coefficient<T>(5))
  let q: v128
  if (sizeof<T>() == 4) {
    q = madd<T>(madd<T>(q56, r2, q34), r2, q12)
  } else {
    const r4 = v128.mul<T>(r2, r2)
    const q78 = madd<T>(r, coefficient<T>(8), coefficient<T>(7))
    const q9a = madd<T>(r, coefficient<T>(10), coefficient<T>(9))
    const q58 = madd<T>(q78, r2, q56)
    const q9b = madd<T>(coefficient<T>(11), r2, q9a)
    q = madd<T>(madd<T>(q9b, r4, q58), r4, madd<T>(q34, r2, q12))
  }
  return v128.mul<T>(madd<T>(q, r, constant<T>(2)), power)
}
