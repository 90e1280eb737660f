import type { Matrix } from '../../base/matrix.js'
import { numbersCached, type Precision, placePlain, precisionOf } from '../../kernel/centre.js'
import type { Arena } from '../../wasm/arena.js'
import { chunkRows, type SumRequest } from './request.js'

export type Numbers = Float32Array | Float64Array

/** A request whose sum grows part by part, in the order of the rows. */
export type PartRequest = Exclude<SumRequest, { kind: 'self' }>

/** Rows in the coordinates of a frame, with their weights and, for dot products, their ‖x‖². */
export interface FramedRows {
  readonly rows: Matrix
  readonly weights: Numbers | undefined
  readonly norms: Numbers | undefined
}

/** Some rows in the arena, raw for `total`, else in a frame; weights and norms may be 0. */
export interface Part {
  readonly rows: number
  readonly x: number
  readonly weights: number
  readonly norms: number
  /** The same rows outside the arena, for what the core has no routine for. */
  readonly seen: () => FramedRows
}

/** A copy of numbers in the arena; 0 where there are none. */
export const place = (arena: Arena, numbers: Numbers | undefined): number =>
  numbers === undefined ? 0 : numbers instanceof Float32Array ? arena.f32(numbers) : arena.f64(numbers)

/** The framed rows from `start` up to but without `end`, copied into the arena. */
export const placePart = (arena: Arena, { rows, weights, norms }: FramedRows, start: number, end: number): Part => {
  const { columns } = rows
  const data = rows.data.subarray(start * columns, end * columns)
  const own = weights?.subarray(start, end)
  return {
    rows: end - start,
    x: place(arena, data),
    weights: place(arena, own),
    norms: place(arena, norms?.subarray(start, end)),
    seen: () => ({ rows: { rows: end - start, columns, data }, weights: own, norms: undefined }),
  }
}

/**
 * Adds rows as they lie in the arena to f64 sums of their columns, row after row: the same sums however the rows are cut. Where an
 * entry is not finite a sum is not.
 */
export const addColumns = (arena: Arena, sums: Float64Array, x: number, rows: number, precision: Precision): void => {
  const { core } = arena
  const position = core.mark()
  const at = arena.f64(sums)
  core[precision === 'f32' ? 'columnSums32' : 'columnSums64'](x, rows, sums.length, at)
  arena.copy(at, sums)
  core.release(position)
}

/** Sums that tell whether rows are those of an earlier reading. */
export interface Tally {
  /** Of the columns; left out where it is long since known that the rows have not changed. */
  readonly columns?: Float64Array
  /** Of the ‖x‖² in the frame of a request, of every eighth row: they are at hand. */
  readonly norms: Float64Array
}

const tallied = 8

/** No rows yet. */
export const emptyTally = (columns: number): Tally => ({
  columns: columns > 0 ? new Float64Array(columns) : undefined,
  norms: new Float64Array(tallied),
})

/**
 * No more rows than {@link cachedRows}, raw, brought into the frame of a request in the arena, and added to a tally. All but the last
 * are whole chunks, so that the same rows give the same tally.
 */
export const placeRaw = (arena: Arena, request: PartRequest, raw: Matrix, tally: Tally): Part => {
  const { rows, columns, data } = raw
  const from = placePlain(arena, raw, 0, rows)
  if (tally.columns) addColumns(arena, tally.columns, from, rows, precisionOf(data))
  if (request.kind === 'total') {
    return { rows, x: from, weights: 0, norms: 0, seen: () => ({ rows: raw, weights: undefined, norms: undefined }) }
  }
  const { centre, precision } = request.frame
  const f32 = precision === 'f32'
  const x = arena.bytes(rows * columns * (f32 ? 4 : 8))
  const norms = f32 ? arena.f32(rows + tallied) : arena.f64(rows + tallied)
  const wide = data instanceof Float64Array ? 1 : 0
  arena.core[f32 ? 'centre32' : 'centre64'](from, wide, rows, columns, arena.f64(centre), x, norms)
  addColumns(arena, tally.norms, norms, Math.ceil(rows / tallied), precision)
  const seen = (): FramedRows => ({
    rows: { rows, columns, data: f32 ? arena.readF32(x, rows * columns) : arena.readF64(x, rows * columns) },
    weights: undefined,
    norms: undefined,
  })
  const byDots = 'differences' in request && !request.differences
  return { rows, x, weights: 0, norms: byDots ? norms : 0, seen }
}

const numbersAtOnce = 262144

const wholeChunks = (columns: number, numbers: number): number =>
  chunkRows * Math.max(1, Math.floor(numbers / (chunkRows * columns)))

/** Rows in a part: whole chunks, a megabyte of f32, so that the core needs no more memory for more rows. */
export const partRows = (columns: number): number => wholeChunks(columns, numbersAtOnce)

/** Rows that are still in the second-level cache when their sums are taken: whole chunks. */
export const cachedRows = (columns: number): number => wholeChunks(columns, numbersCached)
