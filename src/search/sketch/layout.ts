import { canonicalJson, sha256Of } from '../../base/codec.js'
import { MarketError } from '../../base/error.js'
import { matrix } from '../../base/matrix.js'
import { checkKernel, type Kernel } from '../../kernel/kernel.js'
import { blockBytes, blockLength, headLength } from './code.js'
import type { Projection } from './projection.js'

/** Byte offsets of the fields of an index's header; docs/formats.md has the table. */
export const field = {
  dimension: 6,
  basis: 8,
  columns: 12,
  kernelBytes: 16,
  blocks: 20,
  used: 24,
  live: 28,
  normUnit: 32,
  largest: 40,
  meanSquared: 48,
  fittedRest: 56,
  addedRest: 64,
  added: 72,
  holder: 80,
  checksum: 112,
} as const

const magic = 'LWIX'
const version = 1
const headerBytes = 144
const digestBytes = 32

const projectionBytes = (kernelBytes: number, basis: number, columns: number, dimension: number): number =>
  headerBytes + 8 * Math.ceil(kernelBytes / 8) + 8 * (basis * (columns + dimension + 1) + dimension)

/** A fresh buffer with a projection and room for so many blocks. */
export const layOut = (projection: Projection, blocks: number): ArrayBuffer => {
  const { kernel, dimension, basis, map, mean, offset, meanSquared } = projection
  const text = new TextEncoder().encode(canonicalJson(kernel))
  const start = projectionBytes(text.length, basis.rows, basis.columns, dimension)
  const buffer = new ArrayBuffer(start + blocks * blockBytes(dimension))
  const view = new DataView(buffer)
  for (let i = 0; i < 4; i++) view.setUint8(i, magic.charCodeAt(i))
  view.setUint16(4, version, true)
  view.setUint16(field.dimension, dimension, true)
  view.setUint32(field.basis, basis.rows, true)
  view.setUint32(field.columns, basis.columns, true)
  view.setUint32(field.kernelBytes, text.length, true)
  view.setUint32(field.blocks, blocks, true)
  view.setFloat64(field.meanSquared, meanSquared, true)
  new Uint8Array(buffer, headerBytes, text.length).set(text)
  let at = headerBytes + 8 * Math.ceil(text.length / 8)
  for (const array of [basis.data, map, mean, offset]) {
    new Float64Array(buffer, at, array.length).set(array)
    at += 8 * array.length
  }
  return buffer
}

/** Where the blocks of an index begin. */
export const blocksStart = (view: DataView): number =>
  projectionBytes(
    view.getUint32(field.kernelBytes, true),
    view.getUint32(field.basis, true),
    view.getUint32(field.columns, true),
    view.getUint16(field.dimension, true),
  )

/** The projection inside the buffer of an index: views, not copies. */
export const projectionIn = (buffer: ArrayBuffer): Projection => {
  const view = new DataView(buffer)
  const dimension = view.getUint16(field.dimension, true)
  const rows = view.getUint32(field.basis, true)
  const columns = view.getUint32(field.columns, true)
  const length = view.getUint32(field.kernelBytes, true)
  const kernel = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, headerBytes, length))) as Kernel
  let at = headerBytes + 8 * Math.ceil(length / 8)
  const next = (count: number): Float64Array => {
    const array = new Float64Array(buffer, at, count)
    at += 8 * count
    return array
  }
  return {
    kernel: checkKernel(kernel),
    dimension,
    basis: matrix(next(rows * columns), rows, columns),
    map: next(dimension * rows),
    mean: next(rows),
    offset: next(dimension),
    meanSquared: view.getFloat64(field.meanSquared, true),
  }
}

const digest = (bytes: Uint8Array): Uint8Array =>
  sha256Of(bytes.subarray(0, field.checksum), bytes.subarray(field.checksum + digestBytes))

/** Writes the checksum of all other bytes into the header. */
export const seal = (bytes: Uint8Array): void => bytes.set(digest(bytes), field.checksum)

/**
 * Refuses bytes that are no whole index.
 * @throws MarketError `corrupt` where a byte is missing or wrong, `version` where a newer library wrote them.
 */
export const checkSealed = (bytes: Uint8Array): void => {
  const corrupt = (what: string): MarketError =>
    new MarketError('corrupt', `"bytes" expected a search index (${magic}), but ${what}; build it again from the store`)
  if (!(bytes instanceof Uint8Array) || bytes.length < headerBytes) throw corrupt('it is cut')
  for (let i = 0; i < 4; i++) {
    if (bytes[i] !== magic.charCodeAt(i)) throw corrupt('it does not begin with these letters')
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const dimension = view.getUint16(field.dimension, true)
  const sizes = [field.basis, field.columns, field.blocks, field.used].map((at) => view.getUint32(at, true))
  const whole = blocksStart(view) + sizes[2] * blockBytes(dimension)
  if (bytes.length !== whole) throw corrupt(`it has ${bytes.length} bytes instead of ${whole}`)
  const sum = digest(bytes)
  for (let i = 0; i < digestBytes; i++) {
    if (bytes[field.checksum + i] !== sum[i]) throw corrupt('its checksum does not match')
  }
  const written = view.getUint16(4, true)
  if (written !== version) {
    throw new MarketError(
      'version',
      `"bytes" is a search index of version ${written}, this library reads version ${version}; build it again`,
    )
  }
  if (dimension % headLength !== 0 || sizes[3] > sizes[2] * blockLength) throw corrupt('its parts do not add up')
}
