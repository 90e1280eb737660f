import { isShared } from './memory.js'

/** A copy of numbers in shared memory; themselves where they are there already. */
export const inSharedMemory = (data: Float32Array | Float64Array): Float32Array | Float64Array => {
  if (isShared(data)) return data
  const memory = new SharedArrayBuffer(data.byteLength)
  const copy = data instanceof Float32Array ? new Float32Array(memory) : new Float64Array(memory)
  copy.set(data)
  return copy
}

// Of fewer a further copy costs next to nothing, and shared memory comes in whole pages.
const manyBytes = 65_536

type NumericArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array

/** A value ready for another thread, with the buffers that go there instead of being copied. */
export interface Parcel<T> {
  readonly value: T
  readonly buffers: ArrayBuffer[]
}

const isNumericArray = (value: unknown): value is NumericArray =>
  ArrayBuffer.isView(value) && !(value instanceof DataView)

/**
 * A value whose typed arrays can be transferred: each is copied first, since a view would drag its whole buffer along
 * and a transferred array is lost to its owner. With `give`, arrays that span their buffer go without a copy. What lies in
 * shared memory stays there; with `inShared` copies of many numbers are made there, for other threads to see too.
 */
export const parcel = <T>(value: T, give = false, inShared = false): Parcel<T> => {
  const moved = new Map<ArrayBufferLike, ArrayBuffer>()
  const pack = (part: unknown): unknown => {
    if (isNumericArray(part)) {
      if (isShared(part)) return part
      const { buffer } = part
      if (give && buffer instanceof ArrayBuffer && part.byteLength === buffer.byteLength) {
        moved.set(buffer, buffer)
        return part
      }
      if (inShared && part.byteLength >= manyBytes && isReal(part)) return inSharedMemory(part)
      const copy = part.slice()
      moved.set(copy.buffer, copy.buffer as ArrayBuffer)
      return copy
    }
    if (Array.isArray(part)) return part.map(pack)
    if (isPlain(part)) return Object.fromEntries(Object.entries(part).map(([key, entry]) => [key, pack(entry)]))
    return part
  }
  return { value: pack(value) as T, buffers: [...moved.values()] }
}

const isReal = (part: NumericArray): part is Float32Array | Float64Array =>
  part instanceof Float32Array || part instanceof Float64Array

const isPlain = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
