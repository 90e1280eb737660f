import { gram } from '../kernel/gram.js'
import { searchSpecifications } from '../market/match.js'
import { quadratic } from '../qp/quadratic.js'
import { driveAsync } from '../rkme/driver.js'
import type { Embedding, LabelledEmbedding } from '../rkme/embedding.js'
import { evaluate } from '../rkme/evaluate.js'
import { mixture } from '../rkme/mixture.js'
import { inner, mmd, mmdSquared } from '../rkme/mmd.js'
import { planReduction } from '../rkme/reduce.js'
import { solve } from '../rkme/solver.js'
import type { Specification } from '../specification/specification.js'
import { specifyWith } from '../specification/specify.js'
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

const reduceShared = async (
  { signal, onProgress, open }: Context,
  ...[X, options]: Parameters<typeof planReduction>
): Promise<LabelledEmbedding> => {
  const plan = planReduction(X, { ...options, onProgress })
  const embeddings: Embedding[] = []
  for (const { rows, options: solver } of plan.tasks) {
    const source = await open(rows, solver.rowWeights)
    embeddings.push(await driveAsync(solve(rows.rows, rows.columns, solver), source, signal))
  }
  return plan.assemble(embeddings)
}

type SpecifyArguments = Parameters<typeof specifyWith> extends [unknown, ...infer Rest] ? Rest : never

const specifyShared = (
  { signal, onProgress, open }: Context,
  ...[terms, rows, options]: SpecifyArguments
): Promise<Specification> => specifyWith((part) => open(part), terms, rows, { ...options, signal, onProgress })

/** What a worker can do by name: the library's own functions. */
export const functions = {
  gram: plain(gram),
  quadratic: plain(quadratic),
  inner: plain(inner),
  mmd: plain(mmd),
  mmdSquared: plain(mmdSquared),
  mixture: plain(mixture),
  evaluate: plain(evaluate),
  reduce: reduceShared,
  specify: specifyShared,
  search: plain(searchSpecifications),
}

/** The name of a function that a worker can run. */
export type FunctionName = keyof typeof functions
