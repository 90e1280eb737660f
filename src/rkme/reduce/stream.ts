import { shown, ValueError } from '../../base/error.js'
import type { Matrix } from '../../base/matrix.js'
import { checkColumns } from '../../kernel/form.js'
import type { LabelledEmbedding } from '../embedding.js'
import { driveAsync } from '../rows/driver.js'
import { type OpenRows, streamSource } from '../rows/stream-source.js'
import { solve } from '../solver/solver.js'
import type { Plan } from './labels.js'
import { planReduction, type ReduceOptions } from './reduce.js'

/**
 * {@link reduce} for rows that do not fit into memory: `open` is called once for every reading and gives them block by block.
 * The same bytes as from one matrix of the same rows. Up to 65,535 rows (2²³ numbers where there are more than 128 columns) are kept
 * and read once; more are read at most 9 times for a given `size` and the error besides, and up to 4 times more for every size that
 * 'auto' tries (2 where a size is far from enough); `iterations` adds its steps. Labels and row weights are not taken.
 * @throws TypeError or RangeError where an option or a block is refused, or a reading differs from the first; the reason of
 * `signal`, also between blocks.
 */
export const reduceStream = async (
  open: OpenRows,
  options: Omit<ReduceOptions, 'labels' | 'rowWeights'> = {},
): Promise<LabelledEmbedding> => {
  let plan: Plan | undefined
  const meet = (block: Matrix): void => {
    if (plan) checkColumns(plan.tasks[0].options.kernel, block, 'rows')
    else plan = planStream(block, options)
  }
  const source = await streamSource(open, { meet, signal: options?.signal })
  const { tasks } = plan as unknown as Plan
  return driveAsync(solve(source.rows, source.columns, tasks[0].options), source, options.signal)
}

const planStream = (first: Matrix, options: ReduceOptions): Plan => {
  const plan = planReduction(first, options)
  for (const name of ['labels', 'rowWeights'] as const) {
    if (options[name] !== undefined) {
      throw new ValueError(`"${name}" expected nothing beside rows that are streamed, got ${shown(options[name])}`)
    }
  }
  return plan
}
