import type { Matrix } from '../base/matrix.js'
import type { Arena } from '../wasm/arena.js'
import { inBlocks, numbersCached, type PlacedFrame, placeCentred, placePlain } from './centre.js'

/**
 * Lets `pack` have blocks of whole groups of rows, in order: each as it comes, with the origin that is still to be subtracted, where
 * that can be done in the precision of the frame, else centred already, with an origin of 0. Returns the largest of what it returns.
 */
const inFrame = (
  arena: Arena,
  source: Matrix,
  [first, last]: readonly [number, number],
  frame: PlacedFrame,
  group: number,
  pack: (rows: number, start: number, end: number, origin: number) => number,
): number => {
  const { columns } = source
  const f32 = frame.precision === 'f32'
  const plain = frame.near !== 0 && f32 === source.data instanceof Float32Array
  const position = arena.core.mark()
  const origin = plain ? frame.near : f32 ? arena.f32(columns) : arena.f64(columns)
  const step = group * Math.max(1, Math.floor(numbersCached / (group * columns)))
  let largest = 0
  const work = (from: number, to: number): void => {
    let rows: number
    if (plain) rows = placePlain(arena, source, first + from, first + to)
    else {
      rows = arena.bytes((to - from) * columns * (f32 ? 4 : 8))
      placeCentred(arena, source, [first + from, first + to], frame, rows)
    }
    largest = Math.max(largest, pack(rows, from, to, origin))
  }
  inBlocks(arena, { ...source, rows: last - first }, work, step)
  arena.core.release(position)
  return largest
}

/** Points in the arena in panels, their ‖z‖², and the largest of these; in f32 that is infinite for some from 1e37 on. */
export interface PlacedPanels {
  readonly pointer: number
  readonly norms: number
  readonly largest: number
}

/** How many numbers panels of so many points take, and their norms. */
export const panelNumbers = (points: number, columns: number): number => (points + 8) * (columns + 1)

/** Packs points into panels in a frame; the largest ‖z‖² is NaN or infinite where an entry is not finite. */
export const placePanels = (arena: Arena, points: Matrix, frame: PlacedFrame): PlacedPanels => {
  const { rows, columns } = points
  const f32 = frame.precision === 'f32'
  const bytes = f32 ? 4 : 8
  const norms = arena.bytes((rows + 8) * bytes)
  const pointer = arena.bytes((rows + 8) * columns * bytes)
  const pack = arena.core[f32 ? 'packPanels32' : 'packPanels64']
  const largest = inFrame(arena, points, [0, rows], frame, 8, (plain, start, end, origin) =>
    pack(plain, end - start, columns, origin, pointer + start * columns * bytes, norms + start * bytes),
  )
  return { pointer, norms, largest }
}

/** Rows of a tile, which the core takes together. */
export const tileRows = 5

/** Where rows go in tiles, and their ‖x‖², both with room for whole tiles. */
export interface TilesRoom {
  readonly pointer: number
  readonly norms: number
}

/** Packs rows in a frame, times a factor, into tiles; returns the largest ‖x‖², NaN or infinite where an entry is not finite. */
export const placeTiles = (
  arena: Arena,
  source: Matrix,
  range: readonly [start: number, end: number],
  frame: PlacedFrame,
  factor: number,
  { pointer, norms }: TilesRoom,
): number => {
  const { columns } = source
  const f32 = frame.precision === 'f32'
  const bytes = f32 ? 4 : 8
  const pack = arena.core[f32 ? 'packTiles32' : 'packTiles64']
  return inFrame(arena, source, range, frame, tileRows, (plain, start, end, origin) =>
    pack(plain, end - start, columns, origin, factor, pointer + start * columns * bytes, norms + start * bytes),
  )
}
