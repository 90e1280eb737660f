import type { Outcome } from '../outcome.js'
import type { FunctionName } from './functions.js'

/** How far a job has come; what it holds depends on the job. */
export type Progress = (state: unknown) => void

/** What runs in a worker, called through comlink. Answers are {@link Outcome}s: comlink would lose an error's class. */
export interface WorkerFace {
  /** Resolves once the worker runs: true where it now keeps the named lock, and does so as long as it lives. */
  start(lock: string): Promise<boolean>
  /** Runs a function of the library; reductions share their sums with the partners at the other ends of the ports. */
  run(
    job: number,
    name: FunctionName,
    args: readonly unknown[],
    partners: readonly MessagePort[],
    progress?: Progress,
  ): Promise<Outcome<unknown>>
  /** Serves another worker that leads a job. */
  join(job: number, leader: MessagePort): void
  /** Is no partner in the job any more, and forgets its rows. */
  leave(job: number): void
  /** Stops a job between two of its steps. */
  cancel(job: number): void
}
