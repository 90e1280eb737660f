import { panelPoints, WIDTH } from './panel'
import { ROWS } from './tile'

// Rows on their way from where they lie to where a kernel takes them, in one pass: minus an origin of their precision, rounded once,
// times a factor (a power of two), and turned, and their ‖x‖². That is summed in f64; of f32 the squares of four coordinates come
// together first, which the f64 sum of many does not feel, and which is infinite beyond 1e18.

/** One vector of coordinates of four rows, turned: the four numbers of a coordinate stand together, `step` bytes after the last. */
// @ts-ignore: decorator
@inline
function turn<T>(a: v128, b: v128, c: v128, d: v128, out: usize, step: usize): void {
  if (sizeof<T>() == 8) {
    v128.store(out, v128.shuffle<u64>(a, b, 0, 2))
    v128.store(out, v128.shuffle<u64>(c, d, 0, 2), 16)
    v128.store(out + step, v128.shuffle<u64>(a, b, 1, 3))
    v128.store(out + step, v128.shuffle<u64>(c, d, 1, 3), 16)
    return
  }
  const p = v128.shuffle<u32>(a, b, 0, 4, 1, 5), q = v128.shuffle<u32>(c, d, 0, 4, 1, 5)
  const r = v128.shuffle<u32>(a, b, 2, 6, 3, 7), s = v128.shuffle<u32>(c, d, 2, 6, 3, 7)
  v128.store(out, v128.shuffle<u64>(p, q, 0, 2))
  v128.store(out + step, v128.shuffle<u64>(p, q, 1, 3))
  v128.store(out + 2 * step, v128.shuffle<u64>(r, s, 0, 2))
  v128.store(out + 3 * step, v128.shuffle<u64>(r, s, 1, 3))
}

/** x − o at a coordinate behind the last four, times a factor, to its place; returns its square. */
// @ts-ignore: decorator
@inline
function single<T>(x: usize, origin: usize, factor: T, out: usize): f64 {
  const difference = load<T>(x) - load<T>(origin)
  store<T>(out, difference * factor)
  return <f64>difference * <f64>difference
}

// @ts-ignore: decorator
@inline
function square<T>(x: v128): v128 {
  return v128.mul<T>(x, x)
}

// @ts-ignore: decorator
@inline
function upper(x: v128): v128 {
  return v128.shuffle<u64>(x, x, 1, 1)
}

// @ts-ignore: decorator
@inline
function lanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1)
}

/** Four rows, those of a coordinate side by side, `step` bytes after the last; returns the largest ‖x‖². */
function placeFour<T>(
  x0: usize, x1: usize, x2: usize, x3: usize, dimension: i32, origin: usize, factor: T, out: usize, step: usize, norms: usize,
): f64 {
  const times = v128.splat<T>(factor)
  const whole = origin + <usize>(dimension & ~3) * sizeof<T>()
  const end = origin + <usize>dimension * sizeof<T>()
  const d1 = x1 - x0, d2 = x2 - x0, d3 = x3 - x0
  let a0 = f64x2.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0
  for (; origin != whole; origin += 4 * sizeof<T>()) {
    const o = v128.load(origin)
    const p = v128.sub<T>(v128.load(x0), o)
    const q = v128.sub<T>(v128.load(x0 + d1), o)
    const r = v128.sub<T>(v128.load(x0 + d2), o)
    const s = v128.sub<T>(v128.load(x0 + d3), o)
    if (sizeof<T>() == 4) {
      const pq = v128.shuffle<u32>(p, q, 0, 4, 1, 5), rs = v128.shuffle<u32>(r, s, 0, 4, 1, 5)
      const t0 = v128.shuffle<u64>(pq, rs, 0, 2), t1 = v128.shuffle<u64>(pq, rs, 1, 3)
      const first = v128.add<f32>(square<f32>(t0), square<f32>(t1))
      v128.store(out, v128.mul<f32>(t0, times))
      v128.store(out + step, v128.mul<f32>(t1, times))
      const qp = v128.shuffle<u32>(p, q, 2, 6, 3, 7), sr = v128.shuffle<u32>(r, s, 2, 6, 3, 7)
      const t2 = v128.shuffle<u64>(qp, sr, 0, 2), t3 = v128.shuffle<u64>(qp, sr, 1, 3)
      const squares = v128.add<f32>(first, v128.add<f32>(square<f32>(t2), square<f32>(t3)))
      v128.store(out + 2 * step, v128.mul<f32>(t2, times))
      v128.store(out + 3 * step, v128.mul<f32>(t3, times))
      a0 = f64x2.add(a0, f64x2.promote_low_f32x4(squares))
      a1 = f64x2.add(a1, f64x2.promote_low_f32x4(upper(squares)))
    } else {
      const t = v128.load(origin, 16)
      a0 = f64x2.add(a0, square<f64>(p))
      a1 = f64x2.add(a1, square<f64>(q))
      a2 = f64x2.add(a2, square<f64>(r))
      a3 = f64x2.add(a3, square<f64>(s))
      turn<T>(v128.mul<T>(p, times), v128.mul<T>(q, times), v128.mul<T>(r, times), v128.mul<T>(s, times), out, step)
      const u = v128.sub<T>(v128.load(x0, 16), t)
      const v = v128.sub<T>(v128.load(x0 + d1, 16), t)
      const w = v128.sub<T>(v128.load(x0 + d2, 16), t)
      const y = v128.sub<T>(v128.load(x0 + d3, 16), t)
      b0 = f64x2.add(b0, square<f64>(u))
      b1 = f64x2.add(b1, square<f64>(v))
      b2 = f64x2.add(b2, square<f64>(w))
      b3 = f64x2.add(b3, square<f64>(y))
      turn<T>(v128.mul<T>(u, times), v128.mul<T>(v, times), v128.mul<T>(w, times), v128.mul<T>(y, times), out + 2 * step, step)
    }
    out += 4 * step
    x0 += 4 * sizeof<T>()
  }
  const narrow = sizeof<T>() == 4
  let n0 = narrow ? f64x2.extract_lane(a0, 0) : lanes(f64x2.add(a0, b0))
  let n1 = narrow ? f64x2.extract_lane(a0, 1) : lanes(f64x2.add(a1, b1))
  let n2 = narrow ? f64x2.extract_lane(a1, 0) : lanes(f64x2.add(a2, b2))
  let n3 = narrow ? f64x2.extract_lane(a1, 1) : lanes(f64x2.add(a3, b3))
  for (; origin != end; origin += sizeof<T>()) {
    n0 += single<T>(x0, origin, factor, out)
    n1 += single<T>(x0 + d1, origin, factor, out + sizeof<T>())
    n2 += single<T>(x0 + d2, origin, factor, out + 2 * sizeof<T>())
    n3 += single<T>(x0 + d3, origin, factor, out + 3 * sizeof<T>())
    x0 += sizeof<T>()
    out += step
  }
  store<T>(norms, <T>n0)
  store<T>(norms, <T>n1, sizeof<T>())
  store<T>(norms, <T>n2, 2 * sizeof<T>())
  store<T>(norms, <T>n3, 3 * sizeof<T>())
  return max(max(n0, n1), max(n2, n3))
}

/** One row, a coordinate `step` bytes after the last; returns its ‖x‖², by the steps of `placeFour`. */
function placeOne<T>(x: usize, dimension: i32, origin: usize, factor: T, out: usize, step: usize, norm: usize): f64 {
  const times = v128.splat<T>(factor)
  const whole = origin + <usize>(dimension & ~3) * sizeof<T>()
  const end = origin + <usize>dimension * sizeof<T>()
  let a = f64x2.splat(0), b = a
  for (; origin != whole; origin += 4 * sizeof<T>()) {
    const p = v128.sub<T>(v128.load(x), v128.load(origin))
    const t = v128.mul<T>(p, times)
    if (sizeof<T>() == 4) {
      let squares = square<f32>(p)
      squares = v128.add<f32>(squares, v128.shuffle<u32>(squares, squares, 1, 1, 3, 3))
      squares = v128.add<f32>(squares, upper(squares))
      a = f64x2.add(a, f64x2.promote_low_f32x4(squares))
      v128.store32_lane(out, t, 0)
      v128.store32_lane(out + step, t, 1)
      v128.store32_lane(out + 2 * step, t, 2)
      v128.store32_lane(out + 3 * step, t, 3)
    } else {
      const q = v128.sub<T>(v128.load(x, 16), v128.load(origin, 16))
      const u = v128.mul<T>(q, times)
      a = f64x2.add(a, square<f64>(p))
      b = f64x2.add(b, square<f64>(q))
      v128.store64_lane(out, t, 0)
      v128.store64_lane(out + step, t, 1)
      v128.store64_lane(out + 2 * step, u, 0)
      v128.store64_lane(out + 3 * step, u, 1)
    }
    out += 4 * step
    x += 4 * sizeof<T>()
  }
  let n = sizeof<T>() == 4 ? f64x2.extract_lane(a, 0) : lanes(f64x2.add(a, b))
  for (; origin != end; origin += sizeof<T>()) {
    n += single<T>(x, origin, factor, out)
    x += sizeof<T>()
    out += step
  }
  store<T>(norm, <T>n)
  return n
}

/**
 * Rows into panels, and their ‖x‖² to `norms`, with room for whole panels; the last panel is filled up with the origin, 0 from itself.
 * Returns the largest ‖x‖², NaN where one is NaN.
 */
export function packPanels<T>(rows: usize, count: i32, dimension: i32, origin: usize, out: usize, norms: usize): f64 {
  const stride = <usize>dimension * sizeof<T>()
  const end = rows + <usize>count * stride
  let largest: f64 = 0
  for (; rows < end; rows += <usize>panelPoints<T>() * stride) {
    for (let i: usize = 0; i < WIDTH; i += 4 * sizeof<T>()) {
      const x0 = rows + i / sizeof<T>() * stride
      const x1 = x0 + stride, x2 = x1 + stride, x3 = x2 + stride
      const most = placeFour<T>(
        x0 < end ? x0 : origin, x1 < end ? x1 : origin, x2 < end ? x2 : origin, x3 < end ? x3 : origin,
        dimension, origin, 1, out + i, WIDTH, norms + i,
      )
      largest = max(largest, most)
    }
    norms += WIDTH
    out += <usize>dimension * WIDTH
  }
  return largest
}

/** Five rows as they are, times a factor, into a tile. */
function turnFive<T>(x: usize, x1: usize, x2: usize, x3: usize, x4: usize, dimension: i32, factor: T, out: usize): void {
  const times = v128.splat<T>(factor)
  const stride = <usize>dimension * sizeof<T>()
  const step: usize = ROWS * sizeof<T>()
  let k: usize = 0
  for (; k + 16 <= stride; k += 16) {
    const first = v128.mul<T>(v128.load(x + k), times), second = v128.mul<T>(v128.load(x1 + k), times)
    const third = v128.mul<T>(v128.load(x2 + k), times), fourth = v128.mul<T>(v128.load(x3 + k), times)
    turn<T>(first, second, third, fourth, out, step)
    const fifth = v128.mul<T>(v128.load(x4 + k), times)
    if (sizeof<T>() == 4) {
      v128.store32_lane(out, fifth, 0, 16)
      v128.store32_lane(out, fifth, 1, 36)
      v128.store32_lane(out, fifth, 2, 56)
      v128.store32_lane(out, fifth, 3, 76)
    } else {
      v128.store64_lane(out, fifth, 0, 32)
      v128.store64_lane(out, fifth, 1, 72)
    }
    out += 80
  }
  for (; k < stride; k += sizeof<T>()) {
    store<T>(out, load<T>(x + k) * factor)
    store<T>(out, load<T>(x1 + k) * factor, sizeof<T>())
    store<T>(out, load<T>(x2 + k) * factor, 2 * sizeof<T>())
    store<T>(out, load<T>(x3 + k) * factor, 3 * sizeof<T>())
    store<T>(out, load<T>(x4 + k) * factor, 4 * sizeof<T>())
    out += step
  }
}

/**
 * Rows minus an origin times a factor into tiles, [tile][coordinate][row], and their ‖x‖² to `norms`, with room for whole tiles; the
 * last tile repeats the last row: every entry comes out of the same steps wherever it stands. Returns the largest ‖x‖², NaN where
 * one is NaN. Where `origin` is 0 the rows stay where they are, and their norms are left out: 0.
 */
export function packTiles<T>(
  rows: usize, count: i32, dimension: i32, origin: usize, factor: T, out: usize, norms: usize,
): f64 {
  const stride = <usize>dimension * sizeof<T>()
  const step: usize = ROWS * sizeof<T>()
  const last = rows + <usize>(count - 1) * stride
  let largest: f64 = 0
  for (; rows <= last; rows += <usize>ROWS * stride) {
    const x1 = min(rows + stride, last)
    const x2 = min(x1 + stride, last)
    const x3 = min(x2 + stride, last)
    const x4 = min(x3 + stride, last)
    if (origin == 0) turnFive<T>(rows, x1, x2, x3, x4, dimension, factor, out)
    else {
      const most = placeFour<T>(rows, x1, x2, x3, dimension, origin, factor, out, step, norms)
      const other = placeOne<T>(x4, dimension, origin, factor, out + 4 * sizeof<T>(), step, norms + 4 * sizeof<T>())
      largest = max(largest, max(most, other))
      norms += step
    }
    out += <usize>dimension * step
  }
  return largest
}
