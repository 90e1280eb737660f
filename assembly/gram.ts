import { largest } from './exp'
import { kernelStrip } from './kernels'
import { panelPoints, WIDTH } from './panel'
import { gramPairs, PAIR_POINTS } from './strassen'

/**
 * Gram matrix K(X, Z), rows × count, into `out`: X in up to 52 tiles, times their `rowFactor`, Z in panels (`packed`).
 * The Gaussian (`kernel` 0) by differences where `rowNorms` is 0, else by dot products with the norms of X and (padded) Z; in f32
 * in pairs, as many as Z has, where `sums` of these are given.
 */
export function gramTiles<T>(
  x: usize, rows: i32, packed: usize, count: i32, dimension: i32, gamma: T,
  rowNorms: usize, pointNorms: usize, buffer: usize, out: usize, kernel: usize, sums: usize,
): void {
  const width = panelPoints<T>()
  const stride = <usize>count * sizeof<T>()
  if (sizeof<T>() == 4 && sums != 0) {
    const left = count % PAIR_POINTS
    count -= left
    gramPairs(x, rows, packed, count, dimension, <f32>gamma, rowNorms, pointNorms, sums, buffer, out, stride)
    const bytes = <usize>count * sizeof<T>()
    packed += bytes * <usize>dimension
    pointNorms += bytes
    out += bytes
    count = left
  }
  const farthest: T = sizeof<T>() == 4 && rowNorms != 0 ? largest<T>(rowNorms, rows) : 0
  for (let j = 0; j < count; j += width) {
    const whole = j + width <= count
    kernelStrip<T>(
      x, rows, dimension, packed, gamma, rowNorms, farthest, pointNorms + <usize>j * sizeof<T>(), 0, count - j,
      buffer, kernel, false, whole ? out : buffer, whole ? stride : WIDTH,
    )
    if (!whole) narrow<T>(buffer, rows, count - j, out, stride)
    packed += <usize>dimension * WIDTH
    out += WIDTH
  }
}

/** The first `points` numbers of panel rows, to a row every `stride` bytes. */
function narrow<T>(source: usize, rows: i32, points: i32, target: usize, stride: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let l = 0; l < points; l++) {
      store<T>(target + <usize>l * sizeof<T>(), load<T>(source + <usize>l * sizeof<T>()))
    }
    target += stride
    source += WIDTH
  }
}
