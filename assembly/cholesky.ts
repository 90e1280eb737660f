// A = LLᵀ in place, left-looking in block columns, with a packed 4 × 4 tile; and solves with L for many right sides.
import { addScaled, at, dot, put, row } from './linear'

const BLOCK: i32 = 64 // columns of a block
const DEPTH: i32 = 256 // entries of a row that one pass multiplies
const STRIP: i32 = 16 // right sides solved together

/** Bytes of workspace for {@link cholesky} and {@link choleskySolve} on an n × n matrix. */
export function choleskyWorkspace(n: i32): i32 {
  return max(BLOCK * DEPTH, n * STRIP) << 3
}

/**
 * Overwrites the lower triangle of A (n × n, row-major) by its Cholesky factor; the upper triangle is neither read nor
 * written. Returns 0, or 1 + the first row whose pivot is not above `least`, where the factorisation stops.
 */
export function cholesky(A: usize, n: i32, least: f64, work: usize): i32 {
  for (let first = 0; first < n; first += BLOCK) {
    const end = min(first + BLOCK, n)
    for (let k = 0; k < first; k += DEPTH) subtract(A, n, first, end, k, min(DEPTH, first - k), work)
    for (let i = first; i < n; i++) {
      const Ai = row(A, i, n)
      for (let j = first; j < min(i, end); j++) {
        const Aj = row(A, j, n)
        const inner = dot(Ai + ((<usize>first) << 3), Aj + ((<usize>first) << 3), j - first)
        put(Ai, j, (at(Ai, j) - inner) / at(Aj, j))
      }
      if (i >= end) continue
      const own = Ai + ((<usize>first) << 3)
      const pivot = at(Ai, i) - dot(own, own, i - first)
      if (!(pivot > least)) return i + 1
      put(Ai, i, Math.sqrt(pivot))
    }
  }
  return 0
}

/** A[i, j] −= Σ_k L[i, k]·L[j, k] for i ≥ first, first ≤ j < end, over `depth` values of k from `from`. */
function subtract(A: usize, n: i32, first: i32, end: i32, from: i32, depth: i32, pack: usize): void {
  const columns = end - first
  // Rows first … end of L, four at a time, k by k: what the tile reads in order. Short groups are filled with zeros.
  for (let j = 0; j < columns; j += 4) {
    for (let lane = 0; lane < 4; lane++) {
      const source = row(A, first + j + lane, n)
      const target = row(pack, j, depth) + ((<usize>lane) << 3)
      for (let k = 0; k < depth; k++) {
        store<f64>(target + ((<usize>k) << 5), j + lane < columns ? at(source, from + k) : 0)
      }
    }
  }
  const stride = (<usize>n) << 3
  let i = first
  for (; i + 4 <= n; i += 4) {
    const left = row(A, i, n) + ((<usize>from) << 3)
    for (let j = 0; j < columns && first + j < i + 4; j += 4) {
      const out = row(A, i, n) + ((<usize>(first + j)) << 3)
      if (j + 4 <= columns && first + j + 3 <= i) tile(left, stride, row(pack, j, depth), depth, out)
      else edge(left, stride, row(pack, j, depth), depth, out, 4, min(4, columns - j), i - first - j)
    }
  }
  if (i < n) {
    const left = row(A, i, n) + ((<usize>from) << 3)
    for (let j = 0; j < columns && first + j < n; j += 4) {
      const out = row(A, i, n) + ((<usize>(first + j)) << 3)
      edge(left, stride, row(pack, j, depth), depth, out, n - i, min(4, columns - j), i - first - j)
    }
  }
}

/** A 4 × 4 tile: eight accumulators, no unrolling (more would spill). */
function tile(a: usize, stride: usize, b: usize, depth: i32, out: usize): void {
  const a1 = a + stride
  const a2 = a1 + stride
  const a3 = a2 + stride
  let s00 = v128.load(out)
  let s01 = v128.load(out, 16)
  let s10 = v128.load(out + stride)
  let s11 = v128.load(out + stride, 16)
  let s20 = v128.load(out + 2 * stride)
  let s21 = v128.load(out + 2 * stride, 16)
  let s30 = v128.load(out + 3 * stride)
  let s31 = v128.load(out + 3 * stride, 16)
  const end = (<usize>depth) << 3
  for (let k: usize = 0; k < end; k += 8) {
    const b0 = v128.load(b)
    const b1 = v128.load(b, 16)
    b += 32
    let x = v128.load64_splat(a + k)
    s00 = f64x2.sub(s00, f64x2.mul(x, b0))
    s01 = f64x2.sub(s01, f64x2.mul(x, b1))
    x = v128.load64_splat(a1 + k)
    s10 = f64x2.sub(s10, f64x2.mul(x, b0))
    s11 = f64x2.sub(s11, f64x2.mul(x, b1))
    x = v128.load64_splat(a2 + k)
    s20 = f64x2.sub(s20, f64x2.mul(x, b0))
    s21 = f64x2.sub(s21, f64x2.mul(x, b1))
    x = v128.load64_splat(a3 + k)
    s30 = f64x2.sub(s30, f64x2.mul(x, b0))
    s31 = f64x2.sub(s31, f64x2.mul(x, b1))
  }
  v128.store(out, s00)
  v128.store(out, s01, 16)
  v128.store(out + stride, s10)
  v128.store(out + stride, s11, 16)
  v128.store(out + 2 * stride, s20)
  v128.store(out + 2 * stride, s21, 16)
  v128.store(out + 3 * stride, s30)
  v128.store(out + 3 * stride, s31, 16)
}

/** The tile where it is cut by the border or the diagonal: entry (r, s) counts where s ≤ r + `below`. */
function edge(a: usize, stride: usize, b: usize, depth: i32, out: usize, rows: i32, columns: i32, below: i32): void {
  for (let r = 0; r < rows; r++) {
    for (let s = 0; s < columns && s <= r + below; s++) {
      let sum: f64 = 0
      for (let k = 0; k < depth; k++) sum += at(a, k) * load<f64>(b + ((<usize>(4 * k + s)) << 3))
      put(out, s, at(out, s) - sum)
    }
    a += stride
    out += stride
  }
}

/** B ← A⁻¹B from the factor L of A (n × n); B is n × columns, row-major. */
export function choleskySolve(L: usize, n: i32, B: usize, columns: i32, work: usize): void {
  if (columns == 1) {
    forward(L, n, B)
    backward(L, n, B)
    return
  }
  for (let first = 0; first < columns; first += STRIP) {
    const width = min(STRIP, columns - first)
    for (let i = 0; i < n; i++) {
      const target = row(work, i, STRIP)
      memory.copy(target, row(B, i, columns) + ((<usize>first) << 3), (<usize>width) << 3)
      memory.fill(target + ((<usize>width) << 3), 0, (<usize>(STRIP - width)) << 3)
    }
    const step = (<usize>n) << 3
    for (let i = 0; i < n; i++) eliminate(row(L, i, n), 8, work, i, row(work, i, STRIP), at(row(L, i, n), i))
    for (let i = n - 1; i >= 0; i--) {
      const below = row(work, i + 1, STRIP)
      eliminate(row(L, i + 1, n) + ((<usize>i) << 3), step, below, n - 1 - i, row(work, i, STRIP), at(row(L, i, n), i))
    }
    for (let i = 0; i < n; i++) {
      memory.copy(row(B, i, columns) + ((<usize>first) << 3), row(work, i, STRIP), (<usize>width) << 3)
    }
  }
}

/** x ← L⁻¹x. */
function forward(L: usize, n: i32, x: usize): void {
  for (let i = 0; i < n; i++) {
    const Li = row(L, i, n)
    put(x, i, (at(x, i) - dot(Li, x, i)) / at(Li, i))
  }
}

/** x ← L⁻ᵀx. */
function backward(L: usize, n: i32, x: usize): void {
  for (let i = n - 1; i >= 0; i--) {
    const Li = row(L, i, n)
    const value = at(x, i) / at(Li, i)
    put(x, i, value)
    addScaled(-value, Li, x, i)
  }
}

/** A row of 16 right sides: y ← (y − Σ_k factor_k·x_k) / pivot; the factors stand `step` bytes apart. */
function eliminate(factors: usize, step: usize, x: usize, count: i32, y: usize, pivot: f64): void {
  let s0 = v128.load(y)
  let s1 = v128.load(y, 16)
  let s2 = v128.load(y, 32)
  let s3 = v128.load(y, 48)
  let s4 = v128.load(y, 64)
  let s5 = v128.load(y, 80)
  let s6 = v128.load(y, 96)
  let s7 = v128.load(y, 112)
  for (let k = 0; k < count; k++) {
    const f = v128.load64_splat(factors)
    s0 = f64x2.sub(s0, f64x2.mul(f, v128.load(x)))
    s1 = f64x2.sub(s1, f64x2.mul(f, v128.load(x, 16)))
    s2 = f64x2.sub(s2, f64x2.mul(f, v128.load(x, 32)))
    s3 = f64x2.sub(s3, f64x2.mul(f, v128.load(x, 48)))
    s4 = f64x2.sub(s4, f64x2.mul(f, v128.load(x, 64)))
    s5 = f64x2.sub(s5, f64x2.mul(f, v128.load(x, 80)))
    s6 = f64x2.sub(s6, f64x2.mul(f, v128.load(x, 96)))
    s7 = f64x2.sub(s7, f64x2.mul(f, v128.load(x, 112)))
    factors += step
    x += 128
  }
  const p = f64x2.splat(pivot)
  v128.store(y, f64x2.div(s0, p))
  v128.store(y, f64x2.div(s1, p), 16)
  v128.store(y, f64x2.div(s2, p), 32)
  v128.store(y, f64x2.div(s3, p), 48)
  v128.store(y, f64x2.div(s4, p), 64)
  v128.store(y, f64x2.div(s5, p), 80)
  v128.store(y, f64x2.div(s6, p), 96)
  v128.store(y, f64x2.div(s7, p), 112)
}
