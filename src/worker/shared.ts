import { transfer } from 'comlink'
import { type Matrix, sliceRows } from '../base/matrix.js'
import { allotSpans, poolSource, type RowSource, type ShareWorker } from '../rkme/rows/driver.js'
import { type SumRequest, spanCount, spanRows } from '../rkme/rows/request.js'
import { type Holding, shareTaker } from '../rkme/rows/share.js'
import { type Outcome, unpacked } from './outcome.js'
import { parcel } from './parcel.js'

/** Rows for a partner to hold, or a request for the shares of its spans [first, end). */
export type PartnerMessage =
  | { readonly holding: Holding }
  | { readonly request: SumRequest; readonly spans: readonly [number, number] }

/** The way from the worker that leads a job to its partners, by number. */
export type Partners = (partner: number, message: PartnerMessage) => Promise<Outcome<unknown>>

/** Where a reduction gets its sums from, for rows and their weights. */
export type Open = (rows: Matrix, weights?: ArrayLike<number>) => Promise<RowSource>

/** Sources whose sums this worker takes together with its partners: the first spans here, the others there. */
export const sharedSource =
  (partnerCount: number, partners?: Partners): Open =>
  async (rows, weights) => {
    const total = rows.rows
    const [, ...theirs] = allotSpans(total, Math.min(1 + partnerCount, spanCount(total)))
    const tell = async (partner: number, message: PartnerMessage): Promise<unknown> => {
      const { value, buffers } = parcel(message)
      return unpacked(await (partners as Partners)(partner, transfer(value, buffers)))
    }
    const engage = async (partner: number, firstSpan: number): Promise<ShareWorker> => {
      const offset = firstSpan * spanRows(total)
      const rest = weights && Float64Array.from({ length: total - offset }, (_, i) => weights[offset + i])
      await tell(partner, { holding: { rows: sliceRows(rows, offset, total), weights: rest, total, offset } })
      return {
        shares: async (request, first, end) =>
          (await tell(partner, { request, spans: [first, end] })) as Float64Array[],
      }
    }
    const take = shareTaker({ rows, weights, total, offset: 0 })
    const own: ShareWorker = { shares: async (...asked) => take(...asked) }
    return poolSource(rows, [own, ...(await Promise.all(theirs.map(([first], partner) => engage(partner, first))))])
  }
