/** Spans that threads take in turn, each as it has done the last; the shares lie in shared memory, one after the other. */
export interface SpanTurns {
  /** Another for every request of a source: who comes late for an earlier one finds nothing to take. */
  readonly round: number
  readonly spans: number
  /** In shared memory: {@link turnsState}. */
  readonly state: Int32Array
  readonly shares: Float64Array
}

// The round and the next span that nobody has taken are one word, so that both are looked at in one step.
const spanBits = 6
const rounds = 2 ** (32 - spanBits)
const taken = 0
/** How many spans partners have done or given up. */
const settled = 1
/** Spans that partners have given up, a bit for each. */
const givenUp = 2
/** The last round that each partner has looked at. */
const seen = 3

/** Shared memory for turns with so many partners. */
export const turnsState = (partners: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * (seen + partners)))

export const nextRound = (round: number): number => (round + 1) % rounds

/** Whether a partner has come to the round before, so that it has no request left that it has not looked at. */
export const hasSeen = (state: Int32Array, partner: number, round: number): boolean =>
  Atomics.load(state, seen + partner) === round

/** Offers all spans. Only once nobody is at those of the round before. */
export const openTurns = ({ round, state }: SpanTurns): void => {
  Atomics.store(state, settled, 0)
  Atomics.store(state, givenUp, 0)
  Atomics.store(state, taken, (round << spanBits) | 0)
}

/** Takes spans until none is left. */
export function* takeSpans({ round, spans, state }: SpanTurns): Iterable<number> {
  for (;;) {
    const word = Atomics.load(state, taken)
    const span = word & (2 ** spanBits - 1)
    if (word >>> spanBits !== round || span >= spans) return
    if (Atomics.compareExchange(state, taken, word, word + 1) === word) yield span
  }
}

/** Leaves no span to take. */
export const closeTurns = ({ round, spans, state }: SpanTurns): void => {
  Atomics.store(state, taken, (round << spanBits) | spans)
}

/** A partner's part in turns: the shares of the spans that it gets to. A span that it cannot sum it gives up. */
export const joinTurns = (
  turns: SpanTurns,
  partner: number,
  work: (spans: Iterable<number>, give: (share: Float64Array, span: number) => void) => void,
): void => {
  const { spans, state, shares } = turns
  Atomics.store(state, seen + partner, turns.round)
  const length = shares.length / spans
  let open = -1
  const settle = (): void => {
    open = -1
    Atomics.add(state, settled, 1)
    Atomics.notify(state, settled)
  }
  const own = function* (): Iterable<number> {
    for (const span of takeSpans(turns)) {
      open = span
      yield span
    }
  }
  try {
    work(own(), (share, span) => {
      shares.set(share, span * length)
      settle()
    })
  } catch {
    // Whoever asks takes it then, and meets the error itself.
  }
  if (open < 0) return
  Atomics.or(state, givenUp, 1 << open)
  settle()
}

/** Returns once partners are done with so many spans: those that they gave up. Blocks the thread for no longer than one span takes. */
export const awaitPartners = ({ spans, state }: SpanTurns, count: number): number[] => {
  for (let done = Atomics.load(state, settled); done < count; done = Atomics.load(state, settled)) {
    Atomics.wait(state, settled, done)
  }
  const bits = Atomics.load(state, givenUp)
  return Array.from({ length: spans }, (_, span) => span).filter((span) => (bits >>> span) & 1)
}
