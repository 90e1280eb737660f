import { MarketError } from '../../base/error.js'
import { pool } from '../../search/sketch/certified.js'
import type { Fetched, Steps } from '../../search/steps.js'
import { decodeSpecification } from '../../specification/codec.js'
import type { Requirement, Specification } from '../../specification/specification.js'
import type { Store } from '../../store/store.js'
import { type Catalogue, type Entry, searched } from '../catalogue.js'
import { penaltyOf } from '../quality.js'
import { type IslandIndex, islandIndex } from './island-index.js'
import { bestOf, type Candidate, type Found, islandSteps, searchAll } from './match.js'
import { type Choice, checked, type SearchOptions, wantedBy } from './options.js'

/** Searches over the learnwares of an open market. */
export interface Searchable {
  /**
   * The answer to a requirement on the islands of its parts. A learnware whose specification is damaged is passed over and
   * named where it was looked at: one bad file must not keep the others from being found.
   * @throws MarketError from the store, unless it is about one specification; the reason of an abort.
   */
  search(parts: readonly Requirement[], given: SearchOptions): Promise<Found>
  /** Writes the indexes that have changed to the store, where it can keep them. */
  keep(): Promise<void>
}

/** From so many learnwares on an island is searched by its index; the answers are the same. */
export const indexedFrom = 256
const mostKnown = 4096

/** The {@link Searchable} of a catalogue; `from` is for tests. */
export const searchables = (catalogue: Catalogue, store: Store, { from = indexedFrom } = {}): Searchable => {
  const known = new Map<string, Candidate>()
  const islands = new Map<string, { index?: IslandIndex; turn: Promise<unknown> }>()

  const read = async ({ id, description, specification, quality }: Entry): Promise<Candidate | undefined> => {
    const candidate = known.get(id) ?? candidateOf(id, await readable(store, specification), { description, quality })
    if (candidate === undefined) return undefined
    known.delete(id)
    known.set(id, candidate)
    if (known.size > mostKnown) known.delete(known.keys().next().value as string)
    return candidate
  }
  const embeddingOf = async (entry: Entry) => (await read(entry))?.specification.embedding

  /** One after another on an island: an index must not change under a search. */
  const inTurn = <T>(island: string, action: () => Promise<T>): Promise<T> => {
    const state = islands.get(island) ?? { turn: Promise.resolve() }
    islands.set(island, state)
    const result = state.turn.then(action)
    state.turn = result.catch(() => undefined)
    return result
  }

  const indexOf = async (island: string, signal?: AbortSignal): Promise<IslandIndex | undefined> => {
    const state = islands.get(island)
    if (state === undefined) return undefined
    if (state.index) await state.index.follow(signal)
    else state.index = await islandIndex(island, catalogue, store, embeddingOf, signal)
    return state.index
  }

  const overAll = async (
    part: Requirement,
    entries: readonly Entry[],
    given: SearchOptions,
    choice: Choice,
  ): Promise<{ found: Found; corrupt: string[] }> => {
    const wanted = wantedBy(given.description)
    const candidates: Candidate[] = []
    const corrupt: string[] = []
    for (const entry of entries) {
      given.signal?.throwIfAborted()
      const candidate = await read(entry)
      if (candidate === undefined) corrupt.push(entry.id)
      else if (wanted(entry.description)) candidates.push(candidate)
    }
    return { found: searchAll(part, candidates, choice), corrupt }
  }

  const overIndex = async (
    part: Requirement,
    { index, entryAt, unreadable }: IslandIndex,
    given: SearchOptions,
    { evaluations, timeLimitMs, ...choice }: Choice,
  ): Promise<{ found: Found; corrupt: string[] }> => {
    const end = timeLimitMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + timeLimitMs
    const limits = { evaluations, isLate: () => performance.now() > end }
    const mask = given.description && maskOf(index.places, index.ordinalAt, entryAt, wantedBy(given.description))
    const ground = pool(part.embedding, index, { mask, limits })
    const corrupt = new Set(unreadable())
    const fetch = async (place: number): Promise<Fetched | undefined> => {
      const entry = entryAt(place)
      const embedding = await embeddingOf(entry)
      if (embedding === undefined) corrupt.add(entry.id)
      return embedding && { id: entry.id, embedding, penalty: penaltyOf(entry.quality) }
    }
    const steps = islandSteps(part, { table: ground.table, penalties: ground.penalties, pool: ground }, choice)
    return { found: await driven(steps, fetch, given.signal), corrupt: [...corrupt] }
  }

  return {
    async search(parts, given) {
      const { signal, ...choice } = checked(given)
      wantedBy(given.description)
      const found: Found[] = []
      const corrupt: string[] = []
      for (const part of parts) {
        signal?.throwIfAborted()
        const answer = await inTurn(part.island, async () => {
          const entries = searched(catalogue, part.island)
          const index = entries.length < from ? undefined : await indexOf(part.island, signal)
          return index ? overIndex(part, index, given, choice) : overAll(part, entries, given, choice)
        })
        found.push(answer.found)
        corrupt.push(...answer.corrupt)
      }
      const best = bestOf(found)
      return corrupt.length === 0 ? best : { ...best, corrupt: corrupt.sort() }
    },
    async keep() {
      for (const [island, state] of islands) await inTurn(island, async () => state.index?.keep())
    },
  }
}

const driven = async <T>(
  steps: Steps<T>,
  fetch: (place: number) => Promise<Fetched | undefined>,
  signal?: AbortSignal,
): Promise<T> => {
  let next = steps.next()
  while (!next.done) {
    signal?.throwIfAborted()
    next = steps.next(await Promise.all(next.value.map(fetch)))
  }
  return next.value
}

const maskOf = (
  places: number,
  ordinalAt: (place: number) => number | undefined,
  entryAt: (place: number) => Entry,
  wanted: (description: Entry['description']) => boolean,
): Uint8Array =>
  Uint8Array.from({ length: places }, (_, place) =>
    ordinalAt(place) !== undefined && wanted(entryAt(place).description) ? 1 : 0,
  )

const candidateOf = (
  id: string,
  specification: Specification | undefined,
  rest: Pick<Entry, 'description' | 'quality'>,
): Candidate | undefined => specification && { id, specification, ...rest }

const readable = async (store: Store, address: string): Promise<Specification | undefined> => {
  try {
    return decodeSpecification(await store.blob(address))
  } catch (error) {
    if (error instanceof MarketError && (error.code === 'corrupt' || error.code === 'absent')) return undefined
    throw error
  }
}
