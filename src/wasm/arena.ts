import { ValueError } from '../base/error.js'
import { type Core, core } from './instance.js'

/** A stretch of the core's memory: copies go in, copies come out, and all of it is given back at the end. */
export interface Arena {
  readonly core: Core
  /** Room for so many bytes, on a 64-byte boundary, not cleared. */
  bytes(length: number): number
  /** Room for a copy of the numbers, or for so many numbers (cleared). */
  f64(content: number | ArrayLike<number>): number
  f32(content: number | ArrayLike<number>): number
  i32(content: number | ArrayLike<number>): number
  /** Where numbers are that lie in the core's memory themselves; 0 of all others. */
  at(numbers: Float64Array | Float32Array): number
  /** Copies numbers out into an array, from its beginning. */
  copy(pointer: number, target: Float64Array | Float32Array): void
  readF64(pointer: number, length: number): Float64Array
  readF32(pointer: number, length: number): Float32Array
  readI32(pointer: number, length: number): Int32Array
}

const place = (owner: Core, length: number): number => {
  const pointer = length < 0x7fffff00 ? owner.allocate(length) >>> 0 : 0
  if (pointer === 0) {
    throw new ValueError(
      `the numeric core cannot have ${Math.ceil(length / 1048576)} MB more memory; use fewer rows at a time or precision 'f32'`,
      'memory',
    )
  }
  return pointer
}

/** The whole memory as numbers; made anew once the memory has grown. */
interface Views {
  readonly memory: WebAssembly.Memory
  readonly buffer: ArrayBufferLike
  readonly f64: Float64Array
  readonly f32: Float32Array
  readonly i32: Int32Array
}

const arenaOf = (owner: Core): Arena => {
  let known: Views | undefined
  // What is left of a buffer whose memory has grown has no length. To ask a memory that is shared for its buffer is slow.
  const views = (): Views => {
    const { memory } = owner
    if (known?.memory !== memory || known.buffer.byteLength === 0) {
      const { buffer } = memory
      known = {
        memory,
        buffer,
        f64: new Float64Array(buffer),
        f32: new Float32Array(buffer),
        i32: new Int32Array(buffer),
      }
    }
    return known
  }
  const room =
    (type: 'f64' | 'f32' | 'i32', bytes: 4 | 8) =>
    (content: number | ArrayLike<number>): number => {
      const length = typeof content === 'number' ? content : content.length
      const pointer = place(owner, length * bytes)
      const at = pointer / bytes
      if (typeof content === 'number') views()[type].fill(0, at, at + length)
      else views()[type].set(content, at)
      return pointer
    }
  return {
    core: owner,
    bytes: (length) => place(owner, length),
    f64: room('f64', 8),
    f32: room('f32', 4),
    i32: room('i32', 4),
    at: ({ buffer, byteOffset }) => (buffer === views().buffer ? byteOffset : 0),
    copy: (pointer, target) => {
      const { buffer } = views()
      target.set(
        target instanceof Float32Array
          ? new Float32Array(buffer, pointer, target.length)
          : new Float64Array(buffer, pointer, target.length),
      )
    },
    // A copy by the constructor goes into memory that is not cleared first.
    readF64: (pointer, length) => new Float64Array(views().f64.subarray(pointer / 8, pointer / 8 + length)),
    readF32: (pointer, length) => new Float32Array(views().f32.subarray(pointer / 4, pointer / 4 + length)),
    readI32: (pointer, length) => views().i32.slice(pointer / 4, pointer / 4 + length),
  }
}

const arenas = new WeakMap<Core, Arena>()

/**
 * Runs `work` with an arena of a core that is back at its mark afterwards, also where `work` throws. Work must be synchronous.
 * @throws RangeError with code `memory` where the core's memory cannot grow so far.
 */
export const withArena = <T>(work: (arena: Arena) => T, owner = core()): T => {
  const arena = arenas.get(owner) ?? arenaOf(owner)
  arenas.set(owner, arena)
  const position = owner.mark()
  try {
    return work(arena)
  } finally {
    owner.release(position)
  }
}
