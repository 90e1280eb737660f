import { sha256Of } from '../../base/codec.js'
import { MarketError } from '../../base/error.js'
import type { Embedding } from '../../rkme/embedding.js'
import { fitProjection } from '../../search/sketch/projection.js'
import { openIndex, type SketchIndex, sketchIndex } from '../../search/sketch/sketch-index.js'
import type { Store } from '../../store/store.js'
import { accepted, type Catalogue, type Entry } from '../catalogue.js'
import { penaltyOf } from '../quality.js'

/** The search index of an island, and which learnware stands at a place of it. */
export interface IslandIndex {
  readonly index: SketchIndex
  entryAt(place: number): Entry
  /** Follows the catalogue: what was accepted or retired since comes in or goes out. */
  follow(signal?: AbortSignal): Promise<void>
  /** Ids of those whose specification cannot be read. */
  unreadable(): string[]
  /** Writes it to the store where it has changed. */
  keep(): Promise<void>
}

type Read = (entry: Entry) => Promise<Embedding | undefined>

const digestOf = (entries: readonly Entry[]): Uint8Array => {
  const holder = sha256Of(new TextEncoder().encode(entries.map(({ id }) => id).join('\n')))
  new DataView(holder.buffer, holder.byteOffset).setUint32(0, entries.length, true)
  return holder
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, i) => byte === b[i])

/**
 * The index of an island: from the store where it keeps a sound one for the first of these learnwares, else from their
 * specifications; undefined where none can be read. The ordinal of a learnware is its position among all that the island ever accepted.
 */
export const islandIndex = async (
  island: string,
  catalogue: Catalogue,
  store: Store,
  read: Read,
  signal?: AbortSignal,
): Promise<IslandIndex | undefined> => {
  const name = `index-${island.replace(/[^a-z0-9]/g, '-')}`
  const kept = await stored(name, store)
  let order = accepted(catalogue, island)
  const known = kept && new DataView(kept.holder.buffer).getUint32(0, true)
  const isOurs = kept !== undefined && isSame(kept.holder, digestOf(order.slice(0, known))) && !kept.worn()
  let changed = !isOurs
  const unreadable = new Set<number>()
  const index = isOurs ? kept : await fitted(order, catalogue, read, signal)
  if (index === undefined) return undefined
  const places = new Map<number, number>()
  for (let place = 0; place < index.places; place++) {
    const ordinal = index.ordinalAt(place)
    if (ordinal !== undefined) places.set(ordinal, place)
  }

  let seen = -1

  const follow = async (signal?: AbortSignal): Promise<void> => {
    const now = catalogue.entries.size + catalogue.retired.size
    if (now === seen) return
    order = accepted(catalogue, island)
    for (const [ordinal, entry] of order.entries()) {
      const place = places.get(ordinal)
      const isRetired = catalogue.retired.has(entry.id)
      if (isRetired === (place === undefined) || (place === undefined && unreadable.has(ordinal))) continue
      signal?.throwIfAborted()
      changed = true
      if (place !== undefined) {
        places.delete(ordinal)
        index.remove(place)
        continue
      }
      const embedding = await read(entry)
      if (embedding === undefined) unreadable.add(ordinal)
      else places.set(ordinal, index.add(ordinal, embedding, { penalty: penaltyOf(entry.quality) }))
    }
    seen = now
  }
  await follow(signal)
  return {
    index,
    entryAt: (place) => order[index.ordinalAt(place) as number],
    follow,
    unreadable: () => Array.from(unreadable, (ordinal) => order[ordinal].id),
    async keep() {
      if (!changed || store.derived === undefined) return
      index.holder = digestOf(order)
      await store.derived.write(name, index.save())
      changed = false
    },
  }
}

const stored = async (name: string, store: Store): Promise<SketchIndex | undefined> => {
  const bytes = await store.derived?.read(name)
  try {
    return bytes && openIndex(bytes)
  } catch (error) {
    if (error instanceof MarketError) return undefined
    throw error
  }
}

const sampled = 1024

/** Basis points of a projection: a fit takes as the cube of their number, which a small island does not pay back. */
const basisOf = (learnwares: number): number => (learnwares < 2048 ? 192 : 512)

/** An empty index under a projection made from an even choice of the island's learnwares. */
const fitted = async (
  order: readonly Entry[],
  { retired }: Catalogue,
  read: Read,
  signal?: AbortSignal,
): Promise<SketchIndex | undefined> => {
  const living = order.filter(({ id }) => !retired.has(id))
  const sample: Embedding[] = []
  const step = Math.max(1, living.length / sampled)
  for (let i = 0; i < living.length; i += step) {
    signal?.throwIfAborted()
    const embedding = await read(living[Math.floor(i)])
    if (embedding) sample.push(embedding)
  }
  if (sample.length === 0) return undefined
  return sketchIndex(fitProjection(sample, { basis: basisOf(living.length) }), { sample, room: living.length })
}
