import { canonicalJson, sha256Hex } from '../base/codec.js'
import { MarketError } from '../base/error.js'
import type { StoredRecord } from './store.js'

/** First line of a log. The zero byte makes git and editors leave its line ends alone. */
export const logHeader = new TextEncoder().encode('learnware records 1\0\n')

const newline = 10
const headLength = 8 + 1 + 16 + 1

/**
 * The bytes of one batch, a line of its own: length of the JSON in bytes (8 hexadecimal digits), the first 16 digits of its
 * SHA-256, the records as a JSON array. A batch is written with one call and read back all or not at all.
 */
export const encodeBatch = (records: readonly StoredRecord[]): Uint8Array => {
  const json = new TextEncoder().encode(canonicalJson(records.map(({ kind, key, value }) => ({ kind, key, value }))))
  const head = `${json.length.toString(16).padStart(8, '0')} ${sha256Hex(json).slice(0, 16)} `
  const line = new Uint8Array(headLength + json.length + 1)
  line.set(new TextEncoder().encode(head))
  line.set(json, headLength)
  line[line.length - 1] = newline
  return line
}

/** What a log holds: its records, and the length up to which it is complete (a torn batch lies behind that). */
export interface ReadLog {
  readonly records: StoredRecord[]
  readonly length: number
}

/**
 * Reads a log. A batch that was cut while it was written can only be the last one: it is left out. Damage anywhere else is
 * refused, since to skip it would lose records in silence.
 * @throws MarketError `corrupt` or `version`.
 */
export const readLog = (bytes: Uint8Array, path: string): ReadLog => {
  if (bytes.length < logHeader.length && startsWith(logHeader, bytes)) return { records: [], length: 0 }
  if (!startsWith(bytes, logHeader)) throw wrongHeader(bytes, path)
  const records: StoredRecord[] = []
  let start = logHeader.length
  while (start < bytes.length) {
    const end = bytes.indexOf(newline, start)
    const batch = end < 0 ? undefined : decodeBatch(bytes.subarray(start, end))
    if (batch === undefined) {
      if (!torn(bytes.subarray(start))) {
        throw new MarketError(
          'corrupt',
          `"${path}" is damaged at byte ${start} of ${bytes.length}, and what follows is no write that was cut; restore ` +
            'the file from a copy, or keep the part before that byte if you can do without the rest',
        )
      }
      break
    }
    for (const record of batch) records.push(record)
    start = end + 1
  }
  return { records, length: start }
}

const startsWith = (bytes: Uint8Array, prefix: Uint8Array): boolean =>
  bytes.length >= prefix.length && prefix.every((byte, i) => bytes[i] === byte)

const decodeBatch = (line: Uint8Array): StoredRecord[] | undefined => {
  const head = declared(line)
  if (head === undefined || line.length !== headLength + head.length) return undefined
  const json = line.subarray(headLength)
  return sha256Hex(json).startsWith(head.sum) ? JSON.parse(new TextDecoder().decode(json)) : undefined
}

const declared = (line: Uint8Array): { length: number; sum: string } | undefined => {
  const head = /^([0-9a-f]{8}) ([0-9a-f]{16}) $/.exec(String.fromCharCode(...line.subarray(0, headLength)))
  return head === null ? undefined : { length: Number.parseInt(head[1], 16), sum: head[2] }
}

/** Whether the end of a log can be a batch cut by a kill (a prefix) or by a power cut (blocks of zeros in it). */
const torn = (rest: Uint8Array): boolean => {
  for (let start = rest.indexOf(newline) + 1; start > 0; start = rest.indexOf(newline, start) + 1) {
    const end = rest.indexOf(newline, start)
    if (end >= 0 && decodeBatch(rest.subarray(start, end)) !== undefined) return false
  }
  if (rest.length < headLength) return !rest.includes(newline)
  const head = declared(rest)
  if (head === undefined) return rest.subarray(0, headLength).includes(0)
  return rest.length <= headLength + head.length + 1 && !rest.subarray(0, -1).includes(newline)
}

const wrongHeader = (bytes: Uint8Array, path: string): MarketError => {
  const line = /^learnware records (\d+)\0\n/.exec(String.fromCharCode(...bytes.subarray(0, 40)))
  return line === null
    ? new MarketError(
        'corrupt',
        `"${path}" is no log of a learnware store, or its first line is damaged; restore it from a copy`,
      )
    : new MarketError('version', `"${path}" is of version ${line[1]}, this library reads version 1; update the library`)
}
