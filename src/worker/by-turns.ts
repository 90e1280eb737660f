import { spanCount } from '../rkme/rows/request.js'
import { shareLength } from '../rkme/rows/sums.js'
import { inSharedMemory } from './parcel.js'
import type { PartnerMessage } from './partner.js'
import { awaitPartners, closeTurns, hasSeen, nextRound, openTurns, takeSpans, turnsState } from './span-turns.js'
import type { Together } from './together.js'

/** In shared memory: whoever has done a span takes the next, so that nobody waits for one who is late or busy elsewhere. */
export const byTurns = (partners: readonly MessagePort[]): Together => {
  const state = turnsState(partners.length)
  const asked = partners.map(() => 0)
  let round = 0
  let room: Float64Array = new Float64Array(0)
  const worthAsking = 2_097_152
  return {
    worthAsking,
    hold: ({ set, holding }) => {
      const rows = { ...holding.rows, data: inSharedMemory(holding.rows.data) }
      const message: PartnerMessage = { set, holding: { ...holding, rows } }
      for (const port of partners) port.postMessage(message)
    },
    shares: async ({ set, holding, take }, request, work) => {
      const spans = spanCount(holding.total)
      const length = shareLength(request, holding.rows.columns)
      if (room.length < spans * length) room = new Float64Array(new SharedArrayBuffer(8 * spans * length))
      round = nextRound(round)
      const turns = { round, spans, state, shares: room.subarray(0, spans * length) }
      openTurns(turns)
      const helpful = Math.min(partners.length, spans - 1, Math.floor(work / worthAsking))
      for (let partner = 0; partner < helpful; partner++) {
        // Requests must not heap up before one who has no time.
        if (!hasSeen(state, partner, asked[partner])) continue
        asked[partner] = round
        partners[partner].postMessage({ set, request, turns, partner } satisfies PartnerMessage)
      }
      const result: Float64Array[] = Array.from({ length: spans }, (_, s) =>
        turns.shares.subarray(s * length, (s + 1) * length),
      )
      let mine = 0
      const give = (share: Float64Array, span: number): void => {
        result[span] = share
        mine++
      }
      try {
        take(request, takeSpans(turns), give)
      } finally {
        closeTurns(turns)
      }
      const left = awaitPartners(turns, spans - mine)
      if (left.length > 0) take(request, left, give)
      return result
    },
  }
}
