import { ValueError } from '../base/error.js'
import { finiteEntries, type Matrix } from '../base/matrix.js'
import { type Arena, withArena } from '../wasm/arena.js'

/** Precision of a numeric routine: 4 or 8 bytes a number. */
export type Precision = 'f32' | 'f64'

/** The precision of numbers. */
export const precisionOf = (data: Float32Array | Float64Array): Precision =>
  data instanceof Float32Array ? 'f32' : 'f64'

/** So many zeros of a precision. */
export const zeros = (length: number, precision: Precision): Float32Array | Float64Array =>
  precision === 'f32' ? new Float32Array(length) : new Float64Array(length)

/**
 * Room for so many numbers, all of which are written before anyone reads one. Node can leave out the clearing, and so has memory of
 * an array that is gone once more, where a cleared one costs the system a page for every 4 KB.
 */
export const unfilled = (length: number, precision: Precision): Float32Array | Float64Array => {
  const bytes = length * (precision === 'f32' ? 4 : 8)
  // Larger ones a Buffer cannot have.
  const buffer = bytes < 0x80000000 ? globalThis.Buffer?.allocUnsafeSlow(bytes).buffer : undefined
  if (buffer?.byteLength !== bytes) return zeros(length, precision)
  return precision === 'f32' ? new Float32Array(buffer) : new Float64Array(buffer)
}

// So many numbers pass through the core at a time that a block stays in the second-level cache.
export const numbersCached = 32768

/** Calls `work` for blocks of whole rows, in order; the arena is at its mark before each. */
export const inBlocks = (
  arena: Arena,
  { rows, columns }: Matrix,
  work: (start: number, end: number) => void,
  // Whole panels: a block of points can be packed by itself.
  step = Math.max(8, 8 * Math.floor(numbersCached / (8 * columns))),
): void => {
  const position = arena.core.mark()
  for (let start = 0; start < rows; start += step) {
    work(start, Math.min(start + step, rows))
    arena.core.release(position)
  }
}

/** Rows from `start` up to but without `end` as they are: a copy in the arena, unless they lie in the core's memory. */
export const placePlain = (arena: Arena, { columns, data }: Matrix, start: number, end: number): number => {
  const numbers = start === 0 && end * columns === data.length ? data : data.subarray(start * columns, end * columns)
  return arena.at(numbers) || (numbers instanceof Float32Array ? arena.f32(numbers) : arena.f64(numbers))
}

/**
 * The sums of the columns in the arena, f64, added row by row. Where an entry is not finite one of them is not; rows can be
 * finite and their sums too large for f64.
 */
const placeColumnSums = (arena: Arena, source: Matrix): number => {
  const { columns, data } = source
  const sums = arena.f64(columns)
  const add = arena.core[data instanceof Float32Array ? 'columnSums32' : 'columnSums64']
  inBlocks(arena, source, (start, end) => add(placePlain(arena, source, start, end), end - start, columns, sums))
  return sums
}

/** {@link columnMeans} with an arena at hand. */
export const meansOf = (arena: Arena, source: Matrix): Float64Array =>
  arena.readF64(placeColumnSums(arena, source), source.columns).map((sum) => sum / source.rows)

/** The column means of a matrix, summed in f64, row by row. */
export const columnMeans = (source: Matrix): Float64Array => withArena((arena) => meansOf(arena, source))

/** The refusal of rows with which not even f64 can count. */
export const beyond = (name: string): ValueError =>
  new ValueError(
    `"${name}" expected numbers whose squares can be added up, got some that are too large or too small for that and for the kernel; scale its columns first`,
  )

/** Refuses rows whose sums, norms or kernel values turned out to be beyond f64. */
export const refuse = (source: Matrix, name: string): never => {
  finiteEntries(source, name)
  throw beyond(name)
}

/** What rows are measured from, in the arena, and the precision that they are rounded to afterwards. */
export interface PlacedFrame {
  readonly precision: Precision
  /** f64. */
  readonly origin: number
  /** The origin in the precision; 0 where that would be another. */
  readonly near: number
}

/**
 * Rows from `start` up to but without `end` minus a centre (f64, in the arena), subtracted in f64 before they are rounded, in
 * the arena at `out`, and their ‖x‖² at `norms` unless that is 0; both lie before whatever is allocated now. Returns the largest
 * ‖x‖². In blocks, so that a copy is still in the cache when it is read.
 */
export const placeCentred = (
  arena: Arena,
  source: Matrix,
  [start, end]: readonly [number, number],
  { origin, precision }: Omit<PlacedFrame, 'near'>,
  out: number,
  norms = 0,
): number => {
  const { columns } = source
  const f32 = precision === 'f32'
  const bytes = f32 ? 4 : 8
  const round = arena.core[f32 ? 'centre32' : 'centre64']
  const wide = source.data instanceof Float32Array ? 0 : 1
  let largest = 0
  inBlocks(arena, { ...source, rows: end - start }, (from, to) => {
    const raw = placePlain(arena, source, start + from, start + to)
    const own = norms === 0 ? 0 : norms + from * bytes
    const most = round(raw, wide, to - from, columns, origin, out + from * columns * bytes, own)
    largest = Math.max(largest, most)
  })
  return largest
}

/**
 * {@link placeCentred} with room for the norms of 8 more rows.
 * @throws RangeError where an entry is not finite.
 */
export const placeNormed = (
  arena: Arena,
  source: Matrix,
  range: readonly [number, number],
  frame: PlacedFrame,
  out: number,
  norms: number,
  name: string,
): number => {
  const largest = placeCentred(arena, source, range, frame, out, norms)
  return largest < Infinity ? largest : refuse(source, name)
}

/** Rows minus a centre, subtracted in f64 before they are rounded to the precision. */
export const centred = (source: Matrix, centre: Float64Array, precision: Precision): Matrix => {
  const { rows, columns } = source
  const data = zeros(rows * columns, precision)
  withArena((arena) => {
    const frame = { origin: arena.f64(centre), precision }
    inBlocks(arena, source, (start, end) => {
      const out = arena.bytes((end - start) * columns * data.BYTES_PER_ELEMENT)
      placeCentred(arena, source, [start, end], frame, out)
      arena.copy(out, data.subarray(start * columns, end * columns))
    })
  })
  return { rows, columns, data }
}

/** ‖x‖² of every row, summed in f64, in the precision of the rows. */
export const squaredNorms = (source: Matrix): Float32Array | Float64Array => {
  const { rows, columns, data } = source
  const precision = precisionOf(data)
  const norms = zeros(rows, precision)
  withArena((arena) => {
    const add = arena.core[precision === 'f32' ? 'squaredNorms32' : 'squaredNorms64']
    inBlocks(arena, source, (start, end) => {
      const out = arena.bytes((end - start + 8) * 8)
      add(placePlain(arena, source, start, end), end - start, columns, out)
      arena.copy(out, norms.subarray(start, end))
    })
  })
  return norms
}
