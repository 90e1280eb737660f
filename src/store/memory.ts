import { canonicalJson, sha256Hex } from '../base/codec.js'
import { KindError, MarketError, shown } from '../base/error.js'
import { checkAddress, checkName, checkRecords, type Store, type StoredRecord } from './store.js'

/** A store in memory: for tests, for a page that keeps nothing, and as the slow plain reference of other stores. */
export const memoryStore = (): Store => {
  const written: string[] = []
  const blobs = new Map<string, Uint8Array>()
  const derived = new Map<string, Uint8Array>()
  let closed = false
  const open = (): void => {
    if (closed) throw new MarketError('unreachable', 'the memory store is closed; make a new one with memoryStore()')
  }
  return {
    name: 'memory',
    async records() {
      open()
      return written.map((line) => JSON.parse(line) as StoredRecord)
    },
    async append(records) {
      open()
      checkRecords(records)
      const lines = records.map(({ kind, key, value }) => canonicalJson({ kind, key, value }))
      for (const line of lines) written.push(line)
    },
    async putBlob(bytes) {
      open()
      if (!(bytes instanceof Uint8Array)) throw new KindError(`"bytes" expected a Uint8Array, got ${shown(bytes)}`)
      const address = sha256Hex(bytes)
      if (!blobs.has(address)) blobs.set(address, bytes.slice())
      return address
    },
    async blob(address) {
      open()
      const bytes = blobs.get(checkAddress(address))
      if (bytes === undefined) {
        throw new MarketError('absent', `the store holds no blob ${address.slice(0, 12)}…; put it first`)
      }
      return bytes.slice()
    },
    derived: {
      async read(name) {
        open()
        return derived.get(checkName(name))?.slice()
      },
      async write(name, bytes) {
        open()
        derived.set(checkName(name), bytes.slice())
      },
    },
    async close() {
      closed = true
    },
  }
}
