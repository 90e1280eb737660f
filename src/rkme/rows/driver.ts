import { type Matrix, takeRows } from '../../base/matrix.js'
import { combine, type Steps, type SumRequest } from './request.js'
import { allShares } from './share.js'

export type { Steps } from './request.js'

/** Runs a solver on rows that are here, without waiting. */
export const drive = <T>(steps: Steps<T>, rows: Matrix, weights?: ArrayLike<number>, signal?: AbortSignal): T => {
  const shares = allShares(rows, weights)
  let step = steps.next()
  while (!step.done) {
    signal?.throwIfAborted()
    const request = step.value
    if (request.kind === 'rows') step = steps.next(takeRows(rows, request.indices))
    else step = steps.next(combine(request, shares(request)))
  }
  return step.value
}

/** Rows that are somewhere else, or here but served without blocking. */
export interface RowSource {
  readonly rows: number
  readonly columns: number
  /** The raw rows of these indices. */
  take(indices: Int32Array): Promise<Matrix>
  /** One share for each span of the rows, or of those that the request brings, in order. */
  shares(request: SumRequest): Promise<readonly Float64Array[]>
}

const heldMs = 4

/**
 * Runs a solver on a source: the same bytes as {@link drive}. Between requests, where it has held the thread for a few milliseconds, it
 * lets others run and looks at `signal`.
 */
export const driveAsync = async <T>(steps: Steps<T>, source: RowSource, signal?: AbortSignal): Promise<T> => {
  let step = steps.next()
  let since = -Infinity
  while (!step.done) {
    if (performance.now() - since > heldMs) {
      await turn()
      since = performance.now()
    }
    signal?.throwIfAborted()
    const request = step.value
    if (request.kind === 'rows') step = steps.next(await source.take(request.indices))
    else step = steps.next(combine(request, await source.shares(request)))
  }
  return step.value
}

/** Resolves in a later turn of the event loop, without the delay that browsers put on timers. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    // A channel for each: Node goes on with up to 1,000 messages of one before it looks at any other.
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })

/** A source over rows that are here. */
export const localSource = (rows: Matrix, weights?: ArrayLike<number>): RowSource => {
  const shares = allShares(rows, weights)
  return {
    rows: rows.rows,
    columns: rows.columns,
    take: async (indices) => takeRows(rows, indices),
    shares: async (request) => shares(request),
  }
}
