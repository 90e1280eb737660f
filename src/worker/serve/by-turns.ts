import { spanCount } from '../../rkme/rows/request.js'
import { shareLength } from '../../rkme/rows/sums.js'
import { inSharedMemory } from '../parcel.js'
import type { PartnerMessage } from './partner.js'
import {
  closeTurns,
  hasSeen,
  nextRound,
  notDone,
  openTurns,
  type SpanTurns,
  takeSpans,
  turnsState,
} from './span-turns.js'
import type { Together } from './together.js'

const worthAsking = 2_097_152

/** For a partner that is held up nobody waits longer than for so many of the longest span of this thread, and some for waking it. */
const patience = 2
const wakingMs = 0.2

/** In shared memory: whoever has done a span takes the next, so that nobody waits for one who is late or busy elsewhere. */
export const byTurns = (partners: readonly MessagePort[]): Together => {
  let state = turnsState(partners.length)
  let room: Float64Array = new Float64Array(0)
  let round = 0
  const asked = partners.map(() => ({ state, round }))
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
      const turns: SpanTurns = { round, spans, state, shares: room.subarray(0, spans * length) }
      openTurns(turns)
      const helpful = Math.min(partners.length, spans - 1, Math.floor(work / worthAsking))
      for (let partner = 0; partner < helpful; partner++) {
        // Requests must not heap up before one who has no time.
        if (!hasSeen(asked[partner], partner)) continue
        asked[partner] = turns
        partners[partner].postMessage({ set, request, turns, partner } satisfies PartnerMessage)
      }
      const result: Float64Array[] = new Array(spans)
      let since = performance.now()
      let longest = 0
      const give = (share: Float64Array, span: number): void => {
        result[span] = share
        const now = performance.now()
        longest = Math.max(longest, now - since)
        since = now
      }
      try {
        take(request, takeSpans(turns), give)
      } finally {
        closeTurns(turns)
      }
      const theirs = Array.from(result.keys()).filter((span) => result[span] === undefined)
      for (const span of theirs) result[span] = turns.shares.subarray(span * length, (span + 1) * length)
      const late = notDone(turns, theirs, wakingMs + patience * longest)
      if (late.length > 0) {
        // Whoever has them may still put them down, where nobody looks any more.
        state = turnsState(partners.length)
        room = new Float64Array(0)
        take(request, late, give)
      }
      return result
    },
  }
}
