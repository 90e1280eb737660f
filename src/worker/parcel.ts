import { isShared } from './memory.js'

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
 * shared memory stays there.
 */
export const parcel = <T>(value: T, give = false): Parcel<T> => {
  const moved = new Map<ArrayBufferLike, ArrayBuffer>()
  const pack = (part: unknown): unknown => {
    if (isNumericArray(part)) {
      if (isShared(part)) return part
      const { buffer } = part
      if (give && buffer instanceof ArrayBuffer && part.byteLength === buffer.byteLength) {
        moved.set(buffer, buffer)
        return part
      }
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

const isPlain = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
