import { list } from '../base/check.js'
import { KindError, shown, ValueError } from '../base/error.js'

/** One stored fact: a kind, a key, and a JSON value. The newest record of a kind and key counts. */
export interface StoredRecord {
  readonly kind: string
  readonly key: string
  readonly value: unknown
}

/**
 * Where a market keeps what it knows: blobs by content address, and an append-only sequence of records.
 * `append` is atomic and durable: once it has resolved, its records survive a kill; before, either none or all of them
 * are there when the store is opened again. Records and bytes are copied on the way in and on the way out.
 */
export interface Store {
  readonly name: string
  /** All complete records in the order of their writing. */
  records(): Promise<readonly StoredRecord[]>
  /**
   * Adds records, all or none.
   * @throws MarketError `denied` (read only), `quota` (no space), `unreachable` (closed); the store is then as it was.
   */
  append(records: readonly StoredRecord[]): Promise<void>
  /** Stores bytes under their SHA-256 (64 hexadecimal digits) and returns it; the same bytes twice are kept once. */
  putBlob(bytes: Uint8Array): Promise<string>
  /** @throws MarketError `absent`, or `corrupt` where the bytes no longer match their address. */
  blob(address: string): Promise<Uint8Array>
  /**
   * Where a store can: bytes by a name (lower-case letters, digits, `-`) that can be made again from the rest, kept without a
   * promise. `read` has undefined for what is not there; `write` of a read-only store does nothing.
   */
  readonly derived?: {
    read(name: string): Promise<Uint8Array | undefined>
    write(name: string, bytes: Uint8Array): Promise<void>
  }
  /** Ends writing and gives the place free for others; every later call is refused as `unreachable`. */
  close(): Promise<void>
}

/**
 * Records checked before they are written: `kind` a lower-case word, `key` up to 200 printable characters, `value` plain
 * JSON.
 * @throws TypeError for the wrong kind of thing, RangeError for a kind or a key out of shape.
 */
export const checkRecords = (records: readonly StoredRecord[]): void => {
  list(records, 'records').forEach(({ kind, key, value }, i) => {
    if (typeof kind !== 'string' || !/^[a-z][a-z-]{0,39}$/.test(kind)) {
      throw new ValueError(`"records[${i}].kind" expected a lower-case word, got ${shown(kind)}`)
    }
    if (typeof key !== 'string' || !/^[^\p{C}]{1,200}$/u.test(key)) {
      throw new ValueError(`"records[${i}].key" expected 1 to 200 printable characters, got ${shown(key)}`)
    }
    if (value === undefined || typeof value === 'function' || typeof value === 'symbol') {
      throw new KindError(`"records[${i}].value" expected a JSON value, got ${shown(value)}`)
    }
  })
}

/**
 * A name of derived bytes as it must be, so that it can never name a path outside a store.
 * @throws RangeError for anything else.
 */
export const checkName = (name: string): string => {
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]{0,99}$/.test(name)) {
    throw new ValueError(`"name" expected lower-case letters, digits and dashes, got ${shown(name)}`)
  }
  return name
}

/**
 * A content address as it must be: 64 hexadecimal digits, so that it can never name a path outside a store.
 * @throws RangeError for anything else.
 */
export const checkAddress = (address: string): string => {
  if (typeof address !== 'string' || !/^[0-9a-f]{64}$/.test(address)) {
    throw new ValueError(`"address" expected 64 hexadecimal digits, got ${shown(address)}`)
  }
  return address
}
