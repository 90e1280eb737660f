import { KindError, MarketError, shown } from '../../base/error.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { ModelOutput } from '../../learnware/model.js'
import type { Ranking } from '../../reuse/proximity.js'
import { decodeSpecification } from '../../specification/codec.js'
import { entryOf, type Holdings } from '../catalogue.js'
import { declaredInputs, declaredOutput } from '../mimic.js'
import type { Found } from './match.js'

/** What says which learnwares to fetch: the result of a search, what anchors found, or ids. */
export type Wanted = Found | (Ranking & { readonly kind: 'performance' | 'distance' }) | readonly string[]

/**
 * The ids that a result names: the ranked, nearest first, as far as they are nearer to the task than nothing is (a score
 * above 0), then the members of the mixture that are not among them. What anchors found has no mixture: all its ranked.
 */
export const idsOf = (wanted: Wanted): string[] => {
  if (Array.isArray(wanted)) return [...new Set(wanted as readonly string[])]
  const found = wanted as (Partial<Found> & { readonly kind?: unknown }) | null
  if (Array.isArray(found?.ranked) && (found.kind === 'performance' || found.kind === 'distance')) {
    return [...new Set(found.ranked.map(({ id }) => id))]
  }
  if (!Array.isArray(found?.ranked) || !Array.isArray(found.mixture?.members)) {
    throw new KindError(`"found" expected the result of a search or an array of ids, got ${shown(wanted)}`)
  }
  const { ranked, mixture } = found as Found
  const near = ranked.filter(({ score }) => score > 0)
  return [...new Set([...near, ...mixture.members].map(({ id }) => id))]
}

/**
 * Learnwares with their models opened here; the bytes are held against their hash. Whoever fetches closes the models.
 * @throws MarketError `absent`, `retired`, `denied` (quarantined), `corrupt`; models opened so far are closed then.
 */
export const fetchLearnwares = async (
  wanted: Wanted,
  { catalogue, store, runtime }: Omit<Holdings, 'store'> & { readonly store: Pick<Holdings['store'], 'blob'> },
  { signal }: { signal?: AbortSignal } = {},
): Promise<Learnware[]> => {
  const entries = idsOf(wanted).map((id) => entryOf(catalogue, id, { usable: true }))
  const opened: Learnware[] = []
  try {
    for (const { id, description, island, model, specification } of entries) {
      signal?.throwIfAborted()
      const terms = catalogue.islands.get(island)?.terms
      if (terms === undefined) {
        throw new MarketError(
          'corrupt',
          `the store holds the learnware ${id} without its island; restore it from a copy`,
        )
      }
      opened.push({
        id,
        description: structuredClone(description),
        terms: structuredClone(terms),
        specification: decodeSpecification(await store.blob(specification)),
        model: await runtime.open(await store.blob(model), {
          inputs: declaredInputs(description, terms),
          output: declaredOutput(description) as ModelOutput,
        }),
      })
    }
    signal?.throwIfAborted()
    return opened
  } catch (error) {
    await Promise.allSettled(opened.map(({ model }) => model.close()))
    throw error
  }
}
