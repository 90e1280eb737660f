import { KindError, shown, ValueError } from '../../base/error.js'
import { type Matrix, samples, sliceRows } from '../../base/matrix.js'
import { inBlocks } from '../../kernel/centre.js'
import { withArena } from '../../wasm/arena.js'
import type { LabelledEmbedding } from '../embedding.js'
import { driveAsync, type RowSource } from '../rows/driver.js'
import { cachedRows, type Numbers, partRows, placeRaw } from '../rows/part.js'
import { chunkRows, type SumRequest, spanCount, spanRows } from '../rows/request.js'
import { shareTaker } from '../rows/share.js'
import { answerOf, emptySum, placeRequest } from '../rows/sums.js'
import { solve } from '../solver/solver.js'
import { planReduction, type ReduceOptions } from './reduce.js'

/** Rows that can be read again and again from their beginning, a block at a time, always the same. */
export type OpenRows = () => AsyncIterable<Matrix>

/**
 * A source that reads the rows anew for every request and keeps at most {@link partRows} of them; for the double sum of up to
 * 20,000 rows it keeps them all.
 * @throws TypeError where `open` is no function; RangeError where a block is unsound or the rows differ from the first reading.
 */
export const streamSource = async (open: OpenRows): Promise<RowSource & { first: Matrix }> => {
  if (typeof open !== 'function') throw new KindError(`"open" expected a function, got ${shown(open)}`)
  const blocks = open()
  if (typeof blocks?.[Symbol.asyncIterator] !== 'function') {
    throw new KindError(`"open" expected to give blocks in turn, as an async function* does, got ${shown(blocks)}`)
  }
  let rows = 0
  let first: Matrix | undefined
  for await (const block of blocks) {
    const { columns } = samples(block, 'rows')
    first ??= block
    if (columns !== first.columns) {
      throw new ValueError(`"rows" expected ${first.columns} columns in every block, got ${columns}`, 'shape')
    }
    rows += block.rows
  }
  if (first === undefined) throw new ValueError('"rows" expected at least one block, got none', 'shape')
  const { columns, data } = first
  const room = (count: number): Matrix => ({
    rows: count,
    columns,
    data: data instanceof Float32Array ? new Float32Array(count * columns) : new Float64Array(count * columns),
  })

  /** Every row in order, with its index, read once more. */
  const visit = async (meet: (block: Matrix, start: number) => void): Promise<void> => {
    let start = 0
    for await (const block of open()) {
      if (block.columns !== columns) {
        throw new ValueError(`"rows" expected ${columns} columns at every reading, got ${block.columns}`, 'shape')
      }
      if (start + block.rows <= rows) meet(block, start)
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

  const all = async (): Promise<Matrix> => {
    const kept = room(rows)
    await visit((block, start) => kept.data.set(block.data, start * columns))
    return kept
  }

  const step = Math.min(partRows(columns), spanRows(rows))
  const precise = (numbers: Numbers): 'f32' | 'f64' => (numbers instanceof Float32Array ? 'f32' : 'f64')

  const shares = async (request: SumRequest): Promise<readonly Float64Array[]> => {
    if (request.kind === 'self') {
      return shareTaker({ rows: await all(), weights: undefined, total: rows, offset: 0 })(request, 0, spanCount(rows))
    }
    let kept: Numbers | undefined
    const result: Float64Array[] = []
    let sum = emptySum(request, columns)
    let filled = 0
    let added = 0
    const add = (data: Numbers, count: number): void => {
      sum = withArena((arena) => {
        const total = placeRequest(arena, request, precise(data))(sum)
        const some = { rows: count, columns, data }
        inBlocks(
          arena,
          some,
          (start, end) => total.add(placeRaw(arena, request, sliceRows(some, start, end))),
          cachedRows(columns),
        )
        return total.read()
      })
      added += count
      if (added < rows && added % spanRows(rows) > 0) return
      result.push(answerOf(request, sum))
      sum = emptySum(request, columns)
    }
    await visit(({ rows: count, data }) => {
      for (let at = 0; at < count; ) {
        const rest = count - at
        const left = Math.min(spanRows(rows) - (added % spanRows(rows)), rows - added)
        // Whole chunks, or the end of a span: no need to gather them.
        const whole = Math.min(step, left <= rest ? left : rest - (rest % chunkRows))
        if (filled === 0 && whole > 0 && precise(data) === precise(first.data)) {
          add(data.subarray(at * columns, (at + whole) * columns), whole)
          at += whole
          continue
        }
        kept ??= room(step).data
        const wanted = Math.min(step, left)
        const taken = Math.min(wanted - filled, rest)
        kept.set(data.subarray(at * columns, (at + taken) * columns), filled * columns)
        at += taken
        filled += taken
        if (filled < wanted) continue
        add(kept.subarray(0, filled * columns), filled)
        filled = 0
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
