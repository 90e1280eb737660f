import { withArena } from '../../wasm/arena.js'
import {
  blockBytes,
  blockLength,
  headBytes,
  headLength,
  ordinalAt,
  penaltyUnit,
  restAt,
  slackUnit,
  tailOffset,
} from './code.js'
import type { SketchIndex } from './sketch-index.js'

/** A vector to compare sketches with, y = (z, rest), where rounding may have changed it by `doubt`. */
export interface Query {
  readonly z: Float64Array
  readonly rest: number
  readonly doubt: number
}

/** What a scan looks for: the nearest, or the largest inner products with the query (`steepest`: divided by the norm). */
export type ScanMode = 'nearest' | 'inner' | 'steepest'

/** The least keys of an index: every place that is not listed has a key of at least `floor`. */
export interface Scanned {
  /** By key, then by place. */
  readonly places: Int32Array
  /** Certified bounds: of distance + penalty from below; of inner products from above, negated. */
  readonly keys: Float32Array
  readonly floor: number
}

const modes = ['nearest', 'inner', 'steepest'] as const
// Roundings of f32 in the core, relative to what they are taken of.
const kept = 1 - 2e-6
const rounding = 2e-6

/**
 * One pass over all codes of an index for the `capacity` least keys. `constant` is added to inner products: what the
 * centre of the sketches takes away, ⟨μ, v⟩. A `mask` has a byte for each place, 0 for those to pass over.
 */
export const scan = (
  index: SketchIndex,
  query: Query,
  {
    mode,
    capacity,
    mask,
    constant = 0,
    penalised = true,
  }: { mode: ScanMode; capacity: number; mask?: Uint8Array; constant?: number; penalised?: boolean },
): Scanned =>
  withArena((arena) => {
    const { core } = arena
    const { bytes, start, normUnit, largest } = index.blocks
    const { dimension } = index.projection
    const tail = dimension - headLength
    const stride = blockBytes(dimension)
    const code = modes.indexOf(mode)
    const q = place(
      arena.bytes(64 + 2 * dimension),
      queryBytes(query, { mode, constant, penalised, normUnit, largest, dimension }),
      core.memory,
    )
    const room = Math.max(1, Math.min(capacity, index.places))
    const heap = arena.bytes(8 * room)
    const block = arena.bytes(headBytes)
    const tails = arena.bytes(tail * (blockLength + 3))
    const passed = arena.i32(blockLength)
    const masked = mask === undefined ? 0 : arena.bytes(blockLength)
    const memory = new Uint8Array(core.memory.buffer)
    const list = new Int32Array(core.memory.buffer, passed, blockLength)
    const top = new Float32Array(core.memory.buffer, heap, 1)
    let size = 0
    for (let first = 0, at = start; first < index.places; first += blockLength, at += stride) {
      const count = Math.min(blockLength, index.places - first)
      if (mask !== undefined) {
        const own = mask.subarray(first, first + count)
        if (!own.includes(1)) continue
        memory.set(own, masked)
      }
      memory.set(bytes.subarray(at, at + ordinalAt), block)
      memory.set(bytes.subarray(at + restAt, at + headBytes), block + restAt)
      const worst = size < room ? Number.POSITIVE_INFINITY : top[0]
      const found = core.scanHeads(block, count, q, code, masked, worst, passed)
      if (found === 0) continue
      for (let i = 0; i < found; i++) {
        const from = at + tailOffset(list[i], dimension)
        memory.set(bytes.subarray(from, from + tail), tails + i * tail)
      }
      size = core.scanTails(block, passed, found, tails, tail, q, code, first, heap, room, size)
    }
    const order = Array.from({ length: size }, (_, i) => i)
    const keys = new Float32Array(core.memory.buffer, heap, 2 * size)
    const places = new Int32Array(core.memory.buffer, heap, 2 * size)
    order.sort((a, b) => keys[2 * a] - keys[2 * b] || places[2 * a + 1] - places[2 * b + 1])
    return {
      places: Int32Array.from(order, (i) => places[2 * i + 1]),
      keys: Float32Array.from(order, (i) => keys[2 * i]),
      floor: size < room || room >= index.places ? Number.POSITIVE_INFINITY : top[0],
    }
  })

const place = (pointer: number, bytes: Uint8Array, memory: WebAssembly.Memory): number => {
  new Uint8Array(memory.buffer).set(bytes, pointer)
  return pointer
}

/** The query as the core reads it: nine numbers of f32, and the coordinates in int16 behind them. */
const queryBytes = (
  { z, rest, doubt }: Query,
  {
    mode,
    constant,
    penalised,
    normUnit,
    largest,
    dimension,
  }: { mode: ScanMode; constant: number; penalised: boolean; normUnit: number; largest: number; dimension: number },
): Uint8Array => {
  const result = new Uint8Array(64 + 2 * dimension)
  const numbers = new Float32Array(result.buffer, 0, 16)
  const coordinates = new Int16Array(result.buffer, 64, dimension)
  let most = 0
  for (let k = 0; k < dimension; k++) most = Math.max(most, Math.abs(z[k]))
  const unit = Math.fround(most > 0 ? most / 32767 : 1)
  let lost = 0
  let size = rest * rest
  let behindHead = rest * rest
  for (let k = 0; k < dimension; k++) {
    coordinates[k] = Math.max(-32767, Math.min(32767, Math.round(z[k] / unit)))
    const value = unit * coordinates[k]
    lost += (z[k] - value) * (z[k] - value)
    size += value * value
    if (k >= headLength) behindHead += value * value
  }
  const length = Math.sqrt(size)
  const change = Math.sqrt(lost) + doubt
  const isNearest = mode === 'nearest'
  numbers[0] = unit
  numbers[1] = rest / 256
  numbers[2] = (Math.sqrt(behindHead) * (1 + 1e-7)) / 256
  numbers[3] = size
  numbers[4] = slackUnit(dimension) * (isNearest ? 1 : length + change) * (1 + 1e-6)
  numbers[5] = penalised ? penaltyUnit : 0
  numbers[6] = normUnit
  numbers[7] = isNearest
    ? -(change + 1e-6 * Math.max(1, length))
    : constant + largest * change + rounding * (largest * length + Math.abs(constant))
  numbers[8] = kept
  return result
}
