import { lengthOf } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import { type Matrix, sliceRows } from '../../base/matrix.js'
import { centred, inBlocks, precisionOf, squaredNorms, zeros } from '../../kernel/centre.js'
import { withArena } from '../../wasm/arena.js'
import { cachedRows, type FramedRows, placePart } from './part.js'
import { type Frame, type OwnRows, ownRowsOf, type SumRequest, spanCount, spanRows } from './request.js'
import { placeRequest, selfShare } from './sums.js'

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

/**
 * Takes shares of sums over the rows it holds, span after span as they come, and gives each away. Rows are read, never changed;
 * between calls the arena is empty.
 */
export type SpanTaker = (
  request: SumRequest,
  spans: Iterable<number>,
  give: (share: Float64Array, span: number) => void,
) => void

/** The {@link SpanTaker} of a holding. */
export const spanTaker = (holding: Holding): SpanTaker => {
  const { rows, weights, total, offset } = holding
  const { columns } = rows
  const step = spanRows(total)
  const framed = framing(holding)
  return (request, spans, give) => {
    const each = (share: (start: number, end: number) => Float64Array): void => {
      for (const span of spans) give(share(span * step - offset, Math.min((span + 1) * step, total) - offset), span)
    }
    if (request.kind === 'total' && weights) return each((start, end) => totals(rows, weights, start, end))
    const byDots = 'differences' in request && !request.differences
    withArena((arena) => {
      if (request.kind === 'self') return each(selfShare(arena, request, framed(request.frame, byDots, 0, rows.rows)))
      const open = placeRequest(arena, request, precisionOf(rows.data), columns)
      each((start, end) => {
        const own =
          request.kind === 'total'
            ? { rows: sliceRows(rows, start, end), weights: undefined, norms: undefined }
            : framed(request.frame, byDots, start, end)
        const position = arena.core.mark()
        const sum = open()
        inBlocks(arena, own.rows, (from, to) => sum.add(placePart(arena, own, from, to)), cachedRows(columns))
        const share = sum.answer()
        arena.core.release(position)
        return share
      })
    })
  }
}

/** `take(request, first, end)` answers one array for each of the spans of a holding. */
export type ShareTaker = (request: SumRequest, firstSpan: number, endSpan: number) => Float64Array[]

/** Shares of the spans [first, end) in an array, by whoever takes them one after the other. */
export const inOrder =
  (take: SpanTaker): ShareTaker =>
  (request, firstSpan, endSpan) => {
    const spans = Array.from({ length: endSpan - firstSpan }, (_, i) => firstSpan + i)
    const shares: Float64Array[] = []
    take(request, spans, (share) => shares.push(share))
    return shares
  }

/** The {@link ShareTaker} of a holding. */
export const shareTaker = (holding: Holding): ShareTaker => inOrder(spanTaker(holding))

/** Answers a request that brings its rows, by what `open` makes of these and is kept until others come; undefined of any other. */
export const ofOwnRows = <T>(
  open: (own: OwnRows) => (request: SumRequest) => T,
): ((request: SumRequest) => T | undefined) => {
  let known: OwnRows | undefined
  let answer: (request: SumRequest) => T
  return (request) => {
    const own = ownRowsOf(request)
    if (!own) return undefined
    if (own !== known) answer = open(own)
    known = own
    return answer(request)
  }
}

/** All shares of requests about rows that are here. */
export const wholeShares = (rows: Matrix, weights?: ArrayLike<number>): ((request: SumRequest) => Float64Array[]) => {
  const take = shareTaker({ rows, weights, total: rows.rows, offset: 0 })
  const spans = spanCount(rows.rows)
  return (request) => take(request, 0, spans)
}

/** All shares of a request that brings its rows; undefined of any other. */
export const ownShares = (): ((request: SumRequest) => Float64Array[] | undefined) =>
  ofOwnRows(({ rows, weights }) => wholeShares(rows, weights))

/** All shares of requests about rows that are here, or about those that they bring. */
export const allShares = (rows: Matrix, weights?: ArrayLike<number>): ((request: SumRequest) => Float64Array[]) => {
  const own = ownShares()
  const whole = wholeShares(rows, weights)
  return (request) => own(request) ?? whole(request)
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

/** Ranges of rows in a frame, each made when it is first asked for and kept until another frame is. */
const framing = ({ rows, weights }: Holding) => {
  let known: Frame | undefined
  const made = new Map<string, FramedRows>()
  return (frame: Frame, byDots: boolean, start: number, end: number): FramedRows => {
    if (known === undefined || !sameFrame(known, frame)) made.clear()
    known = frame
    const key = `${start} ${end}`
    let some = made.get(key)
    if (some === undefined) {
      const { precision, centre, weightFactor } = frame
      const room = weights && zeros(end - start, precision)
      if (weights && room) for (let i = start; i < end; i++) room[i - start] = weights[i] * weightFactor
      some = { rows: centred(sliceRows(rows, start, end), centre, precision), weights: room, norms: undefined }
    }
    if (byDots && some.norms === undefined) some = { ...some, norms: squaredNorms(some.rows) }
    made.set(key, some)
    return byDots ? some : { ...some, norms: undefined }
  }
}

const sameFrame = (a: Frame, b: Frame): boolean =>
  a === b ||
  (a.precision === b.precision &&
    a.weightFactor === b.weightFactor &&
    a.centre.length === b.centre.length &&
    a.centre.every((value, k) => value === b.centre[k]))
