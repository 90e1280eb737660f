import { KindError, shown, ValueError } from '../../base/error.js'
import { isMatrix, type Matrix, samples, shaped, sliceRows } from '../../base/matrix.js'
import { inBlocks, placePlain, precisionOf, zeros } from '../../kernel/centre.js'
import { withArena } from '../../wasm/arena.js'
import { localSource, type RowSource } from './driver.js'
import { addColumns, cachedRows, emptyTally, type Numbers, partRows, placeRaw, type Tally } from './part.js'
import { chunkRows, type Frame, isLarge, type SumRequest, spanRows } from './request.js'
import { ownShares, wholeShares } from './share.js'
import { placeRequest } from './sums.js'

/** Rows that can be read again and again from their beginning, a block at a time, always the same. */
export type OpenRows = () => AsyncIterable<Matrix>

/** What may go on between two blocks. */
export interface Meeting {
  /** Told every block of the first reading. */
  readonly meet?: (block: Matrix) => void
  readonly signal?: AbortSignal
  /** Up to so many rows are kept and not read again; by default those that are not large. */
  readonly kept?: number
}

/**
 * A source that reads the rows anew for every request and keeps at most {@link partRows} of them; for the double sum of up to
 * 20,000 rows it keeps them all. Rows that are not {@link isLarge} it keeps from the first reading on: there is no second one.
 * Blocks without rows are passed over; blocks of another precision are brought to that of the first.
 * @throws TypeError where `open` is no function; RangeError where a block is unsound, or a reading has another number of rows than
 * the first or other sums of its columns or squares.
 */
export const streamSource = async (
  open: OpenRows,
  { meet, signal, kept = Infinity }: Meeting = {},
): Promise<RowSource> => {
  if (typeof open !== 'function') throw new KindError(`"open" expected a function, got ${shown(open)}`)
  let first: Pick<Matrix, 'columns' | 'data'> | undefined

  /** The blocks that have rows, shaped alike. */
  const blocks = async function* (): AsyncGenerator<Matrix> {
    const given = open()
    if (typeof given?.[Symbol.asyncIterator] !== 'function') {
      throw new KindError(`"open" expected to give blocks in turn, as an async function* does, got ${shown(given)}`)
    }
    for await (const some of given) {
      if ((isMatrix(some) ? some.rows : (some as { length?: number })?.length) === 0) continue
      const block = shaped(some, 'rows')
      first ??= { columns: block.columns, data: block.data.slice(0, 0) }
      if (block.columns !== first.columns) {
        throw new ValueError(`"rows" expected ${first.columns} columns in every block, got ${block.columns}`, 'shape')
      }
      const alike = precisionOf(block.data) === precisionOf(first.data)
      yield alike ? block : { ...block, data: converted(block.data) }
      signal?.throwIfAborted()
    }
  }

  const addBlock = (sums: Float64Array, block: Matrix): void =>
    withArena((arena) =>
      inBlocks(arena, block, (start, end) =>
        addColumns(arena, sums, placePlain(arena, block, start, end), end - start, precisionOf(block.data)),
      ),
    )

  let rows = 0
  let held: Matrix[] | undefined = []
  let known = new Float64Array(0)
  for await (const block of blocks()) {
    if (rows === 0) known = new Float64Array(block.columns)
    samples(block, 'rows')
    meet?.(block)
    addBlock(known, block)
    rows += block.rows
    if (rows > kept || isLarge(rows, block.columns)) held = undefined
    held?.push({ ...block, data: block.data.slice() })
  }
  if (first === undefined) throw new ValueError('"rows" expected at least one row, got none', 'shape')
  const { columns, data: kind } = first as Matrix
  const room = (count: number): Matrix => ({
    rows: count,
    columns,
    data: zeros(count * columns, precisionOf(kind)),
  })
  if (held) {
    const few = room(rows)
    let at = 0
    for (const { data } of held) {
      few.data.set(data, at)
      at += data.length
    }
    held = undefined
    return localSource(few)
  }

  /** Every row in order, with its index, read once more; `work` adds the block to the tally. */
  const visit = async (tally: Tally, work: (block: Matrix, start: number) => void): Promise<void> => {
    let start = 0
    for await (const block of blocks()) {
      if (start + block.rows <= rows) work(block, start)
      start += block.rows
    }
    if (start !== rows) throw new ValueError(`"rows" expected ${rows} rows at every reading, got ${start}`, 'shape')
    sameAs(known, tally.columns)
  }

  const visitPlain = (work: (block: Matrix, start: number) => void): Promise<void> => {
    const sums = new Float64Array(columns)
    return visit({ columns: sums, norms: sums }, (block, start) => {
      addBlock(sums, block)
      work(block, start)
    })
  }

  const take = async (indices: Int32Array): Promise<Matrix> => {
    const order = Array.from(indices.keys()).sort((a, b) => indices[a] - indices[b])
    const taken = room(indices.length)
    let next = 0
    await visitPlain((block, start) => {
      for (; next < order.length && indices[order[next]] < start + block.rows; next++) {
        const from = (indices[order[next]] - start) * columns
        taken.data.set(block.data.subarray(from, from + columns), order[next] * columns)
      }
    })
    return taken
  }

  const all = async (): Promise<Matrix> => {
    const together = room(rows)
    await visitPlain((block, start) => together.data.set(block.data, start * columns))
    return together
  }

  let framed: { readonly frame: Frame; readonly norms: Float64Array } | undefined

  const step = Math.min(partRows(columns), spanRows(rows))

  const own = ownShares()

  const shares = async (request: SumRequest): Promise<readonly Float64Array[]> => {
    const known = own(request)
    if (known) return known
    if (request.kind === 'self') {
      return wholeShares(await all())(request)
    }
    let gathered: Numbers | undefined
    const result: Float64Array[] = []
    let sum: Float64Array | undefined
    let filled = 0
    let added = 0
    const frame = request.kind === 'total' ? undefined : request.frame
    const before = framed !== undefined && framed.frame === frame ? framed : undefined
    const tally = emptyTally(before ? 0 : columns)
    const add = (data: Numbers, count: number): void => {
      added += count
      const goesOn = added < rows && added % spanRows(rows) > 0
      const reached = withArena((arena) => {
        const total = placeRequest(arena, request, precisionOf(data), columns)(sum)
        const some = { rows: count, columns, data }
        const part = (start: number, end: number): void =>
          total.add(placeRaw(arena, request, sliceRows(some, start, end), tally))
        inBlocks(arena, some, part, cachedRows(columns))
        return goesOn ? total.read() : total.answer()
      })
      sum = goesOn ? reached : undefined
      if (!goesOn) result.push(reached)
    }
    await visit(tally, ({ rows: count, data }) => {
      for (let at = 0; at < count; ) {
        const rest = count - at
        const left = Math.min(spanRows(rows) - (added % spanRows(rows)), rows - added)
        // Whole chunks, or the end of a span: no need to gather them.
        const whole = Math.min(step, left <= rest ? left : rest - (rest % chunkRows))
        if (filled === 0 && whole > 0) {
          add(data.subarray(at * columns, (at + whole) * columns), whole)
          at += whole
          continue
        }
        gathered ??= room(step).data
        const wanted = Math.min(step, left)
        const taken = Math.min(wanted - filled, rest)
        gathered.set(data.subarray(at * columns, (at + taken) * columns), filled * columns)
        at += taken
        filled += taken
        if (filled < wanted) continue
        add(gathered.subarray(0, filled * columns), filled)
        filled = 0
      }
    })
    if (before) sameAs(before.norms, tally.norms)
    else if (frame) framed = { frame, norms: tally.norms }
    return result
  }
  return { rows, columns, take, shares }
}

const converted = (data: Numbers): Numbers =>
  data instanceof Float32Array ? Float64Array.from(data) : Float32Array.from(data)

const sameAs = (known: Float64Array, sums: Float64Array = known): void => {
  const other = sums.findIndex((sum, k) => !Object.is(sum, known[k]))
  if (other < 0) return
  throw new ValueError(
    `"rows" expected the same numbers at every reading, got others: a sum of ${known[other]} is now ${sums[other]}`,
  )
}
