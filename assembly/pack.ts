import { panelPoints, WIDTH } from './panel'

/** One vector of coordinates of four rows, turned: the four numbers of a coordinate stand together, `step` bytes after the last. */
// @ts-ignore: decorator
@inline
export function turn<T>(a: v128, b: v128, c: v128, d: v128, out: usize, step: usize): void {
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

// @ts-ignore: decorator
@inline
function turnAt<T>(x: usize, stride: usize, out: usize): void {
  const b = v128.load(x + stride), c = v128.load(x + 2 * stride), d = v128.load(x + 3 * stride)
  turn<T>(v128.load(x), b, c, d, out, WIDTH)
}

/** Points (count × dimension) into panels [panel][coordinate][point], the last one filled up with zeros. */
export function pack<T>(points: usize, count: i32, dimension: i32, out: usize): void {
  const width = panelPoints<T>()
  const coordinates = <i32>(16 / sizeof<T>())
  const stride = <usize>dimension * sizeof<T>()
  for (let j = 0; j < count; j += width) {
    const whole = min(width, count - j)
    let k = dimension
    if (whole == width) {
      for (; k >= coordinates; k -= coordinates) {
        turnAt<T>(points, stride, out)
        if (sizeof<T>() == 4) turnAt<T>(points + 4 * stride, stride, out + 16)
        points += 16
        out += <usize>coordinates * WIDTH
      }
    }
    for (; k > 0; k--) {
      let at = points
      for (let l = 0; l < width; l++) {
        store<T>(out, l < whole ? load<T>(at) : <T>0)
        at += stride
        out += sizeof<T>()
      }
      points += sizeof<T>()
    }
    points += <usize>(width - 1) * stride
  }
}
