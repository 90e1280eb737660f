import { options, positive, whole } from '../../base/check.js'
import { isMatrix, type Matrix, type Samples, samples, shaped } from '../../base/matrix.js'
import type { GramOptions } from '../../kernel/gram.js'
import type { Kernel } from '../../kernel/kernel.js'
import type { Candidate, Found } from '../../market/match/match.js'
import type { SearchOptions } from '../../market/match/options.js'
import type { Quadratic, QuadraticOptions } from '../../qp/quadratic.js'
import type { Embedding, LabelledEmbedding } from '../../rkme/embedding.js'
import type { Mixture } from '../../rkme/mixture.js'
import type { ReduceOptions } from '../../rkme/reduce/reduce.js'
import { cellsOf, columnNames, type Rows } from '../../specification/rows/table.js'
import type { Requirement, Specification } from '../../specification/specification.js'
import type { SpecifyOptions } from '../../specification/specify/specify.js'
import type { Terms } from '../../specification/terms.js'
import type { FunctionName } from '../serve/functions.js'
import { gramAcross } from './gram.js'
import { assemble, type CallOptions, type JobOptions } from './team.js'

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
  reduce(X: Samples, options?: ReduceOptions & CallOptions): Promise<LabelledEmbedding>
  specify(terms: Terms, rows: Rows, options?: SpecifyOptions & CallOptions): Promise<Specification>
  search(
    requirement: Requirement,
    candidates: readonly Candidate[],
    options?: SearchOptions & CallOptions,
  ): Promise<Found>
  /** With `out` in shared memory the workers write there, and nothing is copied. */
  gram(X: Samples, Z: Samples | undefined, kernel: Kernel, options?: GramOptions & CallOptions): Promise<Matrix>
  quadratic(G: Samples, c: ArrayLike<number>, options?: QuadraticOptions & CallOptions): Promise<Quadratic>
  inner(a: Embedding, b: Embedding, options?: CallOptions): Promise<number>
  mmd(a: Embedding, b: Embedding, options?: CallOptions): Promise<number>
  mmdSquared(a: Embedding, b: Embedding, options?: CallOptions): Promise<number>
  mixture(
    target: Embedding,
    candidates: readonly Embedding[],
    options?: { constraint?: 'simplex' | 'cone' } & CallOptions,
  ): Promise<Mixture>
  evaluate(embedding: Embedding, X: Samples, options?: CallOptions): Promise<Float64Array>
  /** Ends the workers; calls that are pending reject. */
  close(): Promise<void>
}

/**
 * An engine in Web Workers, or in worker threads under Node.
 * @throws MarketError `unreachable` where a worker cannot start, or, in every call, where one has died.
 */
export const spawnEngine = async (settings: SpawnOptions = {}): Promise<Engine> => {
  const { workers = 1, url, startLimitMs = 30_000 } = options(settings, 'options', ['workers', 'url', 'startLimitMs'])
  const start = { url, startLimitMs: positive(startLimitMs, 'startLimitMs') }
  const team = await assemble(whole(workers, 'workers', 1, 64), start)
  /** Sends arguments with what is left of the options once those of the call are taken out. */
  const run = async <T>(name: FunctionName, args: readonly unknown[], given: object = {}): Promise<T> => {
    const { signal, transfer, onProgress, ...own } = options(given, 'options') as JobOptions
    const last = Object.keys(own).length > 0 ? [own] : []
    return (await team.run(name, [...args, ...last], { signal, transfer, onProgress })) as T
  }
  /** The same of a function that takes no options itself. */
  const plain = async <T>(name: FunctionName, args: readonly unknown[], given: CallOptions = {}): Promise<T> =>
    run(name, args, options(given, 'options', ['signal', 'transfer']))
  return {
    workers: team.size,
    reduce: async (X, given) => run('reduce', [flat(X, 'X')], given),
    specify: async (terms, rows, given) => run('specify', [terms, sendable(rows)], given),
    search: (requirement, candidates, given) => run('search', [requirement, candidates], given),
    gram: async (X, Z, kernel, given) => {
      const rows = flat(X, 'X')
      return gramAcross(team, rows, Z && (Z === X ? rows : flat(Z, 'Z')), kernel, given)
    },
    quadratic: async (G, c, given) => run('quadratic', [flat(G, 'G'), c], given),
    inner: (a, b, given) => plain('inner', [a, b], given),
    mmd: (a, b, given) => plain('mmd', [a, b], given),
    mmdSquared: (a, b, given) => plain('mmdSquared', [a, b], given),
    mixture: (target, candidates, given) => run('mixture', [target, candidates], given),
    evaluate: async (embedding, X, given) => plain('evaluate', [embedding, flat(X, 'X')], given),
    close: () => team.close(),
  }
}

/** One matrix instead of many small arrays. */
const flat = (value: Samples, name: string): Matrix => (isMatrix(value) ? shaped(value, name) : samples(value, name))

/** A table without methods: an Arrow table as its columns, anything else as it is. */
const sendable = (rows: Rows): Rows => {
  if (typeof (rows as { getChild?: unknown } | null)?.getChild !== 'function') return rows
  const names = columnNames(rows) ?? []
  return Object.fromEntries(names.map((name) => [name, cellsOf(rows, name) ?? []]))
}
