import { exponentials, halfExponentials, keepSums, largest, NEAR } from './exp'
import { halfTiles } from './half'
import { ABSOLUTES, BLOCK, DOTS, MIXED, ROWS, SQUARES, STRIP, strip } from './tile'
import { madd, panelPoints, WIDTH } from './panel'

// A kernel other than the Gaussian is a block of f64 numbers: kind, degree, offset, and the address of its losses, one for
// each coordinate in the precision of the rows. Its gamma or scale comes beside the block. No block means Gaussian.

/** exp(−gamma‖x − z‖₁). */
export const LAPLACIAN: i32 = 1
/** (scale · x·z + offset)^degree. */
const POLYNOMIAL: i32 = 2
// 3 is the product kernel, exp(−gamma Σ_k): see MIXED of the tiles.

export function kindOf(kernel: usize): i32 {
  return kernel == 0 ? 0 : <i32>load<f64>(kernel)
}

function degreeOf(kernel: usize): i32 {
  return <i32>load<f64>(kernel, 8)
}

function offsetOf(kernel: usize): f64 {
  return load<f64>(kernel, 16)
}

function lossesOf(kernel: usize): usize {
  return kernel == 0 ? 0 : <usize>load<f64>(kernel, 24)
}

/** What packed rows are multiplied with: the Gaussian by dot products has twice of them, which rounds nothing. */
// @ts-ignore: decorator
@inline
export function rowFactor<T>(kernel: usize, rowNorms: usize): T {
  return <T>(kernel == 0 && rowNorms != 0 ? 2 : 1)
}

/**
 * Values a_i k(x_i, z) of up to 260 rows, packed times their `rowFactor`, and one panel, left at `out`, a row every `step` bytes
 * (the buffer may be `out`), and their sums over the rows, kept.
 * The Gaussian (`kernel` 0) by differences where `rowNorms` is 0, else as max(0, ‖x‖² + ‖z‖² − 2 x·z). All a_i are 1 where
 * `weights` is 0. With `slopes` a polynomial leaves a_i times its derivative by x_i·z instead. `farthest` is the largest ‖x‖²,
 * `points` how many points are left for the panel.
 */
export function kernelStrip<T>(
  x: usize, rows: i32, dimension: i32, panel: usize, gamma: T, rowNorms: usize, farthest: T, panelNorms: usize, weights: usize,
  points: i32, buffer: usize, kernel: usize, slopes: bool, out: usize, step: usize,
): void {
  const kind = kindOf(kernel)
  const dots = kind == 0 && rowNorms != 0
  // In f32, of which most is asked. ‖x − z‖² is at most twice the sum of the norms.
  const near = sizeof<T>() == 4 && dots && <T>2 * gamma * (farthest + largest<T>(panelNorms, panelPoints<T>())) < <T>NEAR
  const scratch = buffer + STRIP
  if (sizeof<T>() == 4 && near && weights == 0 && points <= panelPoints<T>() / 2 && dimension <= BLOCK) {
    const tile: usize = ROWS * sizeof<T>()
    const end = buffer + <usize>rows * WIDTH
    halfTiles<T>(x, tile, <usize>dimension * tile, panel, <usize>dimension, buffer, end)
    halfExponentials<T>(buffer, rows, -gamma, rowNorms, panelNorms, scratch, out, step)
    return
  }
  const losses: usize = kind == 0 || kind == POLYNOMIAL ? 0 : lossesOf(kernel)
  const form = kind == POLYNOMIAL || dots ? DOTS : kind == 0 ? SQUARES : losses == 0 ? ABSOLUTES : MIXED
  strip<T>(x, rows, dimension, panel, buffer, form, losses)
  if (kind == POLYNOMIAL) powers<T>(rows, gamma, <T>offsetOf(kernel), degreeOf(kernel), weights, buffer, slopes, out, step)
  else exponentials<T>(buffer, rows, -gamma, rowNorms, panelNorms, near, weights, scratch, out, step)
}

/** a_i (scale · t + offset)^degree of dot products t in the buffer, or with `slopes` a_i times the derivative by t, at `out`. */
function powers<T>(
  rows: i32, scale: T, offset: T, degree: i32, weights: usize, buffer: usize, slopes: bool, out: usize, step: usize,
): void {
  const s = v128.splat<T>(scale), o = v128.splat<T>(offset), one = v128.splat<T>(<T>1)
  const slope = v128.splat<T>(scale * <T>degree)
  let a = v128.splat<T>(<T>0), b = a
  const end = buffer + <usize>rows * WIDTH
  for (; buffer < end; buffer += WIDTH) {
    const t = madd<T>(s, v128.load(buffer), o), r = madd<T>(s, v128.load(buffer, 16), o)
    let u = one, v = one
    if (weights != 0) {
      u = v = v128.load_splat<T>(weights)
      weights += sizeof<T>()
    }
    for (let e = 1; e < degree; e++) {
      u = v128.mul<T>(u, t)
      v = v128.mul<T>(v, r)
    }
    const p = v128.mul<T>(u, t), q = v128.mul<T>(v, r)
    v128.store(out, slopes ? v128.mul<T>(u, slope) : p)
    v128.store(out, slopes ? v128.mul<T>(v, slope) : q, 16)
    out += step
    a = v128.add<T>(a, p)
    b = v128.add<T>(b, q)
  }
  keepSums(a, b)
}
