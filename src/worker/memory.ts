import { firstShared } from '../wasm/instance.js'
import { workerThreads } from './node-builtin.js'

export type Numbers = Float32Array | Float64Array

/** Whether threads may see the same memory: always in Node, and in pages that are isolated from other origins. */
export const canShare = (): boolean =>
  typeof SharedArrayBuffer === 'function' &&
  (workerThreads() !== undefined || (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true)

/** Whether an array lies in shared memory, so that it goes to another thread without a copy. */
export const isShared = ({ buffer }: ArrayBufferView): boolean =>
  Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]'

/** Numbers in a memory that threads share, as one tells another of them. */
export interface Placed {
  readonly at: number
  readonly length: number
  readonly f32: boolean
}

/** Numbers in the buffer of a memory, or those that lie elsewhere, as they are. */
export const numbersIn = (buffer: ArrayBufferLike, data: Placed | Numbers): Numbers => {
  if (ArrayBuffer.isView(data)) return data
  const { at, length, f32 } = data
  return f32 ? new Float32Array(buffer, at, length) : new Float64Array(buffer, at, length)
}

/** Places in a memory, one after another. */
export interface Layout {
  numbers(length: number, f32: boolean): Placed
  /** So many bytes: where they begin and end. */
  bytes(count: number): readonly [start: number, end: number]
  /** Bytes of a memory that holds all of it. */
  size(): number
}

export const layout = (): Layout => {
  let size = firstShared
  const bytes = (count: number): readonly [number, number] => {
    const start = size
    // The core reads a vector beyond what it needs.
    size = 64 * Math.ceil((start + count) / 64) + 64
    return [start, size]
  }
  return {
    bytes,
    numbers: (length, f32) => ({ at: bytes(length * (f32 ? 4 : 8))[0], length, f32 }),
    size: () => size,
  }
}

// So much is kept for the next call: fresh memory costs the system a page for every 4 KB.
const mostKept = 67_108_864
const pageBytes = 65_536
const mostBytes = 2 ** 31

/** A memory that threads share, in which each has a core. */
export interface SharedRoom {
  readonly id: number
  readonly memory: WebAssembly.Memory
  /** Whether it may serve another call. */
  readonly kept: boolean
}

/** Memories that calls take in turn: what one has given back another gets, whatever is written there. */
export interface SharedRooms {
  /** One of so many bytes, not cleared; undefined where there can be none. */
  take(bytes: number): SharedRoom | undefined
  /** Whoever gives back one never looks at it again, and no worker does. */
  giveBack(room: SharedRoom): void
}

export const sharedRooms = (): SharedRooms => {
  let free: SharedRoom[] = []
  // Engines do not feel the weight of shared memory: what is not collected yet serves again.
  let large: WeakRef<SharedRoom> | undefined
  let made = 0
  const sizeOf = ({ memory }: SharedRoom): number => memory.buffer.byteLength
  return {
    take: (bytes) => {
      const again = large?.deref()
      if (again && bytes > mostKept && sizeOf(again) >= bytes) {
        large = undefined
        return again
      }
      const [fit] = free.filter((room) => sizeOf(room) >= bytes).sort((a, b) => sizeOf(a) - sizeOf(b))
      if (fit) {
        free = free.filter((room) => room !== fit)
        return fit
      }
      if (bytes > mostBytes) return undefined
      const pages = Math.ceil(bytes / pageBytes)
      try {
        const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
        return { id: ++made, memory, kept: bytes <= mostKept }
      } catch {
        return undefined
      }
    },
    giveBack: (room) => {
      if (!room.kept) {
        large = new WeakRef(room)
        return
      }
      let kept = 0
      free = [room, ...free].filter((one) => {
        kept += sizeOf(one)
        return kept <= mostKept
      })
    },
  }
}
