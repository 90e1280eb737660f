import type { SumRequest } from '../rkme/rows/request.js'
import type { Holding } from '../rkme/rows/share.js'
import type { FunctionName } from './functions.js'
import type { Outcome } from './outcome.js'
import type { Partners } from './shared.js'

/** How far a job has come; what it holds depends on the job. */
export type Progress = (state: unknown) => void

/** What runs in a worker, called through comlink. Answers are {@link Outcome}s: comlink would lose an error's class. */
export interface WorkerFace {
  /** Resolves once the worker runs: true where it now keeps the named lock, and does so as long as it lives. */
  start(lock: string): Promise<boolean>
  /** Runs a function of the library; reductions share their sums with the partners. */
  run(
    job: number,
    name: FunctionName,
    args: readonly unknown[],
    partnerCount: number,
    progress?: Progress,
    partners?: Partners,
  ): Promise<Outcome<unknown>>
  /** Keeps rows of a job that another worker leads. */
  hold(job: number, holding: Holding): Promise<Outcome<unknown>>
  /** The shares of spans of the rows that it holds for the job. */
  take(job: number, request: SumRequest, spans: readonly [number, number]): Promise<Outcome<unknown>>
  /** Forgets the rows of a job. */
  drop(job: number): void
  /** Stops a job between two of its steps. */
  cancel(job: number): void
}
