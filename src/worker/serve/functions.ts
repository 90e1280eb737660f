import { gram } from '../../kernel/gram.js'
import { searchSpecifications } from '../../market/match/match.js'
import { quadratic } from '../../qp/quadratic.js'
import { evaluate } from '../../rkme/evaluate.js'
import { mixture } from '../../rkme/mixture.js'
import { inner, mmd, mmdSquared } from '../../rkme/mmd.js'
import { reduceWith } from '../../rkme/reduce/reduce.js'
import { specifyWith } from '../../specification/specify/specify.js'
import { gramPart, gramTurns } from './gram.js'
import type { Open } from './shared.js'

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
