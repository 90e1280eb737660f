// Elementary functions of one number: the same bits in every engine, unlike JavaScript's Math, and without the tables of
// AssemblyScript's own, which were a sixth of the whole core. Each is right to about one unit in the last place.

const LN2_HIGH: f64 = 6.93147180369123816490e-1
const LN2_LOW: f64 = 1.90821492927058770002e-10

/** 1 / k! */
const factorials = memory.data<f64>([
  1.0, 1.0, 0.5, 0.16666666666666666, 0.041666666666666664, 0.008333333333333333, 0.001388888888888889,
  0.0001984126984126984, 2.48015873015873e-05, 2.7557319223985893e-06, 2.755731922398589e-07, 2.505210838544172e-08,
  2.08767569878681e-09, 1.6059043836821613e-10, 1.1470745597729725e-11, 7.647163731819816e-13, 4.779477332387385e-14,
  2.8114572543455206e-15,
])

/** 2/3, 2/5, 2/7, … */
const odds = memory.data<f64>([
  0.6666666666666666, 0.4, 0.2857142857142857, 0.2222222222222222, 0.18181818181818182, 0.15384615384615385,
  0.13333333333333333, 0.11764705882352941, 0.10526315789473684, 0.09523809523809523, 0.08695652173913043,
])

/** Σ c_k x^k for k = 0, step, 2 step, …, the last one first. */
// @ts-ignore: decorator
@inline
function series(coefficients: usize, last: usize, step: usize, x: f64): f64 {
  let sum = load<f64>(coefficients + (last << 3))
  for (let k = last; k >= step; ) {
    k -= step
    sum = load<f64>(coefficients + (k << 3)) + sum * x
  }
  return sum
}

/** 2^n for −1022 ≤ n ≤ 1023. */
// @ts-ignore: decorator
@inline
function power(n: i32): f64 {
  return reinterpret<f64>(<i64>(n + 1023) << 52)
}

/** e^x: 2^n · exp(r) with |r| ≤ ln 2 / 2, exp(r) by its Taylor series to r^13, 1 added last. */
export function exp(x: f64): f64 {
  if (x != x) return x
  if (x > 710) return Infinity
  if (x < -746) return 0
  const n = nearest<f64>(x * 1.4426950408889634)
  const r = x - n * LN2_HIGH + n * -LN2_LOW
  const rest = r + r * r * series(factorials + 16, 11, 1, r)
  // In two steps, since 2^1024 and 2^-1074 are no normal numbers.
  const half = <i32>n >> 1
  return (1 + rest) * power(half) * power(<i32>n - half)
}

/**
 * Natural logarithm: k ln 2 + log(1 + f) with √½ ≤ 1 + f < √2; log(1 + f) = 2 artanh(s), s = f / (2 + f), by the series in s²,
 * put together so that f itself, by far the largest part, is added last.
 */
export function log(x: f64): f64 {
  if (x != x || x < 0) return NaN
  if (x == 0) return -Infinity
  if (x == Infinity) return x
  let k = 0
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984
    k = -54
  }
  let bits = reinterpret<i64>(x)
  k += <i32>(bits >> 52) - 1023
  bits = (bits & 0x000fffffffffffff) | 0x3ff0000000000000
  let m = reinterpret<f64>(bits)
  if (m > 1.4142135623730951) {
    m *= 0.5
    k++
  }
  const f = m - 1
  const s = f / (2 + f)
  const z = s * s
  const rest = z * series(odds, 10, 1, z)
  const half = 0.5 * f * f
  return <f64>k * LN2_HIGH - (half - (s * (half + rest) + <f64>k * LN2_LOW) - f)
}

/** Cosine of |x| ≤ 2^20: x = n π/2 + r, and the Taylor series of cosine or sine at r. */
export function cos(x: f64): f64 {
  const n = nearest<f64>(x * 0.6366197723675814)
  // π/2 in three parts, the first two of 33 bits: their multiples are exact.
  const r = x - n * 1.57079632673412561417 - n * 6.07710050630396597660e-11 - n * 2.02226624879595063154e-21
  const odd = <i32>n & 1
  let sum = series(factorials + (<usize>odd << 3), 16, 2, -r * r)
  if (odd) sum *= r
  return (<i32>n + odd) & 2 ? -sum : sum
}

/**
 * `count` standard normal deviates, √(−2 ln(1 − u)) · cos(2πv), from mulberry32 uniforms u, v.
 * Returns the state from which the next call goes on.
 */
export function normals(seed: i32, count: i32, out: usize): i32 {
  let state = seed
  for (let i = 0; i < count; i++) {
    state += 0x6d2b79f5
    const u = uniform(state)
    state += 0x6d2b79f5
    const v = uniform(state)
    store<f64>(out + (<usize>i << 3), sqrt<f64>(-2.0 * log(1.0 - u)) * cos(6.283185307179586 * v))
  }
  return state
}

function uniform(state: i32): f64 {
  let t: i32 = (state ^ (state >>> 15)) * (1 | state)
  t = (t + (t ^ (t >>> 7)) * (61 | t)) ^ t
  return <f64>(<u32>(t ^ (t >>> 14))) / 4294967296.0
}
