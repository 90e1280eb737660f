import { madd, WIDTH } from './panel'
import { ROWS } from './tile'

// The first half of a panel, one vector: what is left where points do not fill the last panel. Bytes are those of a whole one.

/**
 * Dot products over `count` coordinates, one every `step` bytes, of tile after tile, one every `next` bytes, and the first half of
 * one panel, into the first halves of the buffer rows from `out` to `end`.
 */
export function halfTiles<T>(
  from: usize, step: usize, next: usize, panel: usize, count: usize, out: usize, end: usize,
): void {
  from -= step
  panel -= WIDTH
  for (; out < end; out += <usize>ROWS * WIDTH) {
    let a = v128.splat<T>(<T>0), b = a, c = a, d = a, e = a
    let x = from, z = panel
    const last = x + count * step
    if (count != 0) do {
      x += step
      z += WIDTH
      const p = v128.load(z)
      a = madd<T>(v128.load_splat<T>(x), p, a)
      b = madd<T>(v128.load_splat<T>(x, sizeof<T>()), p, b)
      c = madd<T>(v128.load_splat<T>(x, 2 * sizeof<T>()), p, c)
      d = madd<T>(v128.load_splat<T>(x, 3 * sizeof<T>()), p, d)
      e = madd<T>(v128.load_splat<T>(x, 4 * sizeof<T>()), p, e)
    } while (x != last)
    v128.store(out, a)
    v128.store(out, b, WIDTH)
    v128.store(out, c, 2 * WIDTH)
    v128.store(out, d, 3 * WIDTH)
    v128.store(out, e, 4 * WIDTH)
    from += next
  }
}
