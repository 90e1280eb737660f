import type { Matrix } from '../base/matrix.js'
import { type Precision, zeros } from '../kernel/centre.js'
import { gram, gramRows } from '../kernel/gram.js'
import type { Kernel } from '../kernel/kernel.js'
import { searchSpecifications } from '../market/match/match.js'
import { quadratic } from '../qp/quadratic.js'
import { evaluate } from '../rkme/evaluate.js'
import { mixture } from '../rkme/mixture.js'
import { inner, mmd, mmdSquared } from '../rkme/mmd.js'
import { reduceWith } from '../rkme/reduce/reduce.js'
import { specifyWith } from '../specification/specify/specify.js'
import type { Open } from './shared.js'
import { type Turns, takeTurns, waitToBegin } from './turns.js'

/** What a job has besides its arguments. */
export interface Context {
  readonly signal: AbortSignal
  readonly onProgress?: (state: unknown) => void
  readonly open: Open
}

const plain =
  <A extends unknown[], R>(run: (...args: A) => R) =>
  (_: Context, ...args: A): R =>
    run(...args)

type AfterOpen<F> = F extends (open: never, ...rest: infer A) => unknown ? A : never

/** Rows [start, end) of a Gram matrix. */
const gramPart = (
  X: Matrix,
  Z: Matrix,
  kernel: Kernel,
  precision: Precision,
  [start, end]: [number, number],
): Matrix => {
  const data = zeros((end - start) * Z.rows, precision)
  gramRows(X, Z, kernel, { precision, wanted: [[start, end]] }, data, start)
  return { rows: end - start, columns: Z.rows, data }
}

/** The rows of a Gram matrix that this worker gets to, into shared memory. */
const gramTurns = (
  X: Matrix,
  Z: Matrix,
  kernel: Kernel,
  precision: Precision,
  turns: Turns,
  target: Float32Array | Float64Array,
): void => {
  waitToBegin(turns)
  gramRows(X, Z, kernel, { precision, wanted: takeTurns(turns) }, target)
}

/** What a worker can do by name: the library's own functions. */
export const functions = {
  gram: plain(gram),
  gramPart: plain(gramPart),
  gramTurns: plain(gramTurns),
  quadratic: plain(quadratic),
  inner: plain(inner),
  mmd: plain(mmd),
  mmdSquared: plain(mmdSquared),
  mixture: plain(mixture),
  evaluate: plain(evaluate),
  reduce: ({ open, ...context }: Context, ...[X, options]: AfterOpen<typeof reduceWith>) =>
    reduceWith(open, X, { ...options, ...context }),
  specify: ({ open, ...context }: Context, ...[terms, rows, options]: AfterOpen<typeof specifyWith>) =>
    specifyWith(open, terms, rows, { ...options, ...context }),
  search: plain(searchSpecifications),
}

/** The name of a function that a worker can run. */
export type FunctionName = keyof typeof functions
