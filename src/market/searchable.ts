import { MarketError } from '../base/error.js'
import { decodeSpecification } from '../specification/codec.js'
import type { Specification } from '../specification/specification.js'
import type { Store } from '../store/store.js'
import { type Catalogue, type Entry, searched } from './catalogue.js'
import type { Candidate } from './match.js'

/** The learnwares that a search can compare, and the ids of those whose specification cannot be read any more. */
export interface Searchable {
  readonly candidates: readonly Candidate[]
  readonly corrupt: readonly string[]
}

/**
 * Reads the learnwares of islands, each specification once while a market is open. A damaged one is passed over and
 * named: one bad file must not keep the others from being found.
 * @throws MarketError from the store, unless it is about one specification; the reason of an abort.
 */
export const searchables = (
  catalogue: Catalogue,
  store: Store,
): ((islands: readonly string[], signal?: AbortSignal) => Promise<Searchable>) => {
  const known = new Map<string, Candidate>()
  return async (islands, signal) => {
    const candidates: Candidate[] = []
    const corrupt: string[] = []
    for (const entry of islands.flatMap((island) => searched(catalogue, island))) {
      signal?.throwIfAborted()
      const candidate = known.get(entry.id) ?? (await candidateOf(entry, store))
      if (candidate === undefined) corrupt.push(entry.id)
      else {
        known.set(entry.id, candidate)
        candidates.push(candidate)
      }
    }
    return { candidates, corrupt }
  }
}

const candidateOf = async ({ id, description, specification }: Entry, store: Store): Promise<Candidate | undefined> => {
  const read = await readable(store, specification)
  return read && { id, description, specification: read }
}

const readable = async (store: Store, address: string): Promise<Specification | undefined> => {
  try {
    return decodeSpecification(await store.blob(address))
  } catch (error) {
    if (error instanceof MarketError && (error.code === 'corrupt' || error.code === 'absent')) return undefined
    throw error
  }
}
