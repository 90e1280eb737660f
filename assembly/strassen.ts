import { exponentials } from './exp'
import { WIDTH } from './panel'
import { dotTiles, PACKED, ROWS, STRIP } from './tile'

// Dot products of many coordinates by one level of Strassen's multiplication, as Winograd has it: seven products in place of eight.
// A pair of tiles is a matrix A of quarters: A11 and A12 are the first and the second half of the coordinates of its first tile,
// A21 and A22 those of its second. Of a pair of panels, B11 and B21 are the halves of the first, B12 and B22 those of the second.
//
//   S1 = A21 + A22    S2 = S1 − A11     S3 = A11 − A21    S4 = A12 − S2
//   T1 = B12 − B11    T2 = B22 − T1     T3 = B22 − B12    T4 = T2 − B21
//   U = A11 B11 + S2 T2                 V = U + S3 T3
//
//   A11 B11 + A12 B21     U + S1 T1 + S4 B22
//   V − A22 T4            V + S1 T1
//
// Halves are whole fours of coordinates; the products of those that are left over are added at the end. An entry has the rounding of the
// largest rows and points of its pairs.

/** Bytes of a coordinate of a tile. */
const STEP: usize = <usize>ROWS * 4
/** Bytes of the dot products of a tile. */
const TILE: usize = <usize>ROWS * WIDTH

/** Where in a buffer the strip of the second panel is: behind that of the first and the scratch of the exponentials. */
const SECOND: usize = 2 * STRIP
/** Points of a pair of panels. */
export const PAIR_POINTS: i32 = 16

// @ts-ignore: decorator
@inline
function halfOf(dimension: i32): usize {
  return <usize>(dimension >> 3 << 2)
}

/** Of each pair of tiles S1, −S2, S3 and S4, of each pair of panels T1, T2, T3 and T4; a coordinate of one has `width` bytes. */
export function pairSums(pair: usize, pairs: i32, dimension: i32, width: usize, out: usize): void {
  const size = <usize>dimension * width
  const half = halfOf(dimension) * width
  // −A22, A21, A11 and −A12 stand to S1, −S2, S3 and S4 as B11, B12, B22 and B21 to T1, T2, T3 and T4.
  const tiles = width == STEP
  const sign = f32x4.splat(tiles ? -0.0 : 0.0)
  const p = tiles ? size + half : 0, r = size + half - p
  do {
    const end = pair + half
    do {
      const second = v128.load(pair + size), last = v128.load(pair + r)
      const s1 = f32x4.sub(second, v128.xor(v128.load(pair + p), sign))
      const s2 = f32x4.sub(last, s1)
      v128.store(out, s1)
      v128.store(out + half, s2)
      v128.store(out + 2 * half, f32x4.sub(last, second))
      v128.store(out + 3 * half, f32x4.sub(s2, v128.xor(v128.load(pair + half), sign)))
      pair += 16
      out += 16
    } while (pair != end)
    pair += 2 * size - half
    out += 3 * half
  } while (--pairs)
}

/** Dot products over `half` of the coordinates of `pairs` tiles, one every `next` bytes, and a panel; returns where they end. */
function product(x: usize, next: usize, z: usize, half: usize, pairs: usize, out: usize): usize {
  const end = out + pairs * TILE
  dotTiles<f32>(x, STEP, next, z, half, out, end, true)
  return end
}

/** Of seven products that follow one another the strips of both panels. */
function combine(products: usize, pairs: usize, strip: usize): void {
  const size = pairs * TILE
  const end = products + size
  do {
    const last = products + TILE
    do {
      let at = products
      const s4b22 = v128.load(at)
      const a22t4 = v128.load((at += size))
      const a11b11 = v128.load((at += size))
      const a12b21 = v128.load((at += size))
      const s1t1 = v128.load((at += size))
      const minusS2t2 = v128.load((at += size))
      const s3t3 = v128.load(at + size)
      const u = f32x4.sub(a11b11, minusS2t2)
      const v = f32x4.add(u, s3t3)
      v128.store(strip, f32x4.add(a11b11, a12b21))
      v128.store(strip, f32x4.sub(v, a22t4), TILE)
      v128.store(strip, f32x4.add(f32x4.add(u, s1t1), s4b22), SECOND)
      v128.store(strip, f32x4.add(v, s1t1), SECOND + TILE)
      products += 16
      strip += 16
    } while (products != last)
    strip += TILE
  } while (products != end)
}

/**
 * Gram matrix of the Gaussian by dot products, of exponents that are `near` (exp.ts): `rows` in whole pairs of tiles, times their
 * `rowFactor`, `count` points in whole pairs of panels with their `sums`; a row every `step` bytes.
 */
export function gramPairs(
  x: usize, rows: i32, packed: usize, count: i32, dimension: i32, gamma: f32,
  rowNorms: usize, pointNorms: usize, sums: usize, buffer: usize, out: usize, step: usize,
): void {
  const half = halfOf(dimension), rest = <usize>dimension - 2 * half
  const tile = <usize>dimension * STEP, panel = <usize>dimension * WIDTH
  const a = half * STEP, b = half * WIDTH
  const next: usize = 2 * tile, nextSums: usize = 4 * a
  const pairs = <usize>rows / (2 * ROWS)
  const own = buffer + PACKED, products = own + pairs * nextSums
  pairSums(x, <i32>pairs, dimension, STEP, own)
  for (; count > 0; count -= PAIR_POINTS) {
    let at = product(own + 3 * a, nextSums, packed + panel + b, half, pairs, products)
    at = product(x + tile + a, next, sums + 3 * b, half, pairs, at)
    for (let i: usize = 0; i < 2; i++) at = product(x + i * a, next, packed + i * b, half, pairs, at)
    for (let i: usize = 0; i < 3; i++) at = product(own + i * a, nextSums, sums + i * b, half, pairs, at)
    combine(products, pairs, buffer)
    for (let strip = buffer; strip <= buffer + SECOND; strip += SECOND) {
      if (rest != 0) {
        dotTiles<f32>(x + 2 * a, STEP, tile, packed + 2 * b, rest, strip, strip + <usize>rows * WIDTH, false)
      }
      exponentials<f32>(strip, rows, -gamma, rowNorms, pointNorms, true, 0, buffer + STRIP, out, step)
      packed += panel
      pointNorms += WIDTH
      out += WIDTH
    }
    sums += 4 * b
  }
}
