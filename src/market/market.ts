import { options, whole } from '../base/check.js'
import { KindError, MarketError, shown } from '../base/error.js'
import type { Learnware } from '../learnware/learnware.js'
import type { Runtime } from '../learnware/model.js'
import type { DistanceReport } from '../reuse/anchor/nearness.js'
import type { PerformanceReport } from '../reuse/anchor/performance.js'
import type { RequirementDescription } from '../specification/description/description.js'
import type { Requirement } from '../specification/specification.js'
import type { Terms } from '../specification/terms.js'
import type { Store } from '../store/store.js'
import { type AnchorOptions, type AnchorSearchOptions, anchorDesk } from './anchor/anchors.js'
import type { FoundByDistance } from './anchor/by-distance.js'
import type { FoundByPerformance } from './anchor/by-performance.js'
import { apply, type Catalogue, entryOf, readCatalogue, receiptOf, retirementRecord, searched } from './catalogue.js'
import { fetchLearnwares, type Wanted } from './match/fetch.js'
import type { Found } from './match/match.js'
import { type SearchOptions, searchOptions } from './match/options.js'
import { partsUnder, readRequirement } from './match/requirement.js'
import { searchables } from './match/searchable.js'
import { marketTerms } from './match/terms.js'
import type { Receipt } from './receipt.js'
import { type SubmitOptions, submit } from './submit/submit.js'
import { type Limits, readSubmission, type Submission } from './submit/validate.js'

/** A standing island and how many learnwares a search there sees. */
export interface IslandView {
  readonly island: string
  readonly terms: Terms
  readonly learnwares: number
}

/** Where learnwares are submitted and found. No method takes rows. */
export interface Market {
  /** The terms under which rows become comparable for a description; it takes a description, no rows. */
  terms(description: RequirementDescription): Promise<Terms>
  /** Checks a learnware and keeps it; a bad one is answered by a receipt, never by a throw. */
  submit(submission: Submission, options?: SubmitOptions): Promise<Receipt>
  /**
   * The learnwares that a requirement needs: nearest first, their best mixture, the share of the task that none serves.
   * A learnware whose stored specification is damaged is passed over and named in `corrupt`.
   * @throws MarketError `incompatible` where the requirement was made under terms that do not stand here.
   */
  search(requirement: Requirement | Uint8Array, options?: SearchOptions): Promise<Found>
  /**
   * Learnwares by a search's result (those with a score above 0, then the mixture's members), by what anchors found, or by
   * ids, their models opened here; whoever fetches closes the models.
   * @throws MarketError `absent`, `retired`, `denied` (quarantined), `corrupt`.
   */
  fetch(found: Wanted, options?: { signal?: AbortSignal }): Promise<Learnware[]>
  /**
   * Prototypes of an island, for a user with too few rows for a requirement: she runs them over her rows and reports how well
   * they did (`reportPerformance`). The first call runs every learnware of the island once. Whoever asks closes the models.
   * `where` is an island's key or a description; none stands for nothing found.
   * @throws RangeError where `count` is above the number of learnwares; MarketError `absent` for an unknown island.
   */
  anchors(where: RequirementDescription | string, options?: AnchorOptions): Promise<Learnware[]>
  /**
   * The helpful learnwares by what anchors did on a user's rows, or by her distances from them; and what to ask her next.
   * @throws TypeError or RangeError for a report that cannot be; MarketError `incompatible`, `absent`, `retired`, `denied`.
   */
  searchByAnchors(report: PerformanceReport, options?: AnchorSearchOptions): Promise<FoundByPerformance>
  searchByAnchors(report: DistanceReport, options?: AnchorSearchOptions): Promise<FoundByDistance>
  /** Archives a learnware: search no longer finds it; it is never deleted. */
  retire(id: string): Promise<void>
  /** What was answered when that learnware was submitted. */
  receipt(id: string): Promise<Receipt>
  /** The standing islands, by key. */
  islands(): Promise<IslandView[]>
  /** Closes the store and the runtime that the market was opened with, after what is under way. */
  close(): Promise<void>
}

const checkedLimits = (given: Partial<Limits>): Limits => {
  options(given, 'limits', ['modelBytes', 'specificationBytes'])
  const { modelBytes = 256 * 2 ** 20, specificationBytes = 64 * 2 ** 20 } = given
  return {
    modelBytes: whole(modelBytes, 'limits.modelBytes'),
    specificationBytes: whole(specificationBytes, 'limits.specificationBytes'),
  }
}

/**
 * Opens the market that a store holds; an empty store is an empty market. `runtime` opens the models' bytes.
 * @throws MarketError from the store: `locked`, `corrupt`, `version`, `absent`; the store is closed then.
 */
export const openMarket = async (opening: {
  store: Store
  runtime: Runtime
  limits?: Partial<Limits>
  signal?: AbortSignal
}): Promise<Market> => {
  options(opening, 'options', ['store', 'runtime', 'limits', 'signal'])
  const { store, runtime, limits: given = {}, signal } = opening
  const limits = checkedLimits(given)
  if (typeof store?.append !== 'function') {
    throw new KindError(`"store" expected a store such as memoryStore(), got ${shown(store)}`)
  }
  if (typeof runtime?.open !== 'function') {
    throw new KindError(`"runtime" expected what opens models, such as onnxRuntime(), got ${shown(runtime)}`)
  }
  signal?.throwIfAborted()
  const catalogue = await catalogueOf(store)
  const proposed = new Map<string, Terms>()
  const searchable = searchables(catalogue, store)
  const desk = anchorDesk({ catalogue, store, runtime })
  let queue: Promise<unknown> = Promise.resolve()
  let closing: Promise<void> | undefined

  const open = (given: { readonly signal?: AbortSignal } = {}, keys: readonly string[] = []): void => {
    options(given, 'options', ['signal', ...keys])
    if (closing) throw new MarketError('unreachable', 'this market is closed; open it again with openMarket')
    given.signal?.throwIfAborted()
  }
  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const result = queue.then(action)
    queue = result.catch(() => undefined)
    return result
  }
  return {
    async terms(description) {
      open()
      const terms = marketTerms(catalogue, description)
      propose(proposed, terms)
      return structuredClone(terms)
    },
    async submit(submission, given = {}) {
      open(given, ['onProgress'])
      const read = readSubmission(submission, limits)
      return inTurn(() => submit(read, { catalogue, store, runtime }, given))
    },
    async search(value, given = {}) {
      open(given, searchOptions)
      const [first, ...others] = partsUnder(
        readRequirement(value),
        (island) => catalogue.islands.get(island)?.terms ?? proposed.get(island),
      )
      return searchable.search([first, ...others], given)
    },
    async fetch(found, given = {}) {
      open(given)
      return fetchLearnwares(found, { catalogue, store, runtime }, given)
    },
    async anchors(where, given = {}) {
      open(given, ['count', 'onProgress'])
      return desk.anchors(where, given)
    },
    async searchByAnchors(report: PerformanceReport | DistanceReport, given: AnchorSearchOptions = {}): Promise<never> {
      open(given, ['top', 'batch', 'onProgress'])
      return desk.search(report, given) as Promise<never>
    },
    async retire(id) {
      open()
      return inTurn(async () => {
        entryOf(catalogue, id)
        if (catalogue.retired.has(id)) return
        const record = retirementRecord(id)
        await store.append([record])
        apply(catalogue, record)
      })
    },
    async receipt(id) {
      open()
      return receiptOf(entryOf(catalogue, id))
    },
    async islands() {
      open()
      return [...catalogue.islands.values()]
        .map(({ terms }) => ({
          island: terms.island,
          terms: structuredClone(terms),
          learnwares: searched(catalogue, terms.island).length,
        }))
        .sort((a, b) => (a.island < b.island ? -1 : 1))
    },
    close() {
      closing ??= inTurn(async () => {
        // An index is kept so that it need not be made again; where it cannot be kept, nothing is lost.
        await searchable.keep().catch(() => undefined)
        await store.close()
        await runtime.close?.()
      })
      return closing
    },
  }
}

/** What a store's records amount to; a store that this library cannot read is given free for others. */
const catalogueOf = async (store: Store): Promise<Catalogue> => {
  try {
    return readCatalogue(await store.records())
  } catch (error) {
    await Promise.allSettled([store.close()])
    throw error
  }
}

const mostProposed = 1000

/** Remembers terms that were handed out, so that a search under them finds nothing, as data, before anyone submitted. */
const propose = (proposed: Map<string, Terms>, terms: Terms): void => {
  proposed.delete(terms.island)
  proposed.set(terms.island, terms)
  if (proposed.size > mostProposed) proposed.delete(proposed.keys().next().value as string)
}
