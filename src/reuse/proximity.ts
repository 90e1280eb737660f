import { KindError, MarketError, shown } from '../base/error.js'
import type { Learnware } from '../learnware/learnware.js'
import type { Requirement } from '../specification/specification.js'
import { distance } from './products.js'

/** How far every learnware is from a requirement. */
export interface Proximity {
  /** MMD of learnware l to the requirement (not squared). */
  readonly distances: Float64Array
  /** Learnwares from the nearest; equal distances by id. */
  readonly order: Int32Array
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

/** Distances of learnwares to a requirement, each measured on the learnware's own island. */
export const proximity = (learnwares: readonly Learnware[], requirement: Requirement): Proximity => {
  const distances = Float64Array.from(learnwares, ({ specification }) =>
    distance(requirementOn(requirement, specification.island).embedding, specification.embedding),
  )
  const order = Int32Array.from(learnwares, (_, l) => l).sort(
    (a, b) => distances[a] - distances[b] || (learnwares[a].id < learnwares[b].id ? -1 : 1),
  )
  return { distances, order }
}
