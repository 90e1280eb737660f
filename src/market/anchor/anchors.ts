import { whole } from '../../base/check.js'
import { MarketError, ValueError } from '../../base/error.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { ModelOutput } from '../../learnware/model.js'
import type { DistanceReport } from '../../reuse/anchor/nearness.js'
import type { PerformanceReport } from '../../reuse/anchor/performance.js'
import type { Embedding } from '../../rkme/embedding.js'
import { decodeSpecification } from '../../specification/codec.js'
import type { RequirementDescription } from '../../specification/description/description.js'
import type { Store } from '../../store/store.js'
import { type Entry, type Holdings, searched } from '../catalogue.js'
import { fetchLearnwares } from '../match/fetch.js'
import { marketTerms } from '../match/terms.js'
import { declaredOutput } from '../mimic.js'
import { type AnchorReport, checkReport } from './answers.js'
import { type Embeddings, embeddingsOf, type FoundByDistance, inferByDistance } from './by-distance.js'
import { type FoundByPerformance, inferByPerformance } from './by-performance.js'
import { prototypes, type Sample, sampleOf, usualCount } from './prototypes.js'
import { type Transfer, type TransferOptions, transfers } from './transfer.js'

/** Options of `market.anchors`. */
export interface AnchorOptions extends TransferOptions {
  /** By default 8, or √N of a larger island, at most 16. */
  readonly count?: number
}

/** Options of `market.searchByAnchors`. */
export interface AnchorSearchOptions extends TransferOptions {
  /** How many to rank. */
  readonly top?: number
  /** By distance: how many to ask about at once; more of them save round trips and cost comparisons. */
  readonly batch?: number
}

/** The part of a market that serves users without a requirement. */
export interface AnchorDesk {
  anchors(where: RequirementDescription | string, options?: AnchorOptions): Promise<Learnware[]>
  search(report: AnchorReport, options?: AnchorSearchOptions): Promise<FoundByPerformance | FoundByDistance>
}

/** The embeddings of an island that could be read, and the learnwares they were read for. */
interface ReadEmbeddings {
  readonly asked: readonly string[]
  readonly read: Embeddings
}

/** What the desk keeps of one island while a market is open. */
interface Kept {
  sample?: Sample
  /** By how many there are. */
  readonly prototypes: Map<number, readonly string[]>
  embeddings?: ReadEmbeddings
}

/** Serves anchors from what a market holds; learnwares are run on each other's points when that is first needed. */
export const anchorDesk = ({ catalogue, store, runtime }: Holdings): AnchorDesk => {
  const transfer = transfers({ catalogue, store, runtime })
  const kept = new Map<string, Kept>()
  let queue: Promise<unknown> = Promise.resolve()

  /** One after the other, so that two users who come at once do not run every model twice. */
  const space = (island: string, options: TransferOptions) => {
    const result = queue.then(async () => {
      options.signal?.throwIfAborted()
      const ids = searched(catalogue, island).map(({ id }) => id)
      const keeping: Kept = kept.get(island) ?? { prototypes: new Map() }
      const sample = sampleOf(ids, keeping.sample)
      if (sample.of !== keeping.sample?.of) keeping.prototypes.clear()
      keeping.sample = sample
      kept.set(island, keeping)
      const run = await transfer(ids, sample.tasks, options)
      // A task whose own model fails was not tried by anyone; a learnware that fails was tried on none.
      const tasks = sample.tasks.filter((task) => ids.some((id) => isTried(id, task, run)))
      const able = ids.filter((id) => tasks.every((task) => isTried(id, task, run)))
      const known = new Set(able)
      return { keeping, tasks: tasks.filter((id) => known.has(id)), ids: able, run }
    })
    queue = result.catch(() => undefined)
    return result
  }

  const islandOf = (where: RequirementDescription | string): string | undefined => {
    if (typeof where !== 'string') {
      const terms = marketTerms(catalogue, where)
      return [terms, ...(terms.others ?? [])].find(({ island }) => searched(catalogue, island).length > 0)?.island
    }
    if (catalogue.islands.has(where)) return where
    throw new MarketError('absent', `no island ${where} stands in this market; market.islands() lists them`)
  }

  return {
    async anchors(where, given = {}) {
      const { count: wanted, ...rest } = given
      if (wanted !== undefined) whole(wanted, 'count', 1)
      const island = islandOf(where)
      if (island === undefined) return []
      const { keeping, tasks, ids, run } = await space(island, rest)
      if (wanted !== undefined && wanted > tasks.length) {
        throw new ValueError(
          `"count" expected at most ${tasks.length}, since the island has no more learnwares to choose from, got ${wanted}; ask for fewer`,
        )
      }
      const count = Math.min(wanted ?? usualCount(ids.length), tasks.length)
      if (count === 0) return []
      let chosen = keeping.prototypes.get(count)
      if (chosen === undefined || !chosen.every((id) => tasks.includes(id))) {
        chosen = prototypes(tasks, run, count)
        keeping.prototypes.set(count, chosen)
      }
      return fetchLearnwares(chosen, { catalogue, store, runtime }, { signal: rest.signal })
    },
    async search(report, given = {}) {
      const { top = 5, batch = 1, ...rest } = given
      whole(top, 'top', 1)
      whole(batch, 'batch', 1)
      const { description } = checkReport(report, catalogue)
      return report.kind === 'performance' ? byPerformance(report) : byDistance(report)

      async function byPerformance(report: PerformanceReport): Promise<FoundByPerformance> {
        const { ids, tasks, run } = await space(report.island, rest)
        return inferByPerformance(report, {
          ids,
          tasks,
          transfer: run,
          output: declaredOutput(description) as ModelOutput,
          top,
        })
      }

      async function byDistance(report: DistanceReport): Promise<FoundByDistance> {
        const keeping: Kept = kept.get(report.island) ?? { prototypes: new Map() }
        kept.set(report.island, keeping)
        const entries = searched(catalogue, report.island)
        const same = keeping.embeddings?.asked
        if (same?.length !== entries.length || entries.some(({ id }, i) => id !== same[i])) {
          keeping.embeddings = await readEmbeddings(entries, store, keeping.embeddings, rest.signal)
        }
        return inferByDistance(report, (keeping.embeddings as ReadEmbeddings).read, { top, batch })
      }
    },
  }
}

const isTried = (id: string, task: string, { measures }: Transfer): boolean => measures.get(id)?.has(task) ?? false

/** Reads what an island's earlier embeddings do not hold; a damaged specification is passed over. */
const readEmbeddings = async (
  entries: readonly Entry[],
  store: Store,
  earlier: ReadEmbeddings | undefined,
  signal: AbortSignal | undefined,
): Promise<ReadEmbeddings> => {
  const known = new Map(earlier?.read.ids.map((id, i) => [id, earlier.read.of[i]]))
  const ids: string[] = []
  const of: Embedding[] = []
  for (const { id, specification } of entries) {
    signal?.throwIfAborted()
    try {
      of.push(known.get(id) ?? decodeSpecification(await store.blob(specification)).embedding)
      ids.push(id)
    } catch (error) {
      if (!(error instanceof MarketError) || (error.code !== 'corrupt' && error.code !== 'absent')) throw error
    }
  }
  return { asked: entries.map(({ id }) => id), read: embeddingsOf(ids, of) }
}
