import type { Learnware } from '../../learnware/learnware.js'
import type { ModelOutput } from '../../learnware/model.js'
import type { Table } from '../../specification/rows/table.js'
import type { Evidence } from '../evidence.js'
import { type Failure, noneLeft } from '../failure.js'
import { outputs } from '../outputs.js'

/** More learnwares than these make more columns than labelled rows can tell apart. */
const most = 20

/** The learnwares that serve as features: those with a data-free weight first, then the best on the labelled rows. */
export const featured = ({ learnwares, prior, single }: Evidence): number[] =>
  learnwares
    .map((_, l) => l)
    .sort((a, b) => Number(prior[b] > 0) - Number(prior[a] > 0) || single[a].loss - single[b].loss || a - b)
    .slice(0, most)
    .sort((a, b) => a - b)

/** Learnwares as columns of a fit, and the constants that stand for one that fails later. */
export interface Featured {
  readonly learnwares: readonly Learnware[]
  readonly output: ModelOutput
  /** Each learnware's mean output on the labelled rows, one number for each column. */
  readonly means: readonly Float64Array[]
  readonly failures: Map<string, Failure>
}

/** The mean of each column of a rows × width array. */
export const columnMeansOf = (data: Float64Array, width: number): Float64Array => {
  const means = new Float64Array(width)
  for (let e = 0; e < data.length; e++) means[e % width] += data[e]
  return means.map((sum) => (sum * width) / data.length)
}

/**
 * The outputs of learnwares at the rows of a table, rows × width each. One that fails is noted and stands at its mean,
 * which tells a fitted function nothing about a row.
 * @throws RangeError where all fail; the reason of an abort.
 */
export const featuresOf = async (
  { learnwares, output, means, failures }: Featured,
  table: Table,
  signal?: AbortSignal,
): Promise<Float64Array[]> => {
  const { rows, width, of, ran, failed } = await outputs(learnwares, table, output, { signal })
  for (const failure of failed) failures.set(failure.id, failure)
  if (ran.length === 0) throw noneLeft(failed)
  return means.map((mean, l) => {
    const at = ran.indexOf(l)
    return at >= 0 ? of[at] : Float64Array.from({ length: rows * width }, (_, e) => mean[e % width])
  })
}
