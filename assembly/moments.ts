import { highSums, lowSums } from './exp'
import { kernelStrip } from './gram'
import { kindOf, LAPLACIAN } from './kernels'
import { packRows, STRIP } from './tile'
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
    packRows<T>(at, size, dimension, buffer)
    for (let j = 0; j < count; j += width) {
      const own = weights != 0 ? weights + <usize>i * sizeof<T>() : 0
      kernelStrip<T>(size, dimension, panel, gamma, norms, pointNorms + <usize>j * sizeof<T>(), own, buffer, kernel, vectors != 0)
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
        const narrow = dimension % width
        const wide = narrow > 0 && narrow <= width / 2 ? dimension - narrow : dimension
        const points = min(width, count - j)
        for (let h = 0; h < points; h += 4) {
          for (let k = 0; k < wide; k += width) {
            products<T>(buffer + <usize>h * sizeof<T>(), at + <usize>k * sizeof<T>(), stride, size, scratch)
            const to = vectors + ((<usize>(j + h) * dimension + k) << 3)
            addProducts<T>(scratch, WIDTH, min(4, points - h), min(width, dimension - k), to, dimension)
          }
        }
        if (wide < dimension) {
          narrowProducts<T>(buffer, at + <usize>wide * sizeof<T>(), stride, size, scratch)
          addProducts<T>(scratch, 16, points, narrow, vectors + ((<usize>j * dimension + wide) << 3), dimension)
        }
      }
      panel += <usize>dimension * WIDTH
    }
  }
}

/** Adds sums of some points and coordinates to their f64 totals. */
function addProducts<T>(from: usize, step: usize, points: i32, coordinates: i32, to: usize, dimension: i32): void {
  for (let p = 0; p < points; p++) {
    for (let c = 0; c < coordinates; c++) {
      const place = to + (<usize>c << 3)
      store<f64>(place, load<f64>(place) + <f64>load<T>(from + <usize>c * sizeof<T>()))
    }
    from += step
    to += <usize>dimension << 3
  }
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

/** Σ_i k_i x_i for four points (k from the buffer) and two vectors of coordinates, rows in order. */
function products<T>(k: usize, x: usize, stride: usize, rows: i32, out: usize): void {
  let a0 = v128.splat<T>(<T>0), b0 = a0, a1 = a0, b1 = a0, a2 = a0, b2 = a0, a3 = a0, b3 = a0
  const end = k + <usize>rows * WIDTH
  do {
    const p = v128.load(x), q = v128.load(x, 16)
    let r = v128.load_splat<T>(k)
    a0 = madd<T>(r, p, a0)
    b0 = madd<T>(r, q, b0)
    r = v128.load_splat<T>(k, sizeof<T>())
    a1 = madd<T>(r, p, a1)
    b1 = madd<T>(r, q, b1)
    r = v128.load_splat<T>(k, 2 * sizeof<T>())
    a2 = madd<T>(r, p, a2)
    b2 = madd<T>(r, q, b2)
    r = v128.load_splat<T>(k, 3 * sizeof<T>())
    a3 = madd<T>(r, p, a3)
    b3 = madd<T>(r, q, b3)
    k += WIDTH
    x += stride
  } while (k < end)
  v128.store(out, a0)
  v128.store(out, b0, 16)
  v128.store(out, a1, 32)
  v128.store(out, b1, 48)
  v128.store(out, a2, 64)
  v128.store(out, b2, 80)
  v128.store(out, a3, 96)
  v128.store(out, b3, 112)
}

/** Σ_i k_i x_i for a panel of points and one vector of coordinates: of each pair of points the second stands behind. */
function narrowProducts<T>(k: usize, x: usize, stride: usize, rows: i32, out: usize): void {
  let a0 = v128.splat<T>(<T>0), b0 = a0, a1 = a0, b1 = a0, a2 = a0, b2 = a0, a3 = a0, b3 = a0
  const end = k + <usize>rows * WIDTH
  do {
    const p = v128.load(x)
    a0 = madd<T>(v128.load_splat<T>(k), p, a0)
    a1 = madd<T>(v128.load_splat<T>(k, sizeof<T>()), p, a1)
    a2 = madd<T>(v128.load_splat<T>(k, 2 * sizeof<T>()), p, a2)
    a3 = madd<T>(v128.load_splat<T>(k, 3 * sizeof<T>()), p, a3)
    if (sizeof<T>() == 4) {
      b0 = madd<T>(v128.load_splat<T>(k, 4 * sizeof<T>()), p, b0)
      b1 = madd<T>(v128.load_splat<T>(k, 5 * sizeof<T>()), p, b1)
      b2 = madd<T>(v128.load_splat<T>(k, 6 * sizeof<T>()), p, b2)
      b3 = madd<T>(v128.load_splat<T>(k, 7 * sizeof<T>()), p, b3)
    }
    k += WIDTH
    x += stride
  } while (k < end)
  v128.store(out, a0)
  v128.store(out, a1, 16)
  v128.store(out, a2, 32)
  v128.store(out, a3, 48)
  if (sizeof<T>() == 8) return
  v128.store(out, b0, 64)
  v128.store(out, b1, 80)
  v128.store(out, b2, 96)
  v128.store(out, b3, 112)
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
