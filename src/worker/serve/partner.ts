import type { SumRequest } from '../../rkme/rows/request.js'
import { type Holding, inOrder, type SpanTaker, spanTaker } from '../../rkme/rows/share.js'
import { type Outcome, plainError } from '../outcome.js'
import { joinTurns, type SpanTurns } from './span-turns.js'

/**
 * What the leader of a job sends to a partner: rows to hold under a number, a request for the spans that it gets to, or, where
 * threads share no memory, one for the spans [first, end), which alone is answered: by a {@link PartnerAnswer}.
 */
export type PartnerMessage =
  | { readonly set: number; readonly holding: Holding }
  | { readonly set: number; readonly request: SumRequest; readonly turns: SpanTurns; readonly partner: number }
  | { readonly set: number; readonly request: SumRequest; readonly spans: readonly [number, number] }

export type PartnerAnswer = Outcome<readonly Float64Array[]>

/** Serves the leader at the other end of a port until the port is closed. */
export const serveLeader = (port: MessagePort): void => {
  const held = new Map<number, SpanTaker>()
  port.onmessage = ({ data }: MessageEvent<PartnerMessage>) => {
    if ('holding' in data) {
      held.set(data.set, spanTaker(data.holding))
      return
    }
    const take = held.get(data.set) as SpanTaker
    if ('turns' in data) {
      joinTurns(data.turns, data.partner, (spans, give) => take(data.request, spans, give))
      return
    }
    const [first, end] = data.spans
    try {
      const shares = inOrder(take)(data.request, first, end)
      const buffers = shares.map(({ buffer }) => buffer as ArrayBuffer)
      port.postMessage({ value: shares } satisfies PartnerAnswer, buffers)
    } catch (error) {
      port.postMessage({ error: plainError(error) } satisfies PartnerAnswer)
    }
  }
}
