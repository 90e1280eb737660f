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
