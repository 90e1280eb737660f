import { allocate, mark, release } from './arena'

// Rows (S) as they come, 4 or 8 bytes a number, on their way into the precision (T) of a computation.

/** Two numbers as f64. */
// @ts-ignore: decorator
@inline
function pair<S>(at: usize): v128 {
  return sizeof<S>() == 4 ? f64x2.promote_low_f32x4(v128.load64_zero(at)) : v128.load(at)
}

/**
 * Adds the rows to `sums` (f64), column by column, row after row. Numbers that are not finite leave sums that are not.
 */
export function columnSums<S>(rows: usize, count: i32, dimension: i32, sums: usize): void {
  const stride = <usize>dimension * sizeof<S>()
  for (let i = 0; i < count; ) {
    const four = count - i >= 4
    const step: usize = four ? stride << 2 : stride
    let x = rows
    let to = sums
    let k = dimension
    for (; k >= 2; k -= 2) {
      let s = f64x2.add(v128.load(to), pair<S>(x))
      if (four) {
        s = f64x2.add(s, pair<S>(x + stride))
        s = f64x2.add(s, pair<S>(x + 2 * stride))
        s = f64x2.add(s, pair<S>(x + 3 * stride))
      }
      v128.store(to, s)
      x += 2 * sizeof<S>()
      to += 16
    }
    if (k > 0) {
      const end = x + step
      for (; x < end; x += stride) store<f64>(to, load<f64>(to) + <f64>load<S>(x))
    }
    rows += step
    i += four ? 4 : 1
  }
}

/**
 * Rows minus a centre (f64), subtracted in f64 (in f32 where that gives the same) before they are rounded, and their ‖x‖² (as
 * `squaredNorms` has them) into `norms` unless that is 0. Returns the largest ‖x‖², NaN where one is NaN.
 */
export function centre<S, T>(rows: usize, count: i32, dimension: i32, origin: usize, out: usize, norms: usize): f64 {
  if (sizeof<S>() == 4 && sizeof<T>() == 4 && isNarrow(origin, dimension)) {
    const position = mark()
    const near = allocate(<usize>dimension << 2)
    if (near != 0) {
      for (let k = 0; k < dimension; k++) store<f32>(near + (<usize>k << 2), <f32>load<f64>(origin + (<usize>k << 3)))
      const most = centreNarrow(rows, count, dimension, near, out, norms)
      release(position)
      return most
    }
  }
  let largest: f64 = 0
  for (let i = 0; i < count; i++) {
    let from = origin
    let a = f64x2.splat(0), b = a
    let k = dimension
    for (; k >= 4; k -= 4) {
      let x = f64x2.sub(pair<S>(rows), v128.load(from))
      let y = f64x2.sub(pair<S>(rows + 2 * sizeof<S>()), v128.load(from, 16))
      if (sizeof<T>() == 4) {
        const u = f32x4.demote_f64x2_zero(x), v = f32x4.demote_f64x2_zero(y)
        v128.store(out, v128.shuffle<u64>(u, v, 0, 2))
        x = f64x2.promote_low_f32x4(u)
        y = f64x2.promote_low_f32x4(v)
      } else {
        v128.store(out, x)
        v128.store(out, y, 16)
      }
      a = f64x2.add(a, f64x2.mul(x, x))
      b = f64x2.add(b, f64x2.mul(y, y))
      rows += 4 * sizeof<S>()
      from += 32
      out += 4 * sizeof<T>()
    }
    a = f64x2.add(a, b)
    let norm = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1)
    for (; k > 0; k--) {
      const x = <T>(<f64>load<S>(rows) - load<f64>(from))
      store<T>(out, x)
      norm += <f64>x * <f64>x
      rows += sizeof<S>()
      from += 8
      out += sizeof<T>()
    }
    largest = max(largest, norm)
    if (norms != 0) store<T>(norms + <usize>i * sizeof<T>(), <T>norm)
  }
  return largest
}

/** Whether an origin could as well be f32. */
function isNarrow(origin: usize, dimension: i32): bool {
  const end = origin + (<usize>dimension << 3)
  for (; origin < end; origin += 8) if (<f64><f32>load<f64>(origin) != load<f64>(origin)) return false
  return true
}

/**
 * `centre` where rows and origin are f32, such as the 0 of kernels that are not of differences: f64 has digits enough for a difference
 * of them to round the same in two steps.
 */
function centreNarrow(rows: usize, count: i32, dimension: i32, origin: usize, out: usize, norms: usize): f64 {
  let largest: f64 = 0
  const whole = origin + (<usize>(dimension & ~3) << 2)
  const end = origin + (<usize>dimension << 2)
  for (let i = 0; i < count; i++) {
    let from = origin
    let a = f64x2.splat(0), b = a
    while (from != whole) {
      const x = f32x4.sub(v128.load(rows), v128.load(from))
      v128.store(out, x)
      const u = f64x2.promote_low_f32x4(x), v = f64x2.promote_low_f32x4(v128.shuffle<u64>(x, x, 1, 1))
      a = f64x2.add(a, f64x2.mul(u, u))
      b = f64x2.add(b, f64x2.mul(v, v))
      rows += 16
      from += 16
      out += 16
    }
    a = f64x2.add(a, b)
    let norm = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1)
    for (; from != end; from += 4) {
      const x = load<f32>(rows) - load<f32>(from)
      store<f32>(out, x)
      norm += <f64>x * <f64>x
      rows += 4
      out += 4
    }
    largest = max(largest, norm)
    if (norms != 0) store<f32>(norms + (<usize>i << 2), <f32>norm)
  }
  return largest
}

/** ‖x‖² of a row in f64: four partial sums, so that the order of addition is fixed. */
// @ts-ignore: decorator
@inline
function squaredNorm<T>(row: usize, dimension: i32): f64 {
  let a = f64x2.splat(0), b = a
  let k = dimension
  for (; k >= 4; k -= 4) {
    const x = pair<T>(row), y = pair<T>(row + 2 * sizeof<T>())
    a = f64x2.add(a, f64x2.mul(x, x))
    b = f64x2.add(b, f64x2.mul(y, y))
    row += 4 * sizeof<T>()
  }
  a = f64x2.add(a, b)
  let sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1)
  for (; k > 0; k--) {
    const x = <f64>load<T>(row)
    sum += x * x
    row += sizeof<T>()
  }
  return sum
}

/**
 * ‖x‖² of every row, summed in f64, into `out` unless that is 0. Returns the largest ‖x‖², NaN where one is NaN.
 */
export function squaredNorms<T>(rows: usize, count: i32, dimension: i32, out: usize): f64 {
  let largest: f64 = 0
  for (let i = 0; i < count; i++) {
    const norm = squaredNorm<T>(rows, dimension)
    largest = max(largest, norm)
    if (out != 0) store<T>(out + <usize>i * sizeof<T>(), <T>norm)
    rows += <usize>dimension * sizeof<T>()
  }
  return largest
}

/**
 * Column by column the median of the means of five groups, `size` rows each that stand one after another; into `origin` (f64), and
 * rounded to f32 there and into `near` unless that is 0. The groups' sums go to `sums`, 5 × dimension of f64.
 */
export function middle(sums: usize, size: i32, dimension: i32, origin: usize, near: usize): void {
  const step = <usize>dimension << 3
  for (let k = 0; k < dimension; k++) {
    const a = load<f64>(sums), b = load<f64>(sums + step), c = load<f64>(sums + 2 * step)
    const d = load<f64>(sums + 3 * step), e = load<f64>(sums + 4 * step)
    const low = max(min(a, b), min(c, d)), high = min(max(a, b), max(c, d))
    let value = max(min(low, high), min(max(low, high), e)) / <f64>size
    if (near != 0) {
      const rounded = <f32>value
      store<f32>(near, rounded)
      near += 4
      value = <f64>rounded
    }
    store<f64>(origin, value)
    origin += 8
    sums += 8
  }
}
