import { diagonal, placeKernel } from '../../kernel/form.js'
import { centredFrame } from '../../kernel/frame.js'
import { bufferBytes } from '../../kernel/gram.js'
import { placePanels } from '../../kernel/pack.js'
import type { Arena } from '../../wasm/arena.js'
import { type FramedRows, type Part, type PartRequest, place } from './part.js'
import { chunkRows, type Frame, type SumRequest } from './request.js'

/** A sum in the arena: parts are added, and it is read out as the answer to its request or as what another sum goes on from. */
export interface Sum {
  add(part: Part): void
  answer(): Float64Array
  read(): Float64Array
}

// Sums over points are read and written by whole panels.
const panelRoom = 8

/** How many numbers the share of a request has. */
export const shareLength = (request: SumRequest, columns: number): number => {
  if (request.kind === 'total') return 2 + columns
  if (!('points' in request)) return 1
  const { rows: n } = request.points
  return request.kind === 'nearest' || request.vectors ? n + n * columns : n
}

/** Begins a sum, or goes on with one from what the parts before have left. */
export type OpenSum = (known?: Float64Array) => Sum

/** Puts what a request needs beside its sums into the arena. The raw rows of a `total` are of precision `raw`. */
export const placeRequest = (arena: Arena, request: PartRequest, raw: Frame['precision'], columns: number): OpenSum => {
  const { core } = arena
  if (request.kind === 'total') {
    const add = core[raw === 'f32' ? 'columnSums32' : 'columnSums64']
    return (known) => {
      let rows = known ? known[0] : 0
      const sums = arena.f64(known ? known.subarray(2) : columns)
      return whole({
        add: (part) => {
          add(part.x, part.rows, columns, sums)
          rows += part.rows
        },
        read: () => Float64Array.of(rows, rows, ...arena.readF64(sums, columns)),
      })
    }
  }
  const f32 = request.frame.precision === 'f32'
  if (request.kind === 'extent') {
    const extent = core[f32 ? 'squaredNorms32' : 'squaredNorms64']
    return (known) => {
      let largest = known ? known[0] : 0
      return whole({
        add: ({ x, rows }) => {
          largest = Math.max(largest, extent(x, rows, columns, 0))
        },
        read: () => Float64Array.of(largest),
      })
    }
  }
  if (request.kind === 'diagonal') {
    return (known) => {
      let sum = known ? known[0] : 0
      return whole({
        add: (part) => {
          const { rows, weights } = part.seen()
          const values = diagonal(request.kernel, rows)
          for (let i = 0; i < values.length; i++) sum += weights ? weights[i] * values[i] : values[i]
        },
        read: () => Float64Array.of(sum),
      })
    }
  }
  const { points } = request
  const { rows: n, columns: d } = points
  const buffer = arena.bytes(bufferBytes(d))
  const nearby = request.kind === 'nearest'
  const packed = placePanels(arena, points, centredFrame(arena, d, request.frame.precision))
  const { gamma, block } = nearby ? { gamma: 0, block: 0 } : placeKernel(arena, request.kernel, f32)
  const moments = core[f32 ? 'moments32' : 'moments64']
  const nearest = core[f32 ? 'nearest32' : 'nearest64']
  const addToCentres = core[f32 ? 'addToCentres32' : 'addToCentres64']
  const length = shareLength(request, d)
  return (known) => {
    const sums = arena.f64(known ?? length + panelRoom)
    const behind = sums + (n + panelRoom) * 8
    return {
      add: ({ rows, x, weights, norms }) => {
        if (!nearby) {
          const vectors = request.vectors ? behind : 0
          moments(x, rows, weights, packed.pointer, n, d, gamma, norms, packed.norms, buffer, sums, vectors, block)
          return
        }
        const labels = arena.bytes(rows * 4)
        nearest(x, rows, packed.pointer, n, d, packed.norms, buffer, labels)
        addToCentres(x, rows, weights, d, labels, sums, behind)
      },
      answer: () => {
        const answer = new Float64Array(length)
        arena.copy(sums, answer.subarray(0, n))
        arena.copy(behind, answer.subarray(n))
        return answer
      },
      read: () => arena.readF64(sums, length + panelRoom),
    }
  }
}

/** A sum whose answer is all that there is of it. */
const whole = (sum: Omit<Sum, 'answer'>): Sum => ({ ...sum, answer: sum.read })

/** Answers a `self` request: the pairs of the rows in a range with each other once, and with all later rows twice. */
export const selfShare = (
  arena: Arena,
  { frame, kernel }: Extract<SumRequest, { kind: 'self' }>,
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
  const buffer = arena.bytes(bufferBytes(d))
  const zero = centredFrame(arena, d, frame.precision)
  const from = (pointer: number, i: number, stride: number): number => (pointer === 0 ? 0 : pointer + i * stride)
  return (start, end) => {
    let total = 0
    for (let i = start; i < end; i += chunkRows) {
      const next = Math.min(i + chunkRows, end)
      const position = arena.core.mark()
      const points = { rows: next - i, columns: d, data: rows.data.subarray(i * d, next * d) }
      const packed = placePanels(arena, points, zero)
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
