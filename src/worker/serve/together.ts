import type { SumRequest } from '../../rkme/rows/request.js'
import type { Holding, SpanTaker } from '../../rkme/rows/share.js'

/** Rows whose sums are shared out, under the number that partners know them by. */
export interface SharedSet {
  readonly set: number
  readonly holding: Holding
  /** Of this worker. */
  readonly take: SpanTaker
}

/** How the leader of a job and its partners come by the shares of a request together. */
export interface Together {
  /** Multiply-adds of one thread below which asking another costs more than it takes over. */
  readonly worthAsking: number
  /** Gives the rows to the partners. */
  hold(shared: SharedSet): void
  /** All shares in order; `work` are the multiply-adds of one thread. */
  shares(shared: SharedSet, request: SumRequest, work: number): Promise<readonly Float64Array[]>
}
