import type { Matrix } from '../../base/matrix.js'
import { numbersCached, placeCentred } from '../../kernel/centre.js'
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

/** Raw rows brought into the frame of a request on their way into the arena. */
export const placeRaw = (arena: Arena, request: PartRequest, raw: Matrix): Part => {
  if (request.kind === 'total')
    return placePart(arena, { rows: raw, weights: undefined, norms: undefined }, 0, raw.rows)
  const { rows, columns } = raw
  const { centre, precision } = request.frame
  const f32 = precision === 'f32'
  const x = arena.bytes(rows * columns * (f32 ? 4 : 8))
  const norms = 'differences' in request && !request.differences ? arena.bytes((rows + 8) * 8) : 0
  placeCentred(arena, raw, [0, rows], { origin: arena.f64(centre), precision }, x, norms)
  const seen = (): FramedRows => ({
    rows: { rows, columns, data: f32 ? arena.readF32(x, rows * columns) : arena.readF64(x, rows * columns) },
    weights: undefined,
    norms: undefined,
  })
  return { rows, x, weights: 0, norms, seen }
}

const numbersAtOnce = 262144

const wholeChunks = (columns: number, numbers: number): number =>
  chunkRows * Math.max(1, Math.floor(numbers / (chunkRows * columns)))

/** Rows in a part: whole chunks, a megabyte of f32, so that the core needs no more memory for more rows. */
export const partRows = (columns: number): number => wholeChunks(columns, numbersAtOnce)

/** Rows that are still in the second-level cache when their sums are taken: whole chunks. */
export const cachedRows = (columns: number): number => wholeChunks(columns, numbersCached)
