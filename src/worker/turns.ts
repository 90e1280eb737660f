import type { Matrix } from '../base/matrix.js'
import { stripRows } from '../kernel/gram.js'

/** Ranges of rows that workers take in turn, each as it has done the last, while another thread still copies the rows. */
export interface Turns {
  readonly rows: number
  /** Where each range ends, and the next begins. */
  readonly ends: readonly number[]
  /** In shared memory: how many rows are there, and the next range that nobody has taken. */
  readonly state: Int32Array
}

const copied = 0
const next = 1

/**
 * Ranges for so many workers: whole chunks first, then, of what is left, half an equal share at a time, but no fewer rows than go past
 * the points together. So they end at nearly the same time, also where one of them is held up.
 */
export const planTurns = (rows: number, workers: number, together: number): Turns => {
  const ends: number[] = []
  for (let start = 0; start < rows; start = ends[ends.length - 1]) {
    const steps = Math.max(1, Math.floor((rows - start) / (2 * workers * together)))
    ends.push(Math.min(start + steps * together, chunkEnd(start, rows)))
  }
  return { rows, ends, state: new Int32Array(new SharedArrayBuffer(8)) }
}

const chunkEnd = (row: number, rows: number): number => Math.min(rows, row - (row % stripRows) + stripRows)

/** Takes ranges until none is left; waits for the rows of a range and the rest of its chunk. Never in the thread that copies them. */
export function* takeTurns({ rows, ends, state }: Turns): Iterable<readonly [number, number]> {
  for (let turn = Atomics.add(state, next, 1); turn < ends.length; turn = Atomics.add(state, next, 1)) {
    const start = turn === 0 ? 0 : ends[turn - 1]
    const wanted = chunkEnd(start, rows)
    for (let seen = Atomics.load(state, copied); seen < wanted; seen = Atomics.load(state, copied)) {
      Atomics.wait(state, copied, seen)
    }
    yield [start, ends[turn]]
  }
}

/** Leaves no range to take. */
export const endTurns = ({ ends, state }: Turns): void => {
  Atomics.store(state, next, ends.length)
}

/** Copies a matrix to its room in shared memory, chunk by chunk, for whoever waits there. */
export const copyRows = ({ rows, columns, data }: Matrix, room: Matrix, { state }: Turns): void => {
  for (let start = 0; start < rows; start += stripRows) {
    const end = chunkEnd(start, rows)
    if (room.data !== data) room.data.set(data.subarray(start * columns, end * columns), start * columns)
    Atomics.store(state, copied, end)
    Atomics.notify(state, copied)
  }
}
