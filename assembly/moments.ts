import { highSums, largest, lowSums } from './exp'
import { halfTiles } from './half'
import { kernelStrip, kindOf, LAPLACIAN, rowFactor } from './kernels'
import { packTiles } from './place'
import { momentTile, PACKED, ROWS, STRIP } from './tile'
import { CHUNK, madd, panelPoints, WIDTH } from './panel'

// Sums over rows without a Gram matrix: kernel values of 256 rows and one panel stay in the first-level cache, are summed
// there in the precision of the rows, and enter f64 totals chunk by chunk.

/**
 * Adds S_j = Σ_i a_i k(x_i, z_j) to `sums` and, unless `vectors` is 0, V_j = Σ_i a_i k(x_i, z_j) x_i to `vectors`, both f64
 * with room for whole panels (V: points × dimension). `weights` a_i may be 0: all ones. V has k' x_i of a polynomial, with the
 * derivative k' by x_i·z_j, and k · sign(x_i − z_j) of the Laplacian: what the gradient in z_j is made of.
 */
export function moments<T>(
  x: usize, rows: i32, weights: usize, packed: usize, count: i32, dimension: i32, gamma: T,
  rowNorms: usize, pointNorms: usize, buffer: usize, sums: usize, vectors: usize, kernel: usize,
): void {
  const width = panelPoints<T>()
  const stride = <usize>dimension * sizeof<T>()
  const scratch = buffer + STRIP
  for (let i = 0; i < rows; i += CHUNK) {
    const size = min(CHUNK, rows - i)
    const at = x + <usize>i * stride
    const norms = rowNorms != 0 ? rowNorms + <usize>i * sizeof<T>() : 0
    let panel = packed
    const farthest: T = sizeof<T>() == 4 && norms != 0 ? largest<T>(norms, size) : 0
    packTiles<T>(at, size, dimension, 0, rowFactor<T>(kernel, norms), buffer + PACKED, 0)
    for (let j = 0; j < count; j += width) {
      const own = weights != 0 ? weights + <usize>i * sizeof<T>() : 0
      kernelStrip<T>(
        buffer + PACKED, size, dimension, panel, gamma, norms, farthest, pointNorms + <usize>j * sizeof<T>(), own, count - j,
        buffer, kernel, vectors != 0, buffer, WIDTH,
      )
      addSums<T>(lowSums(), highSums(), sums + (<usize>j << 3))
      if (vectors != 0 && kindOf(kernel) == LAPLACIAN) {
        for (let k = 0; k < dimension; k += 4) {
          const coordinates = min(4, dimension - k)
          const from = <usize>k * sizeof<T>()
          signed<T>(buffer, at + from, stride, size, panel + <usize>k * WIDTH, coordinates, scratch)
          for (let p = 0; p < min(width, count - j); p++) {
            let place = vectors + ((<usize>(j + p) * dimension + k) << 3)
            for (let c = 0; c < coordinates; c++) {
              const share = <f64>load<T>(scratch + <usize>c * WIDTH + <usize>p * sizeof<T>())
              store<f64>(place, load<f64>(place) + share)
              place += 8
            }
          }
        }
      } else if (vectors != 0) {
        const points = min(width, count - j)
        for (let k = 0; k < dimension; k += ROWS) {
          const from = at + <usize>k * sizeof<T>()
          if (sizeof<T>() == 4 && points <= width / 2) halfTiles<T>(from, stride, 0, buffer, size, scratch, scratch + WIDTH)
          else momentTile<T>(from, stride, buffer, size, scratch)
          // What stands behind the last coordinates goes into sums that nobody reads.
          addMoments<T>(scratch, points, min(ROWS, dimension - k), vectors + ((<usize>j * dimension + k) << 3), dimension)
        }
      }
      panel += <usize>dimension * WIDTH
    }
  }
}

/** Adds sums of some points (in the panel) and coordinates to their f64 totals. */
function addMoments<T>(from: usize, points: i32, coordinates: i32, to: usize, dimension: i32): void {
  const stride = <usize>dimension << 3
  for (let p = 0; p < points; ) {
    const four = sizeof<T>() == 4 && points - p >= 4
    let c = 0
    if (four) for (; c + 2 <= coordinates; c += 2) addPairs(from + <usize>c * WIDTH, to + (<usize>c << 3), stride)
    for (; c < coordinates; c++) {
      const at = from + <usize>c * WIDTH
      let place = to + (<usize>c << 3)
      const end = at + (four ? 16 : sizeof<T>())
      for (let one = at; one < end; one += sizeof<T>()) {
        store<f64>(place, load<f64>(place) + <f64>load<T>(one))
        place += stride
      }
    }
    p += four ? 4 : 1
    from += four ? 16 : sizeof<T>()
    to += four ? stride << 2 : stride
  }
}

/** Adds f32 sums of two coordinates of four points to their totals, a point every `stride` bytes. */
// @ts-ignore: decorator
@inline
function addPairs(from: usize, to: usize, stride: usize): void {
  const a = v128.load(from), b = v128.load(from, WIDTH)
  const p = v128.shuffle<u32>(a, b, 0, 4, 1, 5), q = v128.shuffle<u32>(a, b, 2, 6, 3, 7)
  add64(to, f64x2.promote_low_f32x4(p))
  add64(to + stride, f64x2.promote_low_f32x4(v128.shuffle<u64>(p, p, 1, 1)))
  add64(to + 2 * stride, f64x2.promote_low_f32x4(q))
  add64(to + 3 * stride, f64x2.promote_low_f32x4(v128.shuffle<u64>(q, q, 1, 1)))
}

/** Adds the sums of a panel to f64 totals. */
// @ts-ignore: decorator
@inline
function addSums<T>(a: v128, b: v128, sums: usize): void {
  if (sizeof<T>() == 4) {
    add64(sums, f64x2.promote_low_f32x4(a))
    add64(sums + 16, f64x2.promote_low_f32x4(i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)))
    add64(sums + 32, f64x2.promote_low_f32x4(b))
    add64(sums + 48, f64x2.promote_low_f32x4(i8x16.shuffle(b, b, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)))
  } else {
    add64(sums, a)
    add64(sums + 16, b)
  }
}

// @ts-ignore: decorator
@inline
function add64(at: usize, value: v128): void {
  v128.store(at, f64x2.add(v128.load(at), value))
}

/** k where t > 0, −k where t < 0, 0 where t = 0. */
// @ts-ignore: decorator
@inline
function withSign<T>(k: v128, t: v128): v128 {
  const zero = v128.splat<T>(<T>0)
  return v128.and(v128.xor(k, v128.and(t, v128.neg<T>(zero))), v128.ne<T>(t, zero))
}

/** Σ_i k_i sign(x_i − z) for a panel of points (k from the buffer) and up to four coordinates, rows in order. */
function signed<T>(k: usize, x: usize, stride: usize, rows: i32, z: usize, coordinates: i32, out: usize): void {
  const c1 = <usize>min(1, coordinates - 1), c2 = <usize>min(2, coordinates - 1), c3 = <usize>min(3, coordinates - 1)
  const z1 = z + c1 * WIDTH, z2 = z + c2 * WIDTH, z3 = z + c3 * WIDTH
  let a0 = v128.splat<T>(<T>0), b0 = a0, a1 = a0, b1 = a0, a2 = a0, b2 = a0, a3 = a0, b3 = a0
  for (let i = 0; i < rows; i++) {
    const p = v128.load(k), q = v128.load(k, 16)
    const x0 = v128.load_splat<T>(x)
    a0 = v128.add<T>(a0, withSign<T>(p, v128.sub<T>(x0, v128.load(z))))
    b0 = v128.add<T>(b0, withSign<T>(q, v128.sub<T>(x0, v128.load(z, 16))))
    const x1 = v128.load_splat<T>(x + c1 * sizeof<T>())
    a1 = v128.add<T>(a1, withSign<T>(p, v128.sub<T>(x1, v128.load(z1))))
    b1 = v128.add<T>(b1, withSign<T>(q, v128.sub<T>(x1, v128.load(z1, 16))))
    const x2 = v128.load_splat<T>(x + c2 * sizeof<T>())
    a2 = v128.add<T>(a2, withSign<T>(p, v128.sub<T>(x2, v128.load(z2))))
    b2 = v128.add<T>(b2, withSign<T>(q, v128.sub<T>(x2, v128.load(z2, 16))))
    const x3 = v128.load_splat<T>(x + c3 * sizeof<T>())
    a3 = v128.add<T>(a3, withSign<T>(p, v128.sub<T>(x3, v128.load(z3))))
    b3 = v128.add<T>(b3, withSign<T>(q, v128.sub<T>(x3, v128.load(z3, 16))))
    k += WIDTH
    x += stride
  }
  v128.store(out, a0)
  v128.store(out, b0, 16)
  v128.store(out, a1, 32)
  v128.store(out, b1, 48)
  v128.store(out, a2, 64)
  v128.store(out, b2, 80)
  v128.store(out, a3, 96)
  v128.store(out, b3, 112)
}
