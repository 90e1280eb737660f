import { KindError, shown, ValueError } from '../base/error.js'
import { type Matrix, samples } from '../base/matrix.js'
import { driveAsync, type RowSource } from './driver.js'
import type { LabelledEmbedding } from './embedding.js'
import { planReduction, type ReduceOptions } from './reduce.js'
import { type SumRequest, spanCount, spanRows } from './request.js'
import { shareTaker } from './share.js'
import { solve } from './solver.js'

/** Rows that can be read again and again from their beginning, a block at a time, always the same. */
export type OpenRows = () => AsyncIterable<Matrix>

/**
 * A source that reads the rows anew for every request and keeps one span of them; for the double sum of up to 20,000 rows
 * it keeps them all.
 * @throws TypeError where `open` is no function; RangeError where a block is unsound or the rows differ from the first reading.
 */
export const streamSource = async (open: OpenRows): Promise<RowSource & { first: Matrix }> => {
  if (typeof open !== 'function') throw new KindError(`"open" expected a function, got ${shown(open)}`)
  let rows = 0
  let first: Matrix | undefined
  for await (const block of open()) {
    const { columns } = samples(block, 'rows')
    first ??= block
    if (columns !== first.columns) {
      throw new ValueError(`"rows" expected ${first.columns} columns in every block, got ${columns}`, 'shape')
    }
    rows += block.rows
  }
  if (first === undefined) throw new ValueError('"rows" expected at least one block, got none', 'shape')
  const { columns, data } = first
  const room = (count: number): Matrix & { data: Float32Array | Float64Array } => ({
    rows: count,
    columns,
    data: data instanceof Float32Array ? new Float32Array(count * columns) : new Float64Array(count * columns),
  })

  /** Every row in order, with its index, read once more. */
  const visit = async (meet: (block: Matrix, start: number) => void): Promise<void> => {
    let start = 0
    for await (const block of open()) {
      if (block.columns === columns) meet(block, start)
      start += block.rows
    }
    if (start !== rows) throw new ValueError(`"rows" expected ${rows} rows at every reading, got ${start}`, 'shape')
  }

  const take = async (indices: Int32Array): Promise<Matrix> => {
    const order = Array.from(indices.keys()).sort((a, b) => indices[a] - indices[b])
    const taken = room(indices.length)
    let next = 0
    await visit((block, start) => {
      for (; next < order.length && indices[order[next]] < start + block.rows; next++) {
        const from = (indices[order[next]] - start) * columns
        taken.data.set(block.data.subarray(from, from + columns), order[next] * columns)
      }
    })
    return taken
  }

  const shares = async (request: SumRequest): Promise<readonly Float64Array[]> => {
    const size = request.kind === 'self' ? rows : spanRows(rows)
    const result: Float64Array[] = []
    let kept = room(Math.min(size, rows))
    let filled = 0
    let offset = 0
    await visit((block) => {
      for (let at = 0; at < block.rows; ) {
        const count = Math.min(kept.rows - filled, block.rows - at)
        kept.data.set(block.data.subarray(at * columns, (at + count) * columns), filled * columns)
        at += count
        filled += count
        if (filled < kept.rows) continue
        const firstSpan = offset / spanRows(rows)
        const endSpan = request.kind === 'self' ? spanCount(rows) : firstSpan + 1
        result.push(...shareTaker({ rows: kept, weights: undefined, total: rows, offset })(request, firstSpan, endSpan))
        offset += filled
        filled = 0
        if (offset < rows) kept = room(Math.min(size, rows - offset))
      }
    })
    return result
  }
  return { rows, columns, take, shares, first }
}

/**
 * {@link reduce} for rows that do not fit into memory: `open` is called once for every request and reads them block by block.
 * The same bytes as from one matrix of the same rows. Labels and row weights are not taken.
 */
export const reduceStream = async (
  open: OpenRows,
  options: Omit<ReduceOptions, 'labels' | 'rowWeights'> = {},
): Promise<LabelledEmbedding> => {
  const source = await streamSource(open)
  const [task] = planReduction(source.first, options).tasks
  return driveAsync(solve(source.rows, source.columns, task.options), source, options.signal)
}
