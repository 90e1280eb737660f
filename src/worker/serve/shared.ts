import { type Matrix, takeRows } from '../../base/matrix.js'
import { localSource, type RowSource } from '../../rkme/rows/driver.js'
import { type SumRequest, spanCount } from '../../rkme/rows/request.js'
import { type Holding, inOrder, ofOwnRows, spanTaker } from '../../rkme/rows/share.js'
import { canShare } from '../memory.js'
import { byMessages } from './by-messages.js'
import { byTurns } from './by-turns.js'
import type { SharedSet, Together } from './together.js'

/** Where a reduction gets its sums from, for rows and their weights. */
export type Open = (rows: Matrix, weights?: ArrayLike<number>) => Promise<RowSource>

/** Sources whose sums this worker takes together with its partners, as far as they are worth it. */
export const sharedSource = (partners: readonly MessagePort[], signal: AbortSignal): Open => {
  if (partners.length === 0) return async (rows, weights) => localSource(rows, weights)
  const together = canShare() ? byTurns(partners) : byMessages(partners, signal)
  return async (rows, weights) => {
    const all = sharing(together, 0, { rows, weights })
    const own = ofOwnRows((brought) => {
      const shares = sharing(together, 1, brought)
      // The partners have the rows, and need not get them with every request.
      return (request) => shares({ ...request, of: undefined } as SumRequest)
    })
    return {
      rows: rows.rows,
      columns: rows.columns,
      take: async (indices) => takeRows(rows, indices),
      shares: (request) => own(request) ?? all(request),
    }
  }
}

/** Answers requests about rows. Partners get these with the first that is worth it. */
const sharing = (
  together: Together,
  set: number,
  { rows, weights }: Pick<Holding, 'rows' | 'weights'>,
): RowSource['shares'] => {
  const holding: Holding = { rows, weights, total: rows.rows, offset: 0 }
  const shared: SharedSet = { set, holding, take: spanTaker(holding) }
  const spans = spanCount(rows.rows)
  let isHeld = false
  return async (request) => {
    const work = workOf(request, rows)
    if (spans === 1 || work < together.worthAsking) return inOrder(shared.take)(request, 0, spans)
    if (!isHeld) together.hold(shared)
    isHeld = true
    return together.shares(shared, request, work)
  }
}

/** Multiply-adds of one thread, and what else takes as long. */
const workOf = (request: SumRequest, { rows, columns }: Matrix): number => {
  const beside = 8
  if (request.kind === 'self') return (rows * rows * (columns + beside)) / 2
  if (!('points' in request)) return beside * rows * columns
  const passes = request.kind === 'nearest' || request.vectors ? 2 : 1
  return rows * request.points.rows * (passes * columns + beside)
}
