import { CHUNK, madd, WIDTH } from './panel'

// Five rows against one panel: ten accumulators, two panel vectors, a broadcast row element and one product fill the fifteen
// vector registers that engines leave to WASM. The five rows stand side by side (`packTiles`), so that one pointer feeds them.
// What the loop looks like decides how engines order it: pointers move first, and the loop stands behind an if and is left at
// its end only, or loads bunch together; a tile is a function of its own, or the loop is unrolled and bunches as well; and the
// stores behind it come in the order of the sums, or the loads are not spread among them. Each costs a fifth to a half.
// Dot products take four coordinates a turn, since an engine looks at its stack at every turn, a tenth of one. After each is a way
// out, so that its sums are taken before those of the next begin; it is taken by a number from memory, so that the loads of the
// next wait for it; and the rows come from the last to the first. Without one of these loads bunch. As many additions and
// multiplications as a processor does at once come to its decoder at almost the pace it has: which vector of the panel is loaded
// first, and that pointers move by themselves, is by measurement, a twentieth of the time. The steps of a coordinate are
// written out four times: a function, inlined or not, gives back one value, and these change ten sums.

/** Σ_k x_k z_k. */
export const DOTS: i32 = 0
/** Σ_k (x_k − z_k)². */
export const SQUARES: i32 = 1
/** Σ_k |x_k − z_k|. */
export const ABSOLUTES: i32 = 2
/** Σ_k l_k (x_k − z_k)² over coordinates with l_k ≥ 0, and |l_k| for every other one where x_k ≠ z_k. */
export const MIXED: i32 = 3

/** Rows of a tile. */
export const ROWS: i32 = 5

/** Coordinates taken at a time: 1024 panel rows are 32 KB. */
export const BLOCK: i32 = 1024

/** Most rows of a strip: a chunk in whole tiles. */
export const STRIP_ROWS: i32 = (CHUNK + ROWS - 1) / ROWS * ROWS
/** Room for a strip. */
export const STRIP: usize = <usize>STRIP_ROWS * WIDTH
/** Where in a buffer the packed rows of a strip begin: behind the strip and 64 bytes for each of its rows. */
export const PACKED: usize = STRIP + (<usize>STRIP_ROWS << 6)

// @ts-ignore: decorator
@inline
function mixed<T>(t: v128, loss: v128): v128 {
  const zero = v128.splat<T>(<T>0)
  const differs = v128.and(v128.ne<T>(t, zero), v128.neg<T>(loss))
  return v128.bitselect(differs, v128.mul<T>(v128.mul<T>(t, t), loss), v128.lt<T>(loss, zero))
}

/** sum and the term of x and z of a form. */
// @ts-ignore: decorator
@inline
function plus<T>(sum: v128, x: v128, z: v128, form: i32, loss: v128): v128 {
  const t = v128.sub<T>(x, z)
  if (form == SQUARES) return madd<T>(t, t, sum)
  return v128.add<T>(sum, form == ABSOLUTES ? v128.abs<T>(t) : mixed<T>(t, loss))
}

/** The sums of a tile to five buffer rows. */
// @ts-ignore: decorator
@inline
function storeSums(
  out: usize, a0: v128, b0: v128, a1: v128, b1: v128, a2: v128, b2: v128, a3: v128, b3: v128, a4: v128, b4: v128,
): void {
  v128.store(out, a0)
  v128.store(out, b0, 16)
  v128.store(out, a1, 32)
  v128.store(out, b1, 48)
  v128.store(out, a2, 64)
  v128.store(out, b2, 80)
  v128.store(out, a3, 96)
  v128.store(out, b3, 112)
  v128.store(out, a4, 128)
  v128.store(out, b4, 144)
}

/**
 * Sums of a form, but dot products, over `count` coordinates of five rows, those of a coordinate side by side, and one panel, added
 * to five buffer rows unless these are `fresh`.
 */
// @ts-ignore: decorator
@inline
function tile<T>(x: usize, z: usize, count: usize, out: usize, fresh: bool, form: i32, losses: usize): void {
  const step: usize = ROWS * sizeof<T>()
  const zero = v128.splat<T>(<T>0)
  let a0 = zero, b0 = zero, a1 = zero, b1 = zero, a2 = zero, b2 = zero, a3 = zero, b3 = zero, a4 = zero, b4 = zero
  if (!fresh) {
    a0 = v128.load(out), b0 = v128.load(out, 16)
    a1 = v128.load(out, 32), b1 = v128.load(out, 48)
    a2 = v128.load(out, 64), b2 = v128.load(out, 80)
    a3 = v128.load(out, 96), b3 = v128.load(out, 112)
    a4 = v128.load(out, 128), b4 = v128.load(out, 144)
  }
  x -= step
  z -= WIDTH
  losses -= sizeof<T>()
  const last = x + count * step
  if (count != 0) do {
    x += step
    z += WIDTH
    let loss = zero
    if (form == MIXED) {
      losses += sizeof<T>()
      loss = v128.load_splat<T>(losses)
    }
    const p = v128.load(z), q = v128.load(z, 16)
    let r = v128.load_splat<T>(x)
    a0 = plus<T>(a0, r, p, form, loss)
    b0 = plus<T>(b0, r, q, form, loss)
    r = v128.load_splat<T>(x, sizeof<T>())
    a1 = plus<T>(a1, r, p, form, loss)
    b1 = plus<T>(b1, r, q, form, loss)
    r = v128.load_splat<T>(x, 2 * sizeof<T>())
    a2 = plus<T>(a2, r, p, form, loss)
    b2 = plus<T>(b2, r, q, form, loss)
    r = v128.load_splat<T>(x, 3 * sizeof<T>())
    a3 = plus<T>(a3, r, p, form, loss)
    b3 = plus<T>(b3, r, q, form, loss)
    r = v128.load_splat<T>(x, 4 * sizeof<T>())
    a4 = plus<T>(a4, r, p, form, loss)
    b4 = plus<T>(b4, r, q, form, loss)
  } while (x != last)
  storeSums(out, a0, b0, a1, b1, a2, b2, a3, b3, a4, b4)
}

/** Not 0, which no engine knows. */
const TRUE = memory.data<i32>([1])

/**
 * Dot products over `count` coordinates, one every `step` bytes, of tile after tile, one every `next` bytes, and one panel, added to
 * the buffer rows from `out` to `end` unless these are `fresh`.
 */
export function dotTiles<T>(
  from: usize, step: usize, next: usize, panel: usize, count: usize, out: usize, end: usize, fresh: bool,
): void {
  const zero = v128.splat<T>(<T>0)
  from -= step
  panel -= WIDTH
  for (; out < end; out += <usize>ROWS * WIDTH) {
    let a0 = zero, b0 = zero, a1 = zero, b1 = zero, a2 = zero, b2 = zero, a3 = zero, b3 = zero, a4 = zero, b4 = zero
    if (!fresh) {
      a0 = v128.load(out), b0 = v128.load(out, 16)
      a1 = v128.load(out, 32), b1 = v128.load(out, 48)
      a2 = v128.load(out, 64), b2 = v128.load(out, 80)
      a3 = v128.load(out, 96), b3 = v128.load(out, 112)
      a4 = v128.load(out, 128), b4 = v128.load(out, 144)
    }
    let p = zero, q = zero, r = zero
    let x = from, z = panel
    const last = x + count * step
    if (count != 0) do {
      x += step
      z += WIDTH
      q = v128.load(z, 16), p = v128.load(z)
      r = v128.load_splat<T>(x, 4 * sizeof<T>()), b4 = madd<T>(r, q, b4), a4 = madd<T>(r, p, a4)
      r = v128.load_splat<T>(x, 3 * sizeof<T>()), b3 = madd<T>(r, q, b3), a3 = madd<T>(r, p, a3)
      r = v128.load_splat<T>(x, 2 * sizeof<T>()), b2 = madd<T>(r, q, b2), a2 = madd<T>(r, p, a2)
      r = v128.load_splat<T>(x, sizeof<T>()), b1 = madd<T>(r, q, b1), a1 = madd<T>(r, p, a1)
      r = v128.load_splat<T>(x), b0 = madd<T>(r, q, b0), a0 = madd<T>(r, p, a0)
      if (x == last) {
        if (load<i32>(TRUE) != 0) break
      }
      x += step
      z += WIDTH
      q = v128.load(z, 16), p = v128.load(z)
      r = v128.load_splat<T>(x, 4 * sizeof<T>()), b4 = madd<T>(r, q, b4), a4 = madd<T>(r, p, a4)
      r = v128.load_splat<T>(x, 3 * sizeof<T>()), b3 = madd<T>(r, q, b3), a3 = madd<T>(r, p, a3)
      r = v128.load_splat<T>(x, 2 * sizeof<T>()), b2 = madd<T>(r, q, b2), a2 = madd<T>(r, p, a2)
      r = v128.load_splat<T>(x, sizeof<T>()), b1 = madd<T>(r, q, b1), a1 = madd<T>(r, p, a1)
      r = v128.load_splat<T>(x), b0 = madd<T>(r, q, b0), a0 = madd<T>(r, p, a0)
      if (x == last) {
        if (load<i32>(TRUE) != 0) break
      }
      x += step
      z += WIDTH
      q = v128.load(z, 16), p = v128.load(z)
      r = v128.load_splat<T>(x, 4 * sizeof<T>()), b4 = madd<T>(r, q, b4), a4 = madd<T>(r, p, a4)
      r = v128.load_splat<T>(x, 3 * sizeof<T>()), b3 = madd<T>(r, q, b3), a3 = madd<T>(r, p, a3)
      r = v128.load_splat<T>(x, 2 * sizeof<T>()), b2 = madd<T>(r, q, b2), a2 = madd<T>(r, p, a2)
      r = v128.load_splat<T>(x, sizeof<T>()), b1 = madd<T>(r, q, b1), a1 = madd<T>(r, p, a1)
      r = v128.load_splat<T>(x), b0 = madd<T>(r, q, b0), a0 = madd<T>(r, p, a0)
      if (x == last) {
        if (load<i32>(TRUE) != 0) break
      }
      x += step
      z += WIDTH
      q = v128.load(z, 16), p = v128.load(z)
      r = v128.load_splat<T>(x, 4 * sizeof<T>()), b4 = madd<T>(r, q, b4), a4 = madd<T>(r, p, a4)
      r = v128.load_splat<T>(x, 3 * sizeof<T>()), b3 = madd<T>(r, q, b3), a3 = madd<T>(r, p, a3)
      r = v128.load_splat<T>(x, 2 * sizeof<T>()), b2 = madd<T>(r, q, b2), a2 = madd<T>(r, p, a2)
      r = v128.load_splat<T>(x, sizeof<T>()), b1 = madd<T>(r, q, b1), a1 = madd<T>(r, p, a1)
      r = v128.load_splat<T>(x), b0 = madd<T>(r, q, b0), a0 = madd<T>(r, p, a0)
    } while (x != last)
    storeSums(out, a0, b0, a1, b1, a2, b2, a3, b3, a4, b4)
    from += next
  }
}

/** Σ_i k_i x_i over rows, for five of their coordinates (x a row every `stride` bytes) and a panel of points (k from the buffer). */
export function momentTile<T>(x: usize, stride: usize, k: usize, rows: usize, out: usize): void {
  dotTiles<T>(x, stride, 0, k, rows, out, out + <usize>ROWS * WIDTH, true)
}

function squareTile<T>(x: usize, z: usize, count: usize, out: usize, fresh: bool): void {
  tile<T>(x, z, count, out, fresh, SQUARES, 0)
}

function absoluteTile<T>(x: usize, z: usize, count: usize, out: usize, fresh: bool): void {
  tile<T>(x, z, count, out, fresh, ABSOLUTES, 0)
}

function mixedTile<T>(x: usize, z: usize, count: usize, out: usize, fresh: bool, losses: usize): void {
  tile<T>(x, z, count, out, fresh, MIXED, losses)
}

/** Adds the sums over the coordinates from k on, up to a block of them, to a strip, or begins it with them. */
// @ts-ignore: decorator
@inline
function addBlock<T>(
  x: usize, rows: i32, dimension: i32, k: i32, panel: usize, buffer: usize, fresh: bool, form: i32, losses: usize,
): void {
  const step = <usize>dimension * (<usize>ROWS * sizeof<T>())
  const count = <usize>min(BLOCK, dimension - k)
  const z = panel + <usize>k * WIDTH
  x += <usize>k * (<usize>ROWS * sizeof<T>())
  const end = buffer + <usize>rows * WIDTH
  let out = buffer
  if (form == DOTS) {
    dotTiles<T>(x, ROWS * sizeof<T>(), step, z, count, out, end, fresh)
    return
  }
  for (; out < end; out += <usize>ROWS * WIDTH) {
    if (form == SQUARES) squareTile<T>(x, z, count, out, fresh)
    else if (form == ABSOLUTES) absoluteTile<T>(x, z, count, out, fresh)
    else mixedTile<T>(x, z, count, out, fresh, losses + <usize>k * sizeof<T>())
    x += step
  }
}

/**
 * Sums of a form over the coordinates of up to 260 packed rows, those at x, and one panel: a strip of panel rows. Two calls of each
 * tile, since the compiler would put the body of a function with one caller in its place.
 */
export function strip<T>(x: usize, rows: i32, dimension: i32, panel: usize, buffer: usize, form: i32, losses: usize): void {
  addBlock<T>(x, rows, dimension, 0, panel, buffer, true, form, losses)
  for (let k = BLOCK; k < dimension; k += BLOCK) addBlock<T>(x, rows, dimension, k, panel, buffer, false, form, losses)
}
