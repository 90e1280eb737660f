import type { Outcome } from './outcome.js'

/** How far a job has come; what it holds depends on the job. */
export type Progress = (state: unknown) => void

/** A progress callback that lives in the other thread: calls are sent, answers are not awaited. */
export type RemoteProgress = (state: unknown) => Promise<void> | void

/** What runs in a worker, called through comlink. Every call answers an {@link Outcome}; none throws. */
export interface WorkerFace {
  /** Resolves once the worker runs; it keeps the named lock as long as it lives, where there are locks. */
  start(lock: string): Promise<boolean>
  /** Runs one of the functions of {@link functions} from beginning to end. */
  run(job: number, name: string, args: readonly unknown[], progress?: RemoteProgress): Promise<Outcome<unknown>>
  /** Stops a job between two of its steps. */
  cancel(job: number): void
}
