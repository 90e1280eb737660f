import type { Matrix } from '../base/matrix.js'
import type { Arena } from '../wasm/arena.js'
import { meansOf, type PlacedFrame, type Precision, placePlain, refuse } from './centre.js'
import { originOf } from './form.js'
import type { Kernel } from './kernel.js'

/** Around 0. */
export const centredFrame = (arena: Arena, columns: number, precision: Precision): PlacedFrame => {
  const origin = arena.f64(columns)
  return { precision, origin, near: origin }
}

/**
 * A frame whose origin, as far as a kernel allows it, is the mean of the rows; in f32 the {@link middle} of some. For f32 out of f32
 * that is rounded to f32, so that rows need no f64 on their way: it is off by no more than a last digit.
 * @throws RangeError where an entry is not finite, in f64.
 */
export const placeFrame = (
  arena: Arena,
  source: Matrix,
  kernel: Kernel,
  name: string,
  precision: Precision,
): PlacedFrame => {
  if (precision === 'f64') {
    const means = meansOf(arena, source)
    if (!means.every(Number.isFinite)) refuse(source, name)
    const origin = arena.f64(originOf(kernel, means))
    return { precision, origin, near: origin }
  }
  const narrow = source.data instanceof Float32Array
  const near = narrow ? arena.f32(source.columns) : 0
  const origin = middle(arena, source, near)
  if (kernel.kind === 'gaussian') return { precision, origin, near }
  const values = originOf(kernel, arena.readF64(origin, source.columns))
  return { precision, origin: arena.f64(values), near: narrow ? arena.f32(values) : 0 }
}

const groups = 5
const mostOfGroup = 8

/**
 * Column by column the median of five means, each of up to 8 rows that stand together, from the first to the last rows, rounded to f32
 * where it is wanted there too: near the mean where rows are alike, after a fraction of its steps, and among most rows where a few
 * are far away.
 */
const middle = (arena: Arena, source: Matrix, near: number): number => {
  const { rows, columns } = source
  const origin = arena.f64(columns)
  const position = arena.core.mark()
  const sums = arena.f64(groups * columns)
  const size = Math.max(1, Math.min(mostOfGroup, Math.floor(rows / groups)))
  const add = arena.core[source.data instanceof Float32Array ? 'columnSums32' : 'columnSums64']
  for (let g = 0; g < groups; g++) {
    const start = Math.floor((g * (rows - size)) / (groups - 1))
    add(placePlain(arena, source, start, start + size), size, columns, sums + 8 * g * columns)
  }
  arena.core.middle(sums, size, columns, origin, near)
  arena.core.release(position)
  return origin
}
