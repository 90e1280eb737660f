import { KindError, MarketError, shown } from '../base/error.js'
import type { Learnware } from '../learnware/learnware.js'
import type { Requirement } from '../specification/specification.js'
import { distance } from './products.js'

/**
 * What anchors found without a requirement: learnwares, the most helpful first, with their distances or their expected
 * losses (`mean`) where those are known.
 */
export interface Ranking {
  readonly ranked: readonly { readonly id: string; readonly distance?: number; readonly mean?: number }[]
}

/** What says which learnwares are near: a requirement, or where there is none, what anchors found. */
export type Guide = Requirement | Ranking

/** Whether anchors stand in for a requirement. */
export const isRanking = (guide: Guide): guide is Ranking => Array.isArray((guide as Partial<Ranking> | null)?.ranked)

/** How far every learnware is from a requirement. */
export interface Proximity {
  /** MMD of learnware l to the requirement (not squared); NaN where anchors told the order only. */
  readonly distances: Float64Array
  /** Learnwares from the nearest; equal distances by id. */
  readonly order: Int32Array
  /** Expected losses, where anchors told them of all. */
  readonly losses?: Float64Array
}

/**
 * The part of a requirement that was made under the terms of an island.
 * @throws TypeError for what is no requirement; MarketError `incompatible` where there is none.
 */
export const requirementOn = (requirement: Requirement, island: string): Requirement => {
  if (typeof requirement?.island !== 'string' || requirement.embedding === undefined) {
    throw new KindError(`"requirement" expected what specify(terms, rows) makes, got ${shown(requirement)}`)
  }
  if (requirement.island === island) return requirement
  const other = requirement.others?.find((candidate) => candidate.island === island)
  if (other) return other
  throw new MarketError(
    'incompatible',
    `a learnware stands on island ${island}, the requirement was made for ${requirement.island}; specify your rows under that island's terms`,
  )
}

/** Distances of learnwares to a requirement, each measured on the learnware's own island, or the order that anchors found. */
export const proximity = (learnwares: readonly Learnware[], requirement: Guide): Proximity => {
  if (isRanking(requirement)) return rankedProximity(learnwares, requirement)
  const distances = Float64Array.from(learnwares, ({ specification }) =>
    distance(requirementOn(requirement, specification.island).embedding, specification.embedding),
  )
  const order = Int32Array.from(learnwares, (_, l) => l).sort(
    (a, b) => distances[a] - distances[b] || (learnwares[a].id < learnwares[b].id ? -1 : 1),
  )
  return { distances, order }
}

const rankedProximity = (learnwares: readonly Learnware[], { ranked }: Ranking): Proximity => {
  const places = learnwares.map(({ id }) => {
    const place = ranked.findIndex((entry) => entry?.id === id)
    return place < 0 ? ranked.length : place
  })
  const losses = Float64Array.from(places, (place) => ranked[place]?.mean ?? Number.NaN)
  return {
    ...(!losses.some(Number.isNaN) && { losses }),
    distances: Float64Array.from(places, (place) => ranked[place]?.distance ?? Number.NaN),
    order: Int32Array.from(learnwares, (_, l) => l).sort(
      (a, b) => places[a] - places[b] || (learnwares[a].id < learnwares[b].id ? -1 : 1),
    ),
  }
}
