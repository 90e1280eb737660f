import { list } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import { formed } from '../../rkme/embedding.js'
import { certify } from '../../search/certificate.js'
import { type ProductTable, productTable } from '../../search/products.js'
import { nearestSteps, type Pool } from '../../search/sketch/certified.js'
import { outsideOf } from '../../search/sketch/outside.js'
import type { Steps } from '../../search/steps.js'
import { type Decision, decide, type UnseenShare } from '../../search/task/decision.js'
import { knownPartSteps } from '../../search/task/known-parts.js'
import { misfit } from '../../search/task/misfit.js'
import { mixtureSteps } from '../../search/task/mixture.js'
import { unseenShare } from '../../search/task/unseen.js'
import { rank } from '../../search/topk.js'
import type { Description } from '../../specification/description/description.js'
import type { Requirement, Specification } from '../../specification/specification.js'
import { penaltyOf } from '../quality.js'
import { type Choice, checked, type SearchOptions, wantedBy } from './options.js'

/** A learnware as search sees it. */
export interface Candidate {
  readonly id: string
  readonly specification: Specification
  /** Needed where a search filters by description. */
  readonly description?: Description
  /** How much of a constant prediction's error its model takes away; a weak model ranks behind its distance. */
  readonly quality?: number
}

/** What a search found. Distances are MMDs under the terms of `island`; scores are 100 · max(0, 1 − distance²/‖Φ_u‖²). */
export interface Found {
  readonly island: string
  /** One learnware serves the task, several together, only a part of it is served, or none is of help. */
  readonly decision: Decision
  /** Singles, nearest first, ties by id; a weak model stands behind its distance ({@link penaltyOf}). */
  readonly ranked: readonly { readonly id: string; readonly distance: number; readonly score: number }[]
  readonly mixture: {
    /** Heaviest first, ties by id. */
    readonly members: readonly { readonly id: string; readonly weight: number }[]
    readonly distance: number
    /** `curve[k]` is the distance with k + 1 members. */
    readonly curve: readonly number[]
    readonly score: number
    /** How much distance² could still fall, at most, with all learnwares. */
    readonly gap: number
    /** `exact`: each member was proven to be the steepest of all learnwares when it was taken. */
    readonly certificate: 'exact' | 'none'
  }
  /** The part of the task that no learnware serves, with an interval. */
  readonly unseen: UnseenShare
  /** How sure the ranked singles are: `exact` proves that no learnware that was not evaluated belongs among them. */
  readonly certificate: 'exact' | 'epsilon' | 'none'
  /** With `epsilon`: nothing ranks before the last single by more than the factor 1 + epsilon. */
  readonly epsilon?: number
  /** Inner products of embeddings that were evaluated. */
  readonly evaluations: number
  /** What was found on the other islands that the requirement meets, best mixture first. */
  readonly others?: readonly Found[]
  /** Learnwares whose stored specification cannot be read any more: the search went on without them. */
  readonly corrupt?: readonly string[]
}

/** Further islands that one requirement may be made for. */
export const mostOthers = 64

/**
 * A requirement and its `others`, each island once: the first counts.
 * @throws RangeError for more than {@link mostOthers}.
 */
export const partsOf = (requirement: Requirement): Requirement[] => {
  const { others = [] } = requirement
  if (others.length > mostOthers) {
    throw new ValueError(
      `"requirement.others" expected at most ${mostOthers} further islands, got ${others.length}; specify under fewer terms at once`,
    )
  }
  const parts = new Map<string, Requirement>()
  for (const part of [requirement, ...others]) if (!parts.has(part.island)) parts.set(part.island, part)
  return [...parts.values()]
}

/**
 * The answer of a search, from specifications alone: description filter → islands → exact distances → mixture → unseen
 * share → decision (ALGORITHMS 2). Pure, so that it also runs in a worker. Where a requirement meets several islands, the
 * one whose mixture scores highest is the answer and holds the rest.
 * @throws RangeError for options out of range or too many islands; MarketError `incompatible` where a specification of the
 * same island has another kernel or dimension.
 */
export const searchSpecifications = (
  requirement: Requirement,
  entries: readonly Candidate[],
  given: SearchOptions = {},
): Found => {
  formed(requirement?.embedding, 'requirement.embedding')
  list(entries, 'entries').forEach((entry, i) => {
    formed(entry?.specification?.embedding, `entries[${i}].specification.embedding`)
  })
  const { signal, ...choice } = checked(given)
  const wanted = wantedBy(given.description)
  const met = entries.filter((entry) => wanted(entry.description))
  const found = partsOf(requirement).map((part) => {
    signal?.throwIfAborted()
    return searchAll(
      part,
      met.filter(({ specification }) => specification.island === part.island),
      choice,
    )
  })
  return bestOf(found)
}

/** The pipeline over learnwares that are all here. */
export const searchAll = (requirement: Requirement, entries: readonly Candidate[], choice: Choice): Found => {
  const candidates = entries.map(({ id, specification }) => ({ id, embedding: specification.embedding }))
  const penalties = entries.map(({ quality }) => penaltyOf(quality))
  const table = productTable(requirement.embedding, candidates)
  const { value, done } = islandSteps(requirement, { table, penalties }, choice).next()
  if (!done) throw new ValueError('a search among all learnwares asked for more of them')
  return value
}

/** What a search on one island goes over: all learnwares in a table, or a pool that an index fills. */
export interface Ground {
  readonly table: ProductTable
  readonly penalties: readonly number[]
  readonly pool?: Pool
}

/** The pipeline on one island, as steps that ask for the learnwares that its index shows to be near. */
export function* islandSteps(
  requirement: Requirement,
  { table, penalties, pool }: Ground,
  { top, members, decrease, constraint, epsilon }: Choice,
): Steps<Found> {
  const target = requirement.embedding
  const { ranked, certificate, ...sure } = pool
    ? yield* nearestSteps(pool, { top, epsilon })
    : { ranked: rank(table, penalties, top), ...certify(0, Number.POSITIVE_INFINITY) }
  const outside = pool && outsideOf(pool)
  const mixed = yield* mixtureSteps(table, { constraint, support: members, decrease }, outside)
  const known = yield* knownPartSteps(table, outside)
  const parts = mixed.members.map(({ index, weight }) => ({ weight, embedding: table.candidates[index].embedding }))
  const unseen = unseenShare(target, known)
  const single = ranked[0] && { weight: 1, embedding: table.candidates[ranked[0].index].embedding }
  return {
    island: requirement.island,
    decision: decide({
      single: single && misfit(target, [single]),
      mixture: misfit(target, parts),
      unseen,
    }),
    ranked: ranked.map(({ id, distance, score }) => ({ id, distance, score })),
    mixture: {
      members: mixed.members.map(({ id, weight }) => ({ id, weight })),
      distance: mixed.distance,
      curve: mixed.curve,
      score: mixed.score,
      gap: mixed.gap,
      certificate: mixed.certificate,
    },
    unseen,
    certificate,
    ...(certificate === 'epsilon' ? { epsilon: sure.epsilon } : {}),
    evaluations: table.evaluations(),
  }
}

/** The island whose mixture scores highest, with the others behind it. */
export const bestOf = (found: readonly Found[]): Found => {
  const [best, ...others] = [...found].sort(
    (a, b) => b.mixture.score - a.mixture.score || (a.island < b.island ? -1 : 1),
  )
  return others.length === 0 ? best : { ...best, others }
}
