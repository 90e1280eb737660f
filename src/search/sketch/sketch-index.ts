import { whole } from '../../base/check.js'
import { KindError, shown, ValueError } from '../../base/error.js'
import type { Embedding } from '../../rkme/embedding.js'
import { blockBytes, blockLength, clearCode, holdsCode, ordinalOffset, type Sketch, writeCode } from './code.js'
import { blocksStart, checkSealed, field, layOut, projectionIn, seal } from './layout.js'
import { type Projection, project } from './projection.js'

/**
 * The sketches of an island in one buffer: a projection and, for each learnware, a code of D + 21 bytes. A code stands at
 * a *place*; its *ordinal* is a number by which the holder of the index knows the learnware.
 */
export interface SketchIndex {
  readonly projection: Projection
  /** Learnwares in it. */
  readonly size: number
  /** Places so far, free ones among them: all places are below it. */
  readonly places: number
  /** 32 bytes by which the holder knows what the ordinals stand for; zeros at first. */
  holder: Uint8Array
  /** Puts an embedding in and returns its place; `penalty` ≥ 0 is added to its distance when singles are ranked. */
  add(ordinal: number, embedding: Embedding, options?: { penalty?: number }): number
  /** Frees a place. */
  remove(place: number): void
  /** Another embedding under the same ordinal, at the same place. */
  replace(place: number, embedding: Embedding, options?: { penalty?: number }): void
  /** The ordinal at a place, or undefined where it is free. */
  ordinalAt(place: number): number | undefined
  /** True where pruning has worsened so far that a new projection is worth its making; all answers stay right. */
  worn(): boolean
  /** A copy as bytes with a checksum, without spare room. */
  save(): Uint8Array
  /** Gives the buffer away, to be transferred to another thread; this index cannot be used any more. */
  release(): ArrayBuffer
  /** The live buffer, for the scan alone. @internal */
  readonly blocks: {
    readonly bytes: Uint8Array
    readonly start: number
    readonly normUnit: number
    readonly largest: number
  }
}

/**
 * An empty index under a projection. `fitted` says from how many learnwares the projection was made, `room` for how many
 * there is to be place at once; the buffer grows by a quarter where it is full.
 */
export const sketchIndex = (
  projection: Projection,
  { sample = [], room = 0 }: { sample?: readonly Embedding[]; room?: number } = {},
): SketchIndex => {
  const buffer = layOut(projection, Math.ceil(whole(room, 'room') / blockLength))
  const view = new DataView(buffer)
  let largest = 0
  let rest = 0
  for (const embedding of sample) {
    const { squared, rest: own } = project(projection, embedding)
    largest = Math.max(largest, squared)
    rest += (own * own) / sample.length
  }
  view.setFloat64(field.normUnit, (4 * Math.sqrt(largest) || 1) / 65535, true)
  view.setFloat64(field.fittedRest, rest, true)
  return indexOver(buffer)
}

/**
 * The index inside bytes that `save` made; the bytes are taken over, not copied, where they fill their buffer.
 * @throws MarketError `corrupt`, `version`.
 */
export const openIndex = (bytes: Uint8Array): SketchIndex => {
  checkSealed(bytes)
  const isWhole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength
  return indexOver((isWhole ? bytes.buffer : bytes.slice().buffer) as ArrayBuffer)
}

/** The index inside a buffer that `release` gave away, in whichever thread: nothing is copied or checked. */
export const adoptIndex = (buffer: ArrayBuffer): SketchIndex => {
  if (!(buffer instanceof ArrayBuffer)) throw new KindError(`"buffer" expected an ArrayBuffer, got ${shown(buffer)}`)
  return indexOver(buffer)
}

const indexOver = (given: ArrayBuffer): SketchIndex => {
  let buffer = given
  let view = new DataView(buffer)
  let projection = projectionIn(buffer)
  const start = blocksStart(view)
  const stride = blockBytes(projection.dimension)
  const free: number[] = []
  const read = (at: number): number => view.getUint32(at, true)
  const write = (at: number, value: number): void => view.setUint32(at, value, true)

  const blockOf = (place: number): DataView =>
    new DataView(buffer, start + Math.floor(place / blockLength) * stride, stride)
  const holds = (place: number): boolean =>
    Number.isInteger(place) && place >= 0 && place < read(field.used) && holdsCode(blockOf(place), place % blockLength)
  for (let place = read(field.used) - 1; place >= 0 && free.length < read(field.used) - read(field.live); place--) {
    if (!holds(place)) free.push(place)
  }

  const checked = (place: number): number => {
    if (!holds(place)) throw new ValueError(`"place" expected a place that holds a learnware, got ${shown(place)}`)
    return place
  }
  const grow = (): void => {
    const blocks = read(field.blocks)
    const next = new ArrayBuffer(start + (blocks + Math.max(1, blocks >> 2)) * stride)
    new Uint8Array(next).set(new Uint8Array(buffer))
    buffer = next
    view = new DataView(buffer)
    projection = projectionIn(buffer)
    write(field.blocks, (buffer.byteLength - start) / stride)
  }
  const clearBlock = (first: number): void => {
    for (let slot = 0; slot < blockLength; slot++) clearCode(blockOf(first), slot)
  }
  const put = (place: number, ordinal: number, sketch: Sketch, penalty: number): void => {
    const normUnit = view.getFloat64(field.normUnit, true)
    const length = writeCode(blockOf(place), place % blockLength, sketch, { ordinal, penalty, normUnit })
    view.setFloat64(field.largest, Math.max(view.getFloat64(field.largest, true), length), true)
    view.setFloat64(field.addedRest, view.getFloat64(field.addedRest, true) + sketch.rest * sketch.rest, true)
    write(field.added, read(field.added) + 1)
  }
  return {
    get projection() {
      return projection
    },
    get size() {
      return read(field.live)
    },
    get places() {
      return read(field.used)
    },
    get holder() {
      return new Uint8Array(buffer, field.holder, 32).slice()
    },
    set holder(bytes) {
      new Uint8Array(buffer, field.holder, 32).set(bytes)
    },
    add(ordinal, embedding, { penalty = 0 } = {}) {
      whole(ordinal, 'ordinal', 0, 0xffffffff)
      const sketch = project(projection, embedding)
      let place = free.pop()
      if (place === undefined) {
        place = read(field.used)
        if (place === read(field.blocks) * blockLength) grow()
        if (place % blockLength === 0) clearBlock(place)
        write(field.used, place + 1)
      }
      put(place, ordinal, sketch, penalty)
      write(field.live, read(field.live) + 1)
      return place
    },
    remove(place) {
      clearCode(blockOf(checked(place)), place % blockLength)
      free.push(place)
      write(field.live, read(field.live) - 1)
    },
    replace(place, embedding, { penalty = 0 } = {}) {
      const ordinal = blockOf(checked(place)).getUint32(ordinalOffset(place % blockLength), true)
      put(place, ordinal, project(projection, embedding), penalty)
    },
    ordinalAt: (place) =>
      holds(place) ? blockOf(place).getUint32(ordinalOffset(place % blockLength), true) : undefined,
    worn() {
      const added = read(field.added)
      const mean = view.getFloat64(field.addedRest, true) / Math.max(1, added)
      return added >= blockLength && mean > 2 * view.getFloat64(field.fittedRest, true) + 1e-6
    },
    save() {
      const blocks = Math.ceil(read(field.used) / blockLength)
      const bytes = new Uint8Array(buffer, 0, start + blocks * stride).slice()
      new DataView(bytes.buffer).setUint32(field.blocks, blocks, true)
      seal(bytes)
      return bytes
    },
    release() {
      const given = buffer
      buffer = new ArrayBuffer(0)
      view = new DataView(buffer)
      return given
    },
    get blocks() {
      return {
        bytes: new Uint8Array(buffer),
        start,
        normUnit: view.getFloat64(field.normUnit, true),
        largest: view.getFloat64(field.largest, true),
      }
    },
  }
}
