import { describe, expect, inject, test } from 'vitest'
import {
  closeTurns,
  hasSeen,
  joinTurns,
  nextRound,
  notDone,
  openTurns,
  type SpanTurns,
  takeSpans,
  turnsState,
} from '../../../src/worker/serve/span-turns.js'

const turnsOf = (round: number, spans: number, state: Int32Array, length = 2): SpanTurns => ({
  round,
  spans,
  state,
  shares: new Float64Array(new SharedArrayBuffer(8 * spans * length)),
})

describe.runIf(inject('shares'))('spans in turns', () => {
  test('are each taken once, in order, whoever takes them', () => {
    const turns = turnsOf(1, 5, turnsState(1))
    openTurns(turns)
    const one = takeSpans(turns)[Symbol.iterator]()
    const two = takeSpans(turns)[Symbol.iterator]()
    const taken = [one.next(), two.next(), two.next(), one.next(), two.next()].map(({ value }) => value)
    expect(taken).toEqual([0, 1, 2, 3, 4])
    expect([one.next().done, two.next().done]).toEqual([true, true])
  })

  test('of an earlier round are gone, also where its number comes round again', () => {
    const state = turnsState(1)
    const last = 2 ** 26 - 1
    expect(nextRound(last)).toBe(0)
    for (const [before, round] of [
      [1, 2],
      [last, 0],
    ]) {
      openTurns(turnsOf(before, 3, state))
      openTurns(turnsOf(round, 32, state))
      expect([...takeSpans(turnsOf(before, 3, state))]).toEqual([])
      expect([...takeSpans(turnsOf(round, 32, state))].length).toBe(32)
    }
  })

  test('that are closed are gone', () => {
    const turns = turnsOf(3, 4, turnsState(1))
    openTurns(turns)
    closeTurns(turns)
    expect([...takeSpans(turns)]).toEqual([])
  })

  test('of a partner come with their shares, and it is known that it has looked', () => {
    const state = turnsState(2)
    const turns = turnsOf(7, 3, state)
    openTurns(turns)
    expect([hasSeen(turns, 0), hasSeen(turns, 1)]).toEqual([false, false])
    joinTurns(turns, 1, (spans, give) => {
      for (const span of spans) give(Float64Array.of(span, 10 + span), span)
    })
    expect([hasSeen(turns, 0), hasSeen(turns, 1)]).toEqual([false, true])
    expect(notDone(turns, [0, 1, 2], Infinity)).toEqual([])
    expect([...turns.shares]).toEqual([0, 10, 1, 11, 2, 12])
  })

  test('that a partner has taken and not done are named, the last of 32 too', () => {
    const turns = turnsOf(7, 32, turnsState(1))
    openTurns(turns)
    joinTurns(turns, 0, (spans, give) => {
      for (const span of spans) {
        if (span === 31) throw new Error('no room')
        give(Float64Array.of(1, 2), span)
      }
    })
    expect([...takeSpans(turns)]).toEqual([])
    expect(notDone(turns, [0, 30], Infinity)).toEqual([])
    expect(notDone(turns, [3, 31], 0)).toEqual([31])
    openTurns(turns)
    expect(notDone(turns, [0, 31], 0)).toEqual([0, 31])
  })
})
