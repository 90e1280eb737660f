import { exponentials } from './exp'
import { strip, toDistances } from './tile'
import { CHUNK, panelPoints, WIDTH } from './panel'

/**
 * Kernel values exp(−gamma‖x − z‖²) of up to 256 rows and one panel, left in the buffer.
 * By differences where `rowNorms` is 0, else by dot products.
 */
// @ts-ignore: decorator
@inline
export function kernelStrip<T>(
  x: usize, rows: i32, dimension: i32, panel: usize, gamma: T, rowNorms: usize, panelNorms: usize, buffer: usize,
): void {
  strip<T>(x, rows, dimension, panel, buffer, rowNorms == 0)
  if (rowNorms != 0) toDistances<T>(buffer, rows, rowNorms, panelNorms)
  exponentials<T>(buffer, rows, -gamma)
}

/**
 * Gram matrix K(X, Z), rows × count, into `out`. `packed` holds Z in panels.
 * By differences where `rowNorms` is 0, else by dot products with the norms of X and (padded) Z.
 */
export function gram<T>(
  x: usize, rows: i32, packed: usize, count: i32, dimension: i32, gamma: T,
  rowNorms: usize, pointNorms: usize, buffer: usize, out: usize,
): void {
  const width = panelPoints<T>()
  const stride = <usize>count * sizeof<T>()
  const panelBytes = <usize>dimension * WIDTH
  for (let i = 0; i < rows; i += CHUNK) {
    const size = min(CHUNK, rows - i)
    const at = x + <usize>i * <usize>dimension * sizeof<T>()
    const norms = rowNorms != 0 ? rowNorms + <usize>i * sizeof<T>() : 0
    let panel = packed
    for (let j = 0; j < count; j += width) {
      kernelStrip<T>(at, size, dimension, panel, gamma, norms, pointNorms + <usize>j * sizeof<T>(), buffer)
      let target = out + <usize>i * stride + <usize>j * sizeof<T>()
      let source = buffer
      const whole = j + width <= count
      for (let r = 0; r < size; r++) {
        if (whole) {
          v128.store(target, v128.load(source))
          v128.store(target, v128.load(source, 16), 16)
        } else {
          for (let l = 0; l < count - j; l++) {
            store<T>(target + <usize>l * sizeof<T>(), load<T>(source + <usize>l * sizeof<T>()))
          }
        }
        target += stride
        source += WIDTH
      }
      panel += panelBytes
    }
  }
}
