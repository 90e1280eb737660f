import { lengthOf } from '../base/check.js'
import { ValueError } from '../base/error.js'
import type { Matrix } from '../base/matrix.js'
import { bufferBytes, centred, largestNorm, placePoints, placeRows } from '../kernel/gram.js'
import { type Arena, withArena } from '../wasm/arena.js'
import { type Frame, type SumRequest, spanRows } from './request.js'

/** Rows (all of them, or those of whole spans) with their weights, from which shares of sums are taken. */
export interface Holding {
  readonly rows: Matrix
  readonly weights: ArrayLike<number> | undefined
  /** Rows of the whole set, and the index there of the first row held. */
  readonly total: number
  readonly offset: number
}

/** Weights of rows: as many, finite, nonnegative, not all zero. */
export const checkWeights = (weights: ArrayLike<number> | undefined, rows: number): void => {
  if (weights === undefined) return
  lengthOf(weights, 'rowWeights', rows)
  let sum = 0
  for (let i = 0; i < rows; i++) {
    if (!(weights[i] >= 0 && weights[i] < Infinity)) {
      throw new ValueError(`"rowWeights" expected finite numbers of at least 0, got ${weights[i]} at ${i}`)
    }
    sum += weights[i]
  }
  if (!(sum > 0 && sum < Infinity)) throw new ValueError(`"rowWeights" expected a positive sum, got ${sum}`)
}

interface Prepared {
  readonly frame: Frame
  readonly rows: Matrix
  readonly weights: Float32Array | Float64Array | undefined
}

const sameFrame = (a: Frame, b: Frame): boolean =>
  a === b ||
  (a.precision === b.precision &&
    a.weightFactor === b.weightFactor &&
    a.centre.length === b.centre.length &&
    a.centre.every((value, k) => value === b.centre[k]))

/** Takes shares of sums over the rows it holds. Rows are read, never changed; between calls the arena is empty. */
export type ShareTaker = (request: SumRequest, firstSpan: number, endSpan: number) => Float64Array[]

/** The {@link ShareTaker} of a holding: `take(request, first, end)` answers one array for each span. */
export const shareTaker = (holding: Holding): ShareTaker => {
  let prepared: Prepared | undefined
  const prepare = (frame: Frame): Prepared => {
    if (prepared === undefined || !sameFrame(prepared.frame, frame)) {
      const { rows, weights } = holding
      const scaled = weights && Float64Array.from(weights, (weight) => weight * frame.weightFactor)
      prepared = {
        frame,
        rows: centred(rows, frame.centre, frame.precision),
        weights: scaled && frame.precision === 'f32' ? Float32Array.from(scaled) : scaled,
      }
    }
    return prepared
  }
  const span = spanRows(holding.total)
  return (request, firstSpan, endSpan) => {
    const ranges: [number, number][] = []
    for (let s = firstSpan; s < endSpan; s++) {
      ranges.push([s * span - holding.offset, Math.min((s + 1) * span, holding.total) - holding.offset])
    }
    if (request.kind === 'total') return ranges.map(([start, end]) => totals(holding, start, end))
    const { rows, weights } = prepare(request.frame)
    const slice = (start: number, end: number): Matrix => ({
      rows: end - start,
      columns: rows.columns,
      data: rows.data.subarray(start * rows.columns, end * rows.columns),
    })
    if (request.kind === 'extent') {
      return ranges.map(([start, end]) => Float64Array.of(largestNorm(slice(start, end))))
    }
    return withArena((arena) => {
      if (request.kind === 'self') return selfShares(arena, request, rows, weights, ranges)
      const share = request.kind === 'moments' ? momentShares(arena, request) : nearestShares(arena, request)
      return ranges.map(([start, end]) => {
        const position = arena.core.mark()
        const result = share(slice(start, end), weights?.subarray(start, end))
        arena.core.release(position)
        return result
      })
    })
  }
}

const totals = ({ rows: { columns, data }, weights }: Holding, start: number, end: number): Float64Array => {
  const result = new Float64Array(2 + columns)
  for (let i = start, at = start * columns; i < end; i++) {
    const weight = weights ? weights[i] : 1
    result[0] += weight
    result[1] += weight * weight
    for (let k = 0; k < columns; k++) result[2 + k] += weight * data[at++]
  }
  return result
}

type Weights = Float32Array | Float64Array | undefined
type Share = (rows: Matrix, weights: Weights) => Float64Array

const placeWeights = (arena: Arena, weights: Weights): number =>
  weights === undefined ? 0 : weights instanceof Float32Array ? arena.f32(weights) : arena.f64(weights)

const momentShares = (arena: Arena, request: Extract<SumRequest, { kind: 'moments' }>): Share => {
  const { points, gamma, differences, vectors } = request
  const { rows: n, columns: d } = points
  const add = arena.core[request.frame.precision === 'f32' ? 'moments32' : 'moments64']
  const packed = placePoints(arena, points)
  const buffer = arena.bytes(bufferBytes)
  return (rows, weights) => {
    const placed = placeRows(arena, rows, differences)
    const sums = arena.f64(n + 8)
    const first = vectors ? arena.f64(n * d) : 0
    const w = placeWeights(arena, weights)
    add(placed.pointer, rows.rows, w, packed.pointer, n, d, gamma, placed.norms, packed.norms, buffer, sums, first)
    const result = new Float64Array(vectors ? n + n * d : n)
    result.set(arena.readF64(sums, n))
    if (vectors) result.set(arena.readF64(first, n * d), n)
    return result
  }
}

const nearestShares = (arena: Arena, request: Extract<SumRequest, { kind: 'nearest' }>): Share => {
  const { points } = request
  const { rows: n, columns: d } = points
  const f32 = request.frame.precision === 'f32'
  const packed = placePoints(arena, points, 0.5, Infinity)
  const buffer = arena.bytes(bufferBytes)
  return (rows, weights) => {
    const { core } = arena
    const x = placeRows(arena, rows, true).pointer
    const labels = arena.i32(rows.rows)
    const values = arena.bytes(rows.rows * 8)
    const sums = arena.f64(n + n * d)
    const w = placeWeights(arena, weights)
    core[f32 ? 'nearest32' : 'nearest64'](x, rows.rows, packed.pointer, n, d, packed.norms, buffer, labels, values)
    core[f32 ? 'addToCentres32' : 'addToCentres64'](x, rows.rows, w, d, labels, sums, sums + n * 8)
    const least = f32 ? arena.readF32(values, rows.rows) : arena.readF64(values, rows.rows)
    const result = new Float64Array(n + n * d + 1)
    result.set(arena.readF64(sums, n + n * d))
    let inertia = 0
    for (let i = 0, at = 0; i < rows.rows; i++) {
      let norm = 0
      for (let k = 0; k < d; k++, at++) norm += rows.data[at] * rows.data[at]
      inertia += (weights ? weights[i] : 1) * Math.max(0, norm + 2 * least[i])
    }
    result[n + n * d] = inertia
    return result
  }
}

const chunk = 256

const selfShares = (
  arena: Arena,
  request: Extract<SumRequest, { kind: 'self' }>,
  rows: Matrix,
  weights: Weights,
  ranges: readonly [number, number][],
): Float64Array[] => {
  const { gamma, differences } = request
  const { columns: d } = rows
  const f32 = request.frame.precision === 'f32'
  const bytes = f32 ? 4 : 8
  const add = arena.core[f32 ? 'moments32' : 'moments64']
  const x = placeRows(arena, rows, differences)
  const w = placeWeights(arena, weights)
  const buffer = arena.bytes(bufferBytes)
  const sums = arena.bytes((chunk + 8) * 8)
  const from = (pointer: number, i: number, stride: number): number => (pointer === 0 ? 0 : pointer + i * stride)
  return ranges.map(([start, end]) => {
    let total = 0
    for (let i = start; i < end; i += chunk) {
      const next = Math.min(i + chunk, end)
      const points = { rows: next - i, columns: d, data: rows.data.subarray(i * d, next * d) }
      const position = arena.core.mark()
      const packed = placePoints(arena, points)
      for (const [first, last, factor] of [
        [i, next, 1],
        [next, rows.rows, 2],
      ]) {
        if (first === last) continue
        new Float64Array(arena.core.memory.buffer, sums, chunk + 8).fill(0)
        add(
          from(x.pointer, first, d * bytes),
          last - first,
          from(w, first, bytes),
          packed.pointer,
          points.rows,
          d,
          gamma,
          from(x.norms, first, bytes),
          packed.norms,
          buffer,
          sums,
          0,
        )
        const values = arena.readF64(sums, points.rows)
        let part = 0
        for (let j = 0; j < points.rows; j++) part += values[j] * (weights ? weights[i + j] : 1)
        total += factor * part
      }
      arena.core.release(position)
    }
    return Float64Array.of(total)
  })
}
