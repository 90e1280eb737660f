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
/** Spans whose shares partners have put down, a bit for each. */
const done = 1
/** The last round that each partner has looked at. */
const seen = 2

/** Shared memory for turns with so many partners. */
export const turnsState = (partners: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * (seen + partners)))

export const nextRound = (round: number): number => (round + 1) % rounds

/** Whether a partner has looked at a round, so that its message does not wait for it any more. */
export const hasSeen = ({ state, round }: Pick<SpanTurns, 'state' | 'round'>, partner: number): boolean =>
  Atomics.load(state, seen + partner) === round

/** Offers all spans. Only where nobody is at those of a round before in the same memory. */
export const openTurns = ({ round, state }: SpanTurns): void => {
  Atomics.store(state, done, 0)
  Atomics.store(state, taken, round << spanBits)
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

/** A partner's part in turns: the shares of the spans that it gets to. What it cannot sum it leaves to whoever asks. */
export const joinTurns = (
  turns: SpanTurns,
  partner: number,
  work: (spans: Iterable<number>, give: (share: Float64Array, span: number) => void) => void,
): void => {
  const { spans, state, shares } = turns
  Atomics.store(state, seen + partner, turns.round)
  const length = shares.length / spans
  try {
    work(takeSpans(turns), (share, span) => {
      shares.set(share, span * length)
      Atomics.or(state, done, 1 << span)
      Atomics.notify(state, done)
    })
  } catch {
    // Whoever asks takes the span again, and meets the error itself.
  }
}

/** Those of some spans that partners have not done within so many milliseconds. Blocks the thread for no longer. */
export const notDone = ({ state }: SpanTurns, wanted: readonly number[], patienceMs: number): number[] => {
  const until = performance.now() + patienceMs
  for (;;) {
    const bits = Atomics.load(state, done)
    const left = wanted.filter((span) => !((bits >>> span) & 1))
    const rest = until - performance.now()
    if (left.length === 0 || !(rest > 0)) return left
    Atomics.wait(state, done, bits, rest)
  }
}
