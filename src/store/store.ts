/** One stored fact: a kind, a key, and a JSON value. The newest record of a kind and key counts. */
export interface StoredRecord {
  readonly kind: string
  readonly key: string
  readonly value: unknown
}

/**
 * Where a market keeps what it knows: blobs by content address, and an append-only sequence of records.
 * `append` is atomic and durable: once it has resolved, the record survives a kill; before, the last complete state stands.
 */
export interface Store {
  readonly name: string
  /** All complete records in the order of their writing. */
  records(): Promise<readonly StoredRecord[]>
  append(records: readonly StoredRecord[]): Promise<void>
  /** Stores bytes under their SHA-256 and returns it; the same bytes twice are kept once. */
  putBlob(bytes: Uint8Array): Promise<string>
  /** @throws MarketError `absent`, or `corrupt` where the bytes no longer match their address. */
  blob(address: string): Promise<Uint8Array>
  close(): Promise<void>
}
