import type { Matrix } from '../base/matrix.js'
import { type Arena, withArena } from '../wasm/arena.js'

/** Precision of a numeric routine: 4 or 8 bytes a number. */
export type Precision = 'f32' | 'f64'

// So many numbers pass through the core at a time that a block stays in the second-level cache.
const numbersAtOnce = 32768

/** Calls `work` for blocks of whole rows, in order; the arena is at its mark before each. */
export const inBlocks = (
  arena: Arena,
  { rows, columns }: Matrix,
  work: (start: number, end: number) => void,
  step = Math.max(1, Math.floor(numbersAtOnce / columns)),
): void => {
  const position = arena.core.mark()
  for (let start = 0; start < rows; start += step) {
    work(start, Math.min(start + step, rows))
    arena.core.release(position)
  }
}

const place = (arena: Arena, { columns, data }: Matrix, start: number, end: number): number => {
  const numbers = start === 0 && end * columns === data.length ? data : data.subarray(start * columns, end * columns)
  return numbers instanceof Float32Array ? arena.f32(numbers) : arena.f64(numbers)
}

/**
 * The sums of the columns in the arena, f64, added row by row. Where an entry is not finite one of them is not; rows can be
 * finite and their sums too large for f64.
 */
export const placeColumnSums = (arena: Arena, source: Matrix): number => {
  const { columns, data } = source
  const sums = arena.f64(columns)
  const add = arena.core[data instanceof Float32Array ? 'columnSums32' : 'columnSums64']
  inBlocks(arena, source, (start, end) => add(place(arena, source, start, end), end - start, columns, sums))
  return sums
}

/** The column means of a matrix, summed in f64, row by row. */
export const columnMeans = (source: Matrix): Float64Array =>
  withArena((arena) => arena.readF64(placeColumnSums(arena, source), source.columns).map((sum) => sum / source.rows))

/**
 * Rows from `start` up to but without `end` minus a centre (f64, in the arena), subtracted in f64 before they are rounded, in
 * the arena at `out`, which lies before whatever is allocated now.
 */
export const placeCentred = (
  arena: Arena,
  source: Matrix,
  [start, end]: readonly [number, number],
  centre: number,
  precision: Precision,
  out: number,
): void => {
  const { core } = arena
  const position = core.mark()
  const round = core[precision === 'f32' ? 'centre32' : 'centre64']
  const wide = source.data instanceof Float32Array ? 0 : 1
  round(place(arena, source, start, end), wide, end - start, source.columns, centre, out)
  core.release(position)
}

/** Rows minus a centre, subtracted in f64 before they are rounded to the precision. */
export const centred = (source: Matrix, centre: Float64Array, precision: Precision): Matrix => {
  const { rows, columns } = source
  const data = precision === 'f32' ? new Float32Array(rows * columns) : new Float64Array(rows * columns)
  withArena((arena) => {
    const origin = arena.f64(centre)
    inBlocks(arena, source, (start, end) => {
      const out = arena.bytes((end - start) * columns * data.BYTES_PER_ELEMENT)
      placeCentred(arena, source, [start, end], origin, precision, out)
      arena.copy(out, data.subarray(start * columns, end * columns))
    })
  })
  return { rows, columns, data }
}

/** ‖x‖² of every row, summed in f64, in the precision of the rows. */
export const squaredNorms = (source: Matrix): Float32Array | Float64Array => {
  const { rows, columns, data } = source
  const f32 = data instanceof Float32Array
  const norms = f32 ? new Float32Array(rows) : new Float64Array(rows)
  withArena((arena) => {
    const add = arena.core[f32 ? 'squaredNorms32' : 'squaredNorms64']
    inBlocks(arena, source, (start, end) => {
      const out = arena.bytes((end - start + 8) * 8)
      add(place(arena, source, start, end), end - start, columns, 1, 0, out)
      arena.copy(out, norms.subarray(start, end))
    })
  })
  return norms
}

/** The largest ‖x‖² among the rows, summed in f64. */
export const largestNorm = (source: Matrix): number =>
  withArena((arena) => {
    const add = arena.core[source.data instanceof Float32Array ? 'squaredNorms32' : 'squaredNorms64']
    let largest = 0
    inBlocks(arena, source, (start, end) => {
      largest = Math.max(largest, add(place(arena, source, start, end), end - start, source.columns, 1, 0, 0))
    })
    return largest
  })
