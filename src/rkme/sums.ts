import type { Matrix } from '../base/matrix.js'
import { placeKernel } from '../kernel/form.js'
import { bufferBytes, placePoints } from '../kernel/gram.js'
import type { Arena } from '../wasm/arena.js'
import type { SumRequest } from './request.js'

type Numbers = Float32Array | Float64Array
type Ask<K extends SumRequest['kind']> = Extract<SumRequest, { kind: K }>

/** Rows in the coordinates of a frame, with their weights and, for dot products, their ‖x‖². */
export interface FramedRows {
  readonly rows: Matrix
  readonly weights: Numbers | undefined
  readonly norms: Numbers | undefined
}

/** The framed rows from `start` up to but without `end`, as views. */
export const framedSlice = ({ rows, weights, norms }: FramedRows, start: number, end: number): FramedRows => ({
  rows: {
    rows: end - start,
    columns: rows.columns,
    data: rows.data.subarray(start * rows.columns, end * rows.columns),
  },
  weights: weights?.subarray(start, end),
  norms: norms?.subarray(start, end),
})

const place = (arena: Arena, numbers: Numbers | undefined): number =>
  numbers === undefined ? 0 : numbers instanceof Float32Array ? arena.f32(numbers) : arena.f64(numbers)

/** Answers a `moments` request on part of the rows. */
export const momentShare = (arena: Arena, request: Ask<'moments'>): ((part: FramedRows) => Float64Array) => {
  const { points, vectors } = request
  const { rows: n, columns: d } = points
  const f32 = request.frame.precision === 'f32'
  const add = arena.core[f32 ? 'moments32' : 'moments64']
  const { gamma, block } = placeKernel(arena, request.kernel, f32)
  const packed = placePoints(arena, points)
  const buffer = arena.bytes(bufferBytes)
  return ({ rows, weights, norms }) => {
    const x = place(arena, rows.data)
    const w = place(arena, weights)
    const xx = place(arena, norms)
    const sums = arena.f64(n + 8)
    const first = vectors ? arena.f64(n * d) : 0
    add(x, rows.rows, w, packed.pointer, n, d, gamma, xx, packed.norms, buffer, sums, first, block)
    const result = new Float64Array(vectors ? n + n * d : n)
    result.set(arena.readF64(sums, n))
    if (vectors) result.set(arena.readF64(first, n * d), n)
    return result
  }
}

/** Answers a `nearest` request on part of the rows. */
export const nearestShare = (arena: Arena, request: Ask<'nearest'>): ((part: FramedRows) => Float64Array) => {
  const { points } = request
  const { rows: n, columns: d } = points
  const f32 = request.frame.precision === 'f32'
  const packed = placePoints(arena, points, 0.5, Infinity)
  const buffer = arena.bytes(bufferBytes)
  return ({ rows, weights }) => {
    const { core } = arena
    const x = place(arena, rows.data)
    const w = place(arena, weights)
    const labels = arena.i32(rows.rows)
    const values = arena.bytes(rows.rows * 8)
    const sums = arena.f64(n + n * d)
    core[f32 ? 'nearest32' : 'nearest64'](x, rows.rows, packed.pointer, n, d, packed.norms, buffer, labels, values)
    core[f32 ? 'addToCentres32' : 'addToCentres64'](x, rows.rows, w, d, labels, sums, sums + n * 8)
    return arena.readF64(sums, n + n * d)
  }
}

const block = 256

/** Answers a `self` request: the pairs of the rows in a range with each other once, and with all later rows twice. */
export const selfShare = (
  arena: Arena,
  { frame, kernel }: Ask<'self'>,
  { rows, weights, norms }: FramedRows,
): ((start: number, end: number) => Float64Array) => {
  const { columns: d } = rows
  const f32 = frame.precision === 'f32'
  const bytes = f32 ? 4 : 8
  const add = arena.core[f32 ? 'moments32' : 'moments64']
  const { gamma, block: form } = placeKernel(arena, kernel, f32)
  const x = place(arena, rows.data)
  const w = place(arena, weights)
  const xx = place(arena, norms)
  const buffer = arena.bytes(bufferBytes)
  const from = (pointer: number, i: number, stride: number): number => (pointer === 0 ? 0 : pointer + i * stride)
  return (start, end) => {
    let total = 0
    for (let i = start; i < end; i += block) {
      const next = Math.min(i + block, end)
      const position = arena.core.mark()
      const points = { rows: next - i, columns: d, data: rows.data.subarray(i * d, next * d) }
      const packed = placePoints(arena, points)
      const pairs = (first: number, last: number): number => {
        const sums = arena.f64(points.rows + 8)
        const [rowsAt, weightsAt, normsAt] = [from(x, first, d * bytes), from(w, first, bytes), from(xx, first, bytes)]
        const { pointer } = packed
        add(
          rowsAt,
          last - first,
          weightsAt,
          pointer,
          points.rows,
          d,
          gamma,
          normsAt,
          packed.norms,
          buffer,
          sums,
          0,
          form,
        )
        const values = arena.readF64(sums, points.rows)
        let sum = 0
        for (let j = 0; j < points.rows; j++) sum += values[j] * (weights ? weights[i + j] : 1)
        return sum
      }
      total += pairs(i, next)
      if (next < rows.rows) total += 2 * pairs(next, rows.rows)
      arena.core.release(position)
    }
    return Float64Array.of(total)
  }
}
