import { takeRows } from '../base/matrix.js'
import { driveAsync } from '../rkme/driver.js'
import type { Embedding } from '../rkme/embedding.js'
import type { SumRequest } from '../rkme/request.js'
import { type Holding, shareTaker } from '../rkme/share.js'
import { type SolverOptions, solve } from '../rkme/solver.js'

/** Asks the other workers for the shares of their spans, in the order of the spans. */
export type AskOthers = (request: SumRequest) => Promise<readonly Float64Array[]>

/**
 * Drives the solver over all rows: this worker takes the shares of the first `ownSpans` spans, others those that follow.
 * The bytes are those of the synchronous driver, since all shares are added in the order of the rows.
 */
export const lead = (
  holding: Holding,
  ownSpans: number,
  options: SolverOptions,
  signal: AbortSignal,
  askOthers?: AskOthers,
): Promise<Embedding> => {
  const { rows } = holding
  const take = shareTaker(holding)
  const source = {
    rows: rows.rows,
    columns: rows.columns,
    take: async (indices: Int32Array) => takeRows(rows, indices),
    shares: async (request: SumRequest) => {
      const others = askOthers?.(request)
      // A rejection must not go unhandled while this thread is still busy with its own share.
      others?.catch(() => {})
      const own = take(request, 0, ownSpans)
      return others ? [...own, ...(await others)] : own
    },
  }
  return driveAsync(solve(rows.rows, rows.columns, options), source, signal)
}
