import { options, positive, whole } from '../base/check.js'
import type { Matrix, Samples } from '../base/matrix.js'
import type { Embedding, LabelledEmbedding } from '../rkme/embedding.js'
import { planReduction, type ReduceOptions } from '../rkme/reduce.js'
import type { Precision } from '../kernel/gram.js'
import type { Kernel } from '../kernel/kernel.js'
import type { Quadratic, QuadraticOptions } from '../qp/quadratic.js'
import type { Progress } from './protocol.js'
import { assemble, type CallOptions } from './team.js'

/** What {@link spawnEngine} takes. */
export interface SpawnOptions {
  /** Workers that share the work; the bytes of a result are the same for any number. */
  readonly workers?: number
  /** The address of `learnware/worker-entry.js`, where the page forbids workers from a Blob. */
  readonly url?: string | URL
  /** How long a worker may take to start. */
  readonly startLimitMs?: number
}

/**
 * The library's functions in workers: the same arguments and bytes, as promises, and with `signal` and `transfer` for
 * every call. Arguments are copied, unless `transfer` gives them away. An error keeps its class and code.
 */
export interface Engine {
  readonly workers: number
  gram(X: Samples, Z: Samples | undefined, kernel: Kernel, options?: { precision?: Precision } & CallOptions): Promise<Matrix>
  quadratic(G: Samples, c: ArrayLike<number>, options?: QuadraticOptions & CallOptions): Promise<Quadratic>
  reduce(X: Samples, options?: ReduceOptions & CallOptions): Promise<LabelledEmbedding>
  /** Ends the workers; calls that are pending reject. */
  close(): Promise<void>
}

/**
 * An engine in Web Workers, or in worker threads under Node.
 * @throws MarketError `unreachable` where a worker cannot start, or, in every call, where one has died.
 */
export const spawnEngine = async ({ workers = 1, url, startLimitMs = 30_000, ...rest }: SpawnOptions = {}): Promise<Engine> => {
  options(rest, 'options', ['workers', 'url', 'startLimitMs'])
  const start = { url, startLimitMs: positive(startLimitMs, 'startLimitMs') }
  const team = await assemble(whole(workers, 'workers', 1, 64), start)
  return {
    workers: team.size,
    gram: async (X, Z, kernel, { signal, transfer, ...rest } = {}) =>
      team.run('gram', [X, Z, kernel, rest], { signal, transfer }) as Promise<Matrix>,
    quadratic: async (G, c, { signal, transfer, ...rest } = {}) =>
      team.run('quadratic', [G, c, rest], { signal, transfer }) as Promise<Quadratic>,
    reduce: async (X, { signal, transfer, onProgress, ...rest } = {}) => {
      const plan = planReduction(X, rest)
      const embeddings: Embedding[] = []
      for (const { rows, options: solver } of plan.tasks) {
        // Rows that the plan has copied are ours to give.
        const give = transfer || rows.data !== (X as Partial<Matrix>).data
        embeddings.push(await team.reduce(rows, solver, { signal, transfer: give, onProgress: onProgress as Progress }))
      }
      return plan.assemble(embeddings)
    },
    close: () => team.close(),
  }
}
