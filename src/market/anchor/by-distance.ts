import { ValueError } from '../../base/error.js'
import type { Asked, DistanceReport } from '../../reuse/anchor/nearness.js'
import type { Embedding } from '../../rkme/embedding.js'
import { farthestFirst } from '../../search/anchor/medoids.js'
import { boundsBy, nextToAsk } from '../../search/anchor/pivots.js'
import { products } from '../../search/products.js'
import { score } from '../../search/topk.js'
import { mostTasks, squaredDistances } from './prototypes.js'

/** What a few inner products tell of the nearest learnwares of an island. */
export interface FoundByDistance {
  readonly kind: 'distance'
  readonly island: string
  /** The nearest of those asked, nearest first, ties by id. */
  readonly ranked: readonly { readonly id: string; readonly distance: number; readonly score: number }[]
  /** What to compare next, most promising first; none once the ranked are proved to be the nearest of all. */
  readonly ask: readonly Asked[]
  /** `exact` where no learnware of the island can be nearer than those ranked. */
  readonly certificate: 'exact' | 'none'
  /** Comparisons that the user has made. */
  readonly evaluations: number
  /** No learnware that was not asked is nearer than this. */
  readonly bound: number
}

/** The embeddings of an island, and what was worked out of them. */
export interface Embeddings {
  readonly ids: readonly string[]
  readonly of: readonly Embedding[]
  readonly norms: Float64Array
  column(j: number): Float64Array
  /** The first to ask: far from each other, the most central one first. */
  first(count: number): readonly number[]
}

/** Takes each inner product of an island once; `ids` in their order. */
export const embeddingsOf = (ids: readonly string[], of: readonly Embedding[]): Embeddings => {
  const columns = new Map<number, Float64Array>()
  let apart: ReturnType<typeof squaredDistances> | undefined
  return {
    ids,
    of,
    norms: Float64Array.from(of, (embedding) => products(embedding, [embedding])[0]),
    column: (j) => {
      const column = columns.get(j) ?? products(of[j], of)
      columns.set(j, column)
      return column
    },
    first: (count) => {
      apart ??= squaredDistances(of.slice(0, mostTasks))
      return farthestFirst(apart, Math.min(count, apart.rows))
    },
  }
}

/**
 * The nearest learnwares by distances only (ALGORITHMS 5.3): those whose lower bound is least are asked about, until no other
 * can be nearer than the `top` nearest of them. Exact: nothing is dismissed that is not proved farther.
 * @throws RangeError where an inner product is larger than ‖Φ_u‖ ‖Φ_a‖.
 */
export const inferByDistance = (
  { island, own, anchors }: DistanceReport,
  embeddings: Embeddings,
  { top, batch }: { top: number; batch: number },
): FoundByDistance => {
  const { ids, of, norms } = embeddings
  const place = new Map(ids.map((id, i) => [id, i]))
  const answers = anchors.flatMap(({ id, product }, k) => {
    const index = place.get(id)
    if (index === undefined) return []
    if (product * product > own * norms[index] * (1 + 1e-6) + 1e-12) {
      throw new ValueError(
        `"report.anchors[${k}].product" expected at most ‖Φ_u‖ ‖Φ_a‖ = ${Math.sqrt(own * norms[index])}, got ${product}; take reportDistances`,
      )
    }
    return [{ index, product }]
  })
  const count = Math.min(top, ids.length)
  const bounds = boundsBy(embeddings, own, answers)
  const next = answers.length === 0 ? embeddings.first(batch) : nextToAsk(bounds, { top: count, batch })
  const asked = new Set(answers.map(({ index }) => index))
  const isExact = next.length === 0 && bounds.asked.length >= count
  return {
    kind: 'distance',
    island,
    ranked: bounds.asked
      .slice(0, top)
      .map(({ index, distance }) => ({ id: ids[index], distance, score: score(distance, own) })),
    ask: next.map((index) => ({ id: ids[index], embedding: structuredClone(of[index]) })),
    certificate: isExact ? 'exact' : 'none',
    evaluations: answers.length,
    bound: bounds.lower.reduce(
      (least, value, i) => (asked.has(i) ? least : Math.min(least, value)),
      Number.POSITIVE_INFINITY,
    ),
  }
}
