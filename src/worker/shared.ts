import { transfer } from 'comlink'
import { type Matrix, sliceRows, takeRows } from '../base/matrix.js'
import { allotSpans, type RowSource } from '../rkme/driver.js'
import { type SumRequest, spanCount, spanRows } from '../rkme/request.js'
import { type Holding, shareTaker } from '../rkme/share.js'
import { type Outcome, unpacked } from './outcome.js'
import { parcel } from './parcel.js'

/** The spans [first, end) that one worker sums. */
export type Spans = readonly [number, number]

/**
 * The way from the worker that leads a job to its partners: rows to hold, one holding for each partner, or a request for
 * the shares of their spans, which come back in the order of the spans.
 */
export type Partners = (
  message:
    | { readonly holdings: readonly Holding[] }
    | { readonly request: SumRequest; readonly spans: readonly Spans[] },
) => Promise<Outcome<readonly Float64Array[]>>

/** Where a reduction gets its sums from, for rows and their weights. */
export type Open = (rows: Matrix, weights?: ArrayLike<number>) => Promise<RowSource>

/**
 * Sources whose sums this worker takes together with its partners: the first spans here, the others there. All shares are
 * added in the order of the rows, so that the bytes are those of the synchronous driver for any number of partners.
 */
export const sharedSource =
  (partnerCount: number, partners?: Partners): Open =>
  async (rows, weights) => {
    const total = rows.rows
    const spans = allotSpans(total, Math.min(1 + partnerCount, spanCount(total)))
    const [own, ...theirs] = spans
    const holding = ([first]: Spans): Holding => {
      // A span pairs its rows with all later ones, so that whoever takes it holds the rows from there to the end.
      const offset = first * spanRows(total)
      const rest = weights && Float64Array.from({ length: total - offset }, (_, i) => weights[offset + i])
      return { rows: offset === 0 ? rows : sliceRows(rows, offset, total), weights: rest, total, offset }
    }
    const tell = async (message: Parameters<Partners>[0]): Promise<readonly Float64Array[]> => {
      const { value, buffers } = parcel(message)
      return partners ? unpacked(await partners(transfer(value, buffers))) : []
    }
    const take = shareTaker(holding(own))
    if (theirs.length > 0) await tell({ holdings: theirs.map(holding) })
    return {
      rows: total,
      columns: rows.columns,
      take: async (indices) => takeRows(rows, indices),
      shares: async (request: SumRequest) => {
        if (theirs.length === 0) return take(request, ...own)
        const others = tell({ request, spans: theirs })
        // A rejection must not go unhandled while this thread is still busy with its own shares.
        others.catch(() => {})
        return [...take(request, ...own), ...(await others)]
      },
    }
  }
