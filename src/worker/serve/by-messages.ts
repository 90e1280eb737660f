import { sliceRows } from '../../base/matrix.js'
import { spanCount, spanRows } from '../../rkme/rows/request.js'
import { inOrder } from '../../rkme/rows/share.js'
import { unpacked } from '../outcome.js'
import type { PartnerAnswer, PartnerMessage } from './partner.js'
import type { Together } from './together.js'

/**
 * Where each of so many workers begins among the spans, and where the last ends. Those of a `self` request go down in work, since
 * each has its pairs with all later rows: equal parts of a triangle.
 */
export const allotSpans = (spans: number, workers: number, kind: string): number[] =>
  Array.from({ length: workers + 1 }, (_, w) => {
    const part = w / workers
    return Math.floor(spans * (kind === 'self' ? 1 - Math.sqrt(1 - part) : part))
  })

/** Without shared memory: every partner has a copy of the rows of its spans and all later ones, and sends back the shares. */
export const byMessages = (partners: readonly MessagePort[], signal: AbortSignal): Together => {
  const asks = partners.map((port) => asking(port, signal))
  const workersFor = (total: number): number => Math.min(1 + partners.length, spanCount(total))
  return {
    worthAsking: 8_388_608,
    hold: ({ set, holding: { rows, weights, total } }) => {
      const spans = spanCount(total)
      // No worker has its spans of other requests earlier than those of a `self` request.
      const [, ...starts] = allotSpans(spans, workersFor(total), 'self').slice(0, -1)
      starts.forEach((start, partner) => {
        const offset = start * spanRows(total)
        const data = sliceRows(rows, offset, total).data.slice()
        const rest = weights && Float64Array.from({ length: total - offset }, (_, i) => weights[offset + i])
        const message: PartnerMessage = {
          set,
          holding: { rows: { ...rows, rows: total - offset, data }, weights: rest, total, offset },
        }
        partners[partner].postMessage(message, [data.buffer])
      })
    },
    shares: async ({ set, holding, take }, request) => {
      const workers = workersFor(holding.total)
      const bounds = allotSpans(spanCount(holding.total), workers, request.kind)
      // They are asked first: this thread is busy until its own are done.
      const theirs = Array.from({ length: workers - 1 }, (_, partner) =>
        asks[partner]({ set, request, spans: [bounds[partner + 1], bounds[partner + 2]] }),
      )
      const all = Promise.all(theirs)
      all.catch(() => {})
      const own = inOrder(take)(request, 0, bounds[1])
      return [own, ...(await all)].flat()
    },
  }
}

type Ask = (message: PartnerMessage) => Promise<readonly Float64Array[]>

/** Asks over a port, which answers in turn; rejects where the signal fires, since nobody may answer then. */
const asking = (port: MessagePort, signal: AbortSignal): Ask => {
  const waiting: { resolve(answer: PartnerAnswer): void; reject(reason: unknown): void }[] = []
  port.onmessage = ({ data }: MessageEvent<PartnerAnswer>) => waiting.shift()?.resolve(data)
  signal.addEventListener('abort', () => {
    for (const { reject } of waiting.splice(0)) reject(signal.reason)
  })
  return async (message) => {
    signal.throwIfAborted()
    return unpacked(
      await new Promise<PartnerAnswer>((resolve, reject) => {
        waiting.push({ resolve, reject })
        port.postMessage(message)
      }),
    )
  }
}
