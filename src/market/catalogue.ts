import { MarketError } from '../base/error.js'
import type { Runtime } from '../learnware/model.js'
import type { Description } from '../specification/description/description.js'
import type { Terms } from '../specification/terms.js'
import type { Store, StoredRecord } from '../store/store.js'
import type { Receipt, ReceiptFinding } from './receipt.js'

/** The learnwares under the same terms; `description` is the one that founded it. */
export interface Island {
  readonly terms: Terms
  readonly description: Description
}

/** What a market knows of a learnware without opening its model. */
export interface Entry {
  readonly id: string
  readonly island: string
  readonly status: 'accepted' | 'quarantined'
  readonly findings: readonly ReceiptFinding[]
  readonly description: Description
  /** Its terms, where it is quarantined and its island does not stand. */
  readonly terms?: Terms
  /** How much of a constant prediction's error its model takes away, as found at submission. */
  readonly quality?: number
  /** Content addresses of the model's bytes and of the encoded specification. */
  readonly model: string
  readonly specification: string
}

/** Everything that the records of a store say, kept in memory while a market is open. */
export interface Catalogue {
  readonly islands: Map<string, Island>
  readonly entries: Map<string, Entry>
  readonly retired: Set<string>
}

/** The parts of an open market: what it knows, where that is kept, what opens models. */
export interface Holdings {
  readonly catalogue: Catalogue
  readonly store: Store
  readonly runtime: Runtime
}

const version = 1

/** The record by which an island stands. */
export const islandRecord = (island: Island): StoredRecord => ({
  kind: 'island',
  key: island.terms.island,
  value: { version, ...island },
})

/** The record by which a market keeps a learnware. */
export const learnwareRecord = (entry: Entry): StoredRecord => ({
  kind: 'learnware',
  key: entry.id,
  value: { version, ...entry },
})

/** The record by which a learnware is archived. */
export const retirementRecord = (id: string): StoredRecord => ({ kind: 'retirement', key: id, value: { version } })

/** Takes one record in; kinds that this library does not know are left alone. */
export const apply = ({ islands, entries, retired }: Catalogue, { kind, key, value }: StoredRecord): void => {
  if (kind !== 'island' && kind !== 'learnware' && kind !== 'retirement') return
  const { version: written, ...content } = value as { version: unknown }
  if (written !== version) {
    throw new MarketError(
      'version',
      `the store holds a ${kind} of version ${written}, this library reads ${version}; update it`,
    )
  }
  if (kind === 'island') islands.set(key, content as unknown as Island)
  else if (kind === 'learnware') entries.set(key, content as unknown as Entry)
  else retired.add(key)
}

/** The catalogue that a store's records amount to. */
export const readCatalogue = (records: readonly StoredRecord[]): Catalogue => {
  const catalogue: Catalogue = { islands: new Map(), entries: new Map(), retired: new Set() }
  for (const record of records) apply(catalogue, record)
  return catalogue
}

/**
 * The entry of an id.
 * @throws MarketError `absent`, or with `usable` also `retired` and `denied` (quarantined).
 */
export const entryOf = ({ entries, retired }: Catalogue, id: string, { usable = false } = {}): Entry => {
  const entry = entries.get(id)
  if (entry === undefined) {
    throw new MarketError('absent', `this market holds no learnware ${short(id)}; search again, or check the id`)
  }
  if (usable && retired.has(id)) {
    throw new MarketError('retired', `the learnware ${short(id)} was retired; search again for one that replaces it`)
  }
  if (usable && entry.status === 'quarantined') {
    throw new MarketError(
      'denied',
      `the learnware ${short(id)} is quarantined; its receipt says why: market.receipt(id)`,
    )
  }
  return entry
}

/** The entries that search sees, by id: accepted and not retired. */
export const searched = ({ entries, retired }: Catalogue, island: string): Entry[] =>
  [...entries.values()]
    .filter((entry) => entry.island === island && entry.status === 'accepted' && !retired.has(entry.id))
    .sort((a, b) => (a.id < b.id ? -1 : 1))

/** What was answered when a learnware was submitted, as a fresh copy. */
export const receiptOf = ({ status, id, island, findings }: Entry): Receipt => ({
  status,
  id,
  island,
  findings: findings.map((finding) => ({ ...finding })),
})

/** The entries of an island that were ever accepted, in the order of the records: their positions never change. */
export const accepted = ({ entries }: Catalogue, island: string): Entry[] =>
  [...entries.values()].filter((entry) => entry.island === island && entry.status === 'accepted')

const short = (id: unknown): string => (typeof id === 'string' && id.length > 12 ? `${id.slice(0, 12)}…` : `"${id}"`)
