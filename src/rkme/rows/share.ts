import { lengthOf } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import type { Matrix } from '../../base/matrix.js'
import { centred, inBlocks, precisionOf, squaredNorms } from '../../kernel/centre.js'
import { withArena } from '../../wasm/arena.js'
import { cachedRows, type FramedRows, placePart } from './part.js'
import { type Frame, type SumRequest, spanRows } from './request.js'
import { answerOf, emptySum, placeRequest, selfShare } from './sums.js'

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
  let squares = 0
  for (let i = 0; i < rows; i++) {
    if (!(weights[i] >= 0 && weights[i] < Infinity)) {
      throw new ValueError(`"rowWeights" expected finite numbers of at least 0, got ${weights[i]} at ${i}`)
    }
    sum += weights[i]
    squares += weights[i] * weights[i]
  }
  if (!(sum > 0)) throw new ValueError(`"rowWeights" expected a positive sum, got ${sum}`)
  if (!(squares > 0 && squares < Infinity)) {
    throw new ValueError('"rowWeights" expected numbers whose squares can be added up; divide them by their largest')
  }
}

/** Takes shares of sums over the rows it holds. Rows are read, never changed; between calls the arena is empty. */
export type ShareTaker = (request: SumRequest, firstSpan: number, endSpan: number) => Float64Array[]

/** The {@link ShareTaker} of a holding: `take(request, first, end)` answers one array for each span. */
export const shareTaker = (holding: Holding): ShareTaker => {
  const { rows, weights, total, offset } = holding
  const span = spanRows(total)
  const framed = framing(holding)
  return (request, firstSpan, endSpan) => {
    const ranges: [number, number][] = []
    for (let s = firstSpan; s < endSpan; s++) {
      ranges.push([s * span - offset, Math.min((s + 1) * span, total) - offset])
    }
    if (request.kind === 'total' && weights) return ranges.map(([start, end]) => totals(rows, weights, start, end))
    const byDots = 'differences' in request && !request.differences
    const all =
      request.kind === 'total' ? { rows, weights: undefined, norms: undefined } : framed(request.frame, byDots)
    return withArena((arena) => {
      if (request.kind === 'self') {
        const share = selfShare(arena, request, all)
        return ranges.map(([start, end]) => share(start, end))
      }
      const open = placeRequest(arena, request, precisionOf(rows.data))
      const { columns } = rows
      return ranges.map(([start, end]) => {
        const position = arena.core.mark()
        const sum = open(emptySum(request, columns))
        const some = { rows: end - start, columns, data: rows.data }
        const add = (from: number, to: number): void => sum.add(placePart(arena, all, start + from, start + to))
        inBlocks(arena, some, add, cachedRows(columns))
        const share = answerOf(request, sum.read())
        arena.core.release(position)
        return share
      })
    })
  }
}

const totals = ({ columns, data }: Matrix, weights: ArrayLike<number>, start: number, end: number): Float64Array => {
  const result = new Float64Array(2 + columns)
  for (let i = start, at = start * columns; i < end; i++) {
    const weight = weights[i]
    result[0] += weight
    result[1] += weight * weight
    for (let k = 0; k < columns; k++) result[2 + k] += weight * data[at++]
  }
  return result
}

/** Rows in a frame, made once and kept until another frame is asked for. */
const framing = ({ rows, weights }: Holding): ((frame: Frame, byDots: boolean) => FramedRows) => {
  let known: Frame | undefined
  let framed: FramedRows
  let norms: FramedRows['norms']
  return (frame, byDots) => {
    if (known === undefined || !sameFrame(known, frame)) {
      const scaled = weights && Float64Array.from(weights, (weight) => weight * frame.weightFactor)
      framed = {
        rows: centred(rows, frame.centre, frame.precision),
        weights: scaled && frame.precision === 'f32' ? Float32Array.from(scaled) : scaled,
        norms: undefined,
      }
      norms = undefined
      known = frame
    }
    if (!byDots) return framed
    norms ??= squaredNorms(framed.rows)
    return { ...framed, norms }
  }
}

const sameFrame = (a: Frame, b: Frame): boolean =>
  a === b ||
  (a.precision === b.precision &&
    a.weightFactor === b.weightFactor &&
    a.centre.length === b.centre.length &&
    a.centre.every((value, k) => value === b.centre[k]))
