import type { SumRequest } from '../rkme/request.js'
import type { Holding } from '../rkme/share.js'
import type { SolverOptions } from '../rkme/solver.js'
import type { Outcome } from './outcome.js'

/** How far a job has come; what it holds depends on the job. */
export type Progress = (state: unknown) => void

/** What a reduction needs besides the rows, as plain data. */
export type PlainSolverOptions = Omit<SolverOptions, 'onProgress'>

/** Shares of the spans that other workers hold, in the order of the spans. */
export type Serve = (request: SumRequest) => Promise<Outcome<readonly Float64Array[]>>

/** What runs in a worker, called through comlink. Answers are {@link Outcome}s: comlink would lose an error's class. */
export interface WorkerFace {
  /** Resolves once the worker runs: true where it now keeps the named lock, and does so as long as it lives. */
  start(lock: string): Promise<boolean>
  /** Runs one of the functions of {@link functions} from beginning to end. */
  run(job: number, name: string, args: readonly unknown[], progress?: Progress): Promise<Outcome<unknown>>
  /** Reduces all rows; the first spans are summed here, the others by `serve`. */
  lead(
    job: number,
    holding: Holding,
    ownSpans: number,
    options: PlainSolverOptions,
    progress?: Progress,
    serve?: Serve,
  ): Promise<Outcome<unknown>>
  /** Keeps rows for a job that another worker leads. */
  hold(job: number, holding: Holding): Promise<Outcome<unknown>>
  /** The shares of spans of the rows that it holds for the job. */
  take(job: number, request: SumRequest, firstSpan: number, endSpan: number): Promise<Outcome<unknown>>
  /** Forgets the rows of a job. */
  drop(job: number): void
  /** Stops a job between two of its steps. */
  cancel(job: number): void
}
