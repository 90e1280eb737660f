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

const arenaOf = (owner: Core): Arena => {
  const room =
    (type: Float64ArrayConstructor | Float32ArrayConstructor | Int32ArrayConstructor) =>
    (content: number | ArrayLike<number>): number => {
      const length = typeof content === 'number' ? content : content.length
      const pointer = place(owner, length * type.BYTES_PER_ELEMENT)
      const view = new type(owner.memory.buffer, pointer, length)
      if (typeof content === 'number') view.fill(0)
      else view.set(content)
      return pointer
    }
  return {
    core: owner,
    bytes: (length) => place(owner, length),
    f64: room(Float64Array),
    f32: room(Float32Array),
    i32: room(Int32Array),
    copy: (pointer, target) => {
      const { buffer } = owner.memory
      target.set(
        target instanceof Float32Array
          ? new Float32Array(buffer, pointer, target.length)
          : new Float64Array(buffer, pointer, target.length),
      )
    },
    readF64: (pointer, length) => new Float64Array(owner.memory.buffer, pointer, length).slice(),
    readF32: (pointer, length) => new Float32Array(owner.memory.buffer, pointer, length).slice(),
    readI32: (pointer, length) => new Int32Array(owner.memory.buffer, pointer, length).slice(),
  }
}

let arena: Arena | undefined

/**
 * Runs `work` with an arena that is back at its mark afterwards, also where `work` throws. Work must be synchronous.
 * @throws RangeError with code `memory` where the core's memory cannot grow so far.
 */
export const withArena = <T>(work: (arena: Arena) => T): T => {
  arena ??= arenaOf(core())
  const position = arena.core.mark()
  try {
    return work(arena)
  } finally {
    arena.core.release(position)
  }
}
