import { sha256 } from '@noble/hashes/sha2.js'
import { MarketError } from './error.js'

/** The SHA-256 of bytes, or of a text's UTF-8 bytes, as 64 hexadecimal digits. */
export const sha256Hex = (content: Uint8Array | string): string =>
  Array.from(sha256(typeof content === 'string' ? new TextEncoder().encode(content) : content), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')

/** The SHA-256 of several stretches of bytes, one after another: 32 bytes. */
export const sha256Of = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = sha256.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** JSON with sorted keys, without blanks and without undefined members: equal values give equal texts. */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalJson(entry ?? null)).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const record = value as Record<string, unknown>
    const members = Object.keys(record)
      .filter((key) => record[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(record[key])}`)
    return `{${members.join(',')}}`
  }
  return JSON.stringify(value)
}

/** A named array inside a frame. */
export type FrameArray = Float64Array | Float32Array | Int32Array | Uint8Array

/** What a frame carries: a JSON header and named arrays. */
export interface Frame {
  readonly header: unknown
  readonly arrays: Readonly<Record<string, FrameArray>>
}

const checksumLength = 8
const types = { f64: Float64Array, f32: Float32Array, i32: Int32Array, u8: Uint8Array } as const
type TypeName = keyof typeof types

const typeName = (array: FrameArray): TypeName =>
  array instanceof Float64Array
    ? 'f64'
    : array instanceof Float32Array
      ? 'f32'
      : array instanceof Int32Array
        ? 'i32'
        : 'u8'

/**
 * Bytes of a frame: magic (4 letters), version (u16), header length (u32), header JSON, arrays in little-endian order,
 * and the first eight bytes of the SHA-256 of all that.
 */
export const encodeFrame = (magic: string, version: number, { header, arrays }: Frame): Uint8Array => {
  const entries = Object.entries(arrays)
  const head = new TextEncoder().encode(
    canonicalJson({ header, arrays: entries.map(([name, array]) => [name, typeName(array), array.length]) }),
  )
  const body = entries.reduce((sum, [, array]) => sum + array.byteLength, 0)
  const bytes = new Uint8Array(10 + head.length + body + checksumLength)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < 4; i++) bytes[i] = magic.charCodeAt(i)
  view.setUint16(4, version, true)
  view.setUint32(6, head.length, true)
  bytes.set(head, 10)
  let offset = 10 + head.length
  for (const [, array] of entries) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), offset)
    offset += array.byteLength
  }
  bytes.set(sha256(bytes.subarray(0, offset)).subarray(0, checksumLength), offset)
  return bytes
}

/**
 * The frame inside bytes that {@link encodeFrame} made.
 * @throws MarketError `corrupt` where a byte is missing or wrong, `version` where a newer library wrote it.
 */
export const decodeFrame = (magic: string, version: number, bytes: Uint8Array): Frame => {
  const corrupt = (what: string): MarketError =>
    new MarketError('corrupt', `"bytes" expected a ${magic} frame, but ${what}; fetch or build it again`)
  if (!(bytes instanceof Uint8Array)) throw corrupt('it is no Uint8Array')
  if (bytes.length < 10 + checksumLength) throw corrupt(`it has only ${bytes.length} bytes`)
  for (let i = 0; i < 4; i++)
    if (bytes[i] !== magic.charCodeAt(i)) throw corrupt('it does not begin with these letters')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bytes.length - checksumLength
  const sum = sha256(bytes.subarray(0, end))
  for (let i = 0; i < checksumLength; i++) if (bytes[end + i] !== sum[i]) throw corrupt('its checksum does not match')
  const written = view.getUint16(4, true)
  if (written !== version) {
    throw new MarketError(
      'version',
      `"bytes" is ${magic} version ${written}, this library reads version ${version}; update it`,
    )
  }
  const headEnd = 10 + view.getUint32(6, true)
  if (headEnd > end) throw corrupt('its header is cut')
  try {
    const { header, arrays } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(10, headEnd)))
    const result: Record<string, FrameArray> = Object.create(null)
    let offset = headEnd
    for (const [name, type, length] of arrays as [string, TypeName, number][]) {
      if (!Object.hasOwn(types, type) || !Number.isInteger(length)) throw new RangeError('unknown')
      const next = offset + length * types[type].BYTES_PER_ELEMENT
      // Before there is room for it: the frame of a stranger may declare any length.
      if (!(next >= offset && next <= end)) throw new RangeError('cut')
      const array = new types[type](length)
      new Uint8Array(array.buffer).set(bytes.subarray(offset, next))
      offset = next
      result[name] = array
    }
    if (offset !== end) throw new RangeError('longer')
    return { header, arrays: result }
  } catch (error) {
    if (error instanceof MarketError) throw error
    throw corrupt('its parts do not add up')
  }
}
