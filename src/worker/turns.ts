import type { Matrix } from '../base/matrix.js'
import { stripRows } from '../kernel/gram.js'
import { pairRows } from '../kernel/pairs.js'

/** Ranges of rows that workers take in turn, each as it has done the last, while another thread still copies the rows. */
export interface Turns {
  readonly rows: number
  /** Where each range ends, and the next begins. */
  readonly ends: readonly number[]
  /** How many rows must be there before the first is taken. */
  readonly needed: number
  /** In shared memory: how many rows are there, −1 before the points are, and the next range that nobody has taken. */
  readonly state: Int32Array
}

const copied = 0
const next = 1

const fewestPairs = 2

/**
 * Ranges for so many workers: whole chunks first, then, of what is left, half an equal share at a time: as many rows as go past the
 * points `together`, a few times over, and in the end no fewer than two pairs of tiles. So workers end at nearly the same time, also
 * where one of them is held up.
 */
export const planTurns = (rows: number, workers: number, together: number, needed: number): Turns => {
  const ends: number[] = []
  for (let start = 0; start < rows; start = ends[ends.length - 1]) {
    const share = (rows - start) / (2 * workers)
    const step = share < together ? pairRows : together
    const size = Math.max(fewestPairs * pairRows, step * Math.floor(share / step))
    ends.push(Math.min(start + size, chunkEnd(start, rows)))
  }
  const state = new Int32Array(new SharedArrayBuffer(8))
  state[copied] = -1
  return { rows, ends, needed, state }
}

const chunkEnd = (row: number, rows: number): number => Math.min(rows, row - (row % stripRows) + stripRows)

/** Returns once so many rows are there, and the points. Never in the thread that copies them. */
const waitFor = (rows: number, state: Int32Array): void => {
  for (let seen = Atomics.load(state, copied); seen < rows; seen = Atomics.load(state, copied)) {
    Atomics.wait(state, copied, seen)
  }
}

/** Waits for what must be there before anything is prepared. */
export const waitToBegin = ({ needed, state }: Turns): void => waitFor(needed, state)

/** Takes ranges until none is left; waits for the rows of a range and the rest of its chunk. */
export function* takeTurns({ rows, ends, state }: Turns): Iterable<readonly [number, number]> {
  for (let turn = Atomics.add(state, next, 1); turn < ends.length; turn = Atomics.add(state, next, 1)) {
    const start = turn === 0 ? 0 : ends[turn - 1]
    waitFor(chunkEnd(start, rows), state)
    yield [start, ends[turn]]
  }
}

/** Leaves no range to take. */
export const endTurns = ({ ends, state }: Turns): void => {
  Atomics.store(state, next, ends.length)
}

/** Copies points and then rows, chunk by chunk, to their rooms in shared memory, for whoever waits there. */
export const copyArguments = (X: Matrix, Z: Matrix, x: Matrix, z: Matrix, { state }: Turns): void => {
  const { rows, columns, data } = X
  const there = (rows: number): void => {
    Atomics.store(state, copied, rows)
    Atomics.notify(state, copied)
  }
  if (z.data !== Z.data && Z !== X) z.data.set(Z.data)
  there(0)
  for (let start = 0; start < rows; start += stripRows) {
    const end = chunkEnd(start, rows)
    if (x.data !== data) x.data.set(data.subarray(start * columns, end * columns), start * columns)
    there(end)
  }
}
