import { type Matrix, takeRows } from '../../base/matrix.js'
import { combine, type Steps, type SumRequest, spanCount } from './request.js'
import { shareTaker } from './share.js'

export type { Steps } from './request.js'

/** Runs a solver on rows that are here, without waiting. */
export const drive = <T>(steps: Steps<T>, rows: Matrix, weights?: ArrayLike<number>, signal?: AbortSignal): T => {
  const take = shareTaker({ rows, weights, total: rows.rows, offset: 0 })
  const spans = spanCount(rows.rows)
  let step = steps.next()
  while (!step.done) {
    signal?.throwIfAborted()
    const request = step.value
    if (request.kind === 'pause') step = steps.next(undefined)
    else if (request.kind === 'rows') step = steps.next(takeRows(rows, request.indices))
    else step = steps.next(combine(request, take(request, 0, spans)))
  }
  return step.value
}

/** Rows that are somewhere else, or here but served without blocking. */
export interface RowSource {
  readonly rows: number
  readonly columns: number
  /** The raw rows of these indices. */
  take(indices: Int32Array): Promise<Matrix>
  /** One share for each span of {@link spanRows}, in order. */
  shares(request: SumRequest): Promise<readonly Float64Array[]>
}

/** Runs a solver on a source: the same bytes as {@link drive}. Between requests it looks at `signal` and lets others run. */
export const driveAsync = async <T>(steps: Steps<T>, source: RowSource, signal?: AbortSignal): Promise<T> => {
  let step = steps.next()
  while (!step.done) {
    await turn()
    signal?.throwIfAborted()
    const request = step.value
    if (request.kind === 'pause') step = steps.next(undefined)
    else if (request.kind === 'rows') step = steps.next(await source.take(request.indices))
    else step = steps.next(combine(request, await source.shares(request)))
  }
  return step.value
}

/** Resolves in a later turn of the event loop, without the delay that browsers put on timers. */
export const turn = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })

/** A source over rows that are here; it lets others run after every few spans. */
export const localSource = (rows: Matrix, weights?: ArrayLike<number>): RowSource => {
  const take = shareTaker({ rows, weights, total: rows.rows, offset: 0 })
  const spans = spanCount(rows.rows)
  return {
    rows: rows.rows,
    columns: rows.columns,
    take: async (indices) => takeRows(rows, indices),
    shares: async (request) => take(request, 0, spans),
  }
}

/** A worker that holds the rows of its spans and, for the pairs of a `self` request, all later ones. */
export interface ShareWorker {
  shares(request: SumRequest, firstSpan: number, endSpan: number): Promise<readonly Float64Array[]>
}

/** The spans [first, end) that each of so many workers sums. */
export const allotSpans = (rows: number, workers: number): readonly [number, number][] => {
  const spans = spanCount(rows)
  return Array.from({ length: workers }, (_, w) => [
    Math.floor((w * spans) / workers),
    Math.floor(((w + 1) * spans) / workers),
  ])
}

/** A source whose sums are taken by a pool; worker w has been given the spans that {@link allotSpans} names. */
export const poolSource = (rows: Matrix, workers: readonly ShareWorker[]): RowSource => {
  const ranges = allotSpans(rows.rows, workers.length)
  return {
    rows: rows.rows,
    columns: rows.columns,
    take: async (indices) => takeRows(rows, indices),
    shares: async (request) => {
      const asked: Promise<readonly Float64Array[]>[] = []
      // The first worker may be this thread itself, busy until it is done: the others are asked before it.
      for (let w = workers.length - 1; w >= 0; w--) asked[w] = workers[w].shares(request, ...ranges[w])
      return (await Promise.all(asked)).flat()
    },
  }
}
