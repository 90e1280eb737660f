import type { Embedding } from '../../src/rkme/embedding.js'
import { mmd } from '../../src/rkme/mmd.js'
import { fitProjection } from '../../src/search/sketch/projection.js'
import { type SketchIndex, sketchIndex } from '../../src/search/sketch/sketch-index.js'
import type { Fetched, Steps } from '../../src/search/steps.js'

/** Learnwares with an index over them; an ordinal is a position in the list. */
export interface Indexed {
  readonly all: Fetched[]
  readonly index: SketchIndex
  /** Place by ordinal. */
  readonly places: number[]
}

export const indexed = (
  embeddings: readonly Embedding[],
  { basis = 64, penalty = () => 0 }: { basis?: number; penalty?: (i: number) => number } = {},
): Indexed => {
  const all = embeddings.map((embedding, i) => ({
    id: `id${String(i).padStart(5, '0')}`,
    embedding,
    penalty: penalty(i),
  }))
  const index = sketchIndex(fitProjection(embeddings, { dimension: 64, basis }), { sample: embeddings })
  return { all, index, places: all.map(({ embedding, penalty }, i) => index.add(i, embedding, { penalty })) }
}

/** Runs a search to its end, over learnwares that are here. */
export const driven = <T>(steps: Steps<T>, { all, index }: Indexed): { value: T; asked: number } => {
  let asked = 0
  let next = steps.next()
  while (!next.done) {
    asked += next.value.length
    next = steps.next(next.value.map((place) => all[index.ordinalAt(place) as number]))
  }
  return { value: next.value, asked }
}

/** Ids and distances by a plain look at all of them. */
export const plainRanking = (
  target: Embedding,
  all: readonly Fetched[],
): { id: string; distance: number; rank: number }[] =>
  all
    .map(({ id, embedding, penalty = 0 }) => {
      const distance = mmd(target, embedding)
      return { id, distance, rank: distance + penalty }
    })
    .sort((a, b) => a.rank - b.rank || a.distance - b.distance || (a.id < b.id ? -1 : 1))
