import type { Matrix } from '../base/matrix.js'
import { workerThreads } from './node-builtin.js'

type Numbers = Float32Array | Float64Array

/** Whether threads may see the same memory: always in Node, and in pages that are isolated from other origins. */
export const canShare = (): boolean =>
  typeof SharedArrayBuffer === 'function' &&
  (workerThreads() !== undefined || (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true)

/** Whether an array lies in shared memory, so that it goes to another thread without a copy. */
export const isShared = ({ buffer }: ArrayBufferView): boolean =>
  Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]'

// So much shared memory is kept for the next call: fresh memory costs the system a page for every 4 KB.
const mostKept = 67_108_864

/** Shared memory that calls take in turn: what one has given back another gets, whatever is written there. */
export interface SharedRooms {
  /** Room for so many numbers; not cleared. */
  take(length: number, f32: boolean): Numbers
  /** Room for the same matrix in shared memory; itself where it is there already. */
  room(matrix: Matrix): Matrix
  /** Whoever gives back an array never looks at it again, and no worker does. Arrays of others are left alone. */
  giveBack(data: Numbers): void
}

export const sharedRooms = (): SharedRooms => {
  const free: SharedArrayBuffer[] = []
  const taken = new WeakSet<object>()
  const take = (length: number, f32: boolean): Numbers => {
    const bytes = length * (f32 ? 4 : 8)
    let at = -1
    free.forEach(({ byteLength }, i) => {
      if (byteLength >= bytes && (at < 0 || byteLength < free[at].byteLength)) at = i
    })
    const buffer = at < 0 ? new SharedArrayBuffer(bytes) : free.splice(at, 1)[0]
    taken.add(buffer)
    return f32 ? new Float32Array(buffer, 0, length) : new Float64Array(buffer, 0, length)
  }
  return {
    take,
    room: ({ rows, columns, data }) => {
      if (isShared(data)) return { rows, columns, data }
      return { rows, columns, data: take(data.length, data instanceof Float32Array) }
    },
    giveBack: ({ buffer }) => {
      if (!taken.delete(buffer)) return
      free.unshift(buffer as SharedArrayBuffer)
      let kept = 0
      const last = free.findIndex(({ byteLength }) => {
        kept += byteLength
        return kept > mostKept
      })
      if (last >= 0) free.length = last
    },
  }
}

/** An array of this thread's own; one copied by the constructor is not cleared first. */
export const unshared = (data: Numbers): Numbers =>
  data instanceof Float32Array ? new Float32Array(data) : new Float64Array(data)

/** What a worker waits for: so many rows of a matrix that another thread is copying into shared memory. */
export interface Gate {
  /** How many are there, in shared memory. */
  readonly copied: Int32Array
  readonly rows: number
}

/** Returns once the rows of a gate are there. Never in the thread that copies them. */
export const passed = ({ copied, rows }: Gate): void => {
  for (let seen = Atomics.load(copied, 0); seen < rows; seen = Atomics.load(copied, 0)) Atomics.wait(copied, 0, seen)
}

/** Copies a matrix to its room, up to each of the numbers of rows in turn, and opens the gates that wait for so many. */
export const copyRows = (
  { data, columns }: Matrix,
  room: Matrix,
  ends: readonly number[],
  copied: Int32Array,
): void => {
  let start = 0
  for (const end of ends) {
    if (room.data !== data) room.data.set(data.subarray(start * columns, end * columns), start * columns)
    start = end
    Atomics.store(copied, 0, end)
    Atomics.notify(copied, 0)
  }
}
