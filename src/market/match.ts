import { oneOf, options, whole } from '../base/check.js'
import { ValueError } from '../base/error.js'
import { type Decision, decide, type UnseenShare } from '../search/decision.js'
import { misfit } from '../search/misfit.js'
import { frankWolfe, type SparseMixture } from '../search/mixture.js'
import { productTable } from '../search/products.js'
import { nearest } from '../search/topk.js'
import { unseenShare, wideFit } from '../search/unseen.js'
import { type Description, type RequirementDescription, validateDescription } from '../specification/description.js'
import { meets } from '../specification/filter.js'
import type { Requirement, Specification } from '../specification/specification.js'

/** A learnware as search sees it. */
export interface Candidate {
  readonly id: string
  readonly specification: Specification
  /** Needed where a search filters by description. */
  readonly description?: Description
}

export interface SearchOptions {
  /** How many singles to rank, nearest first. */
  readonly top?: number
  /** At most so many members of the mixture. */
  readonly members?: number
  /** Weights of the mixture: nonnegative (the part of the task that nobody serves is left over), or of sum 1. */
  readonly constraint?: 'cone' | 'simplex'
  /** Only learnwares whose description meets this one are looked at. */
  readonly description?: RequirementDescription
  readonly signal?: AbortSignal
}

/** What a search found. Distances are MMDs under the terms of `island`; scores are 100 · max(0, 1 − distance²/‖Φ_u‖²). */
export interface Found {
  readonly island: string
  /** One learnware serves the task, several together, only a part of it is served, or none is of help. */
  readonly decision: Decision
  /** Singles, nearest first, ties by id. */
  readonly ranked: readonly { readonly id: string; readonly distance: number; readonly score: number }[]
  readonly mixture: {
    /** Heaviest first, ties by id. */
    readonly members: readonly { readonly id: string; readonly weight: number }[]
    readonly distance: number
    /** `curve[k]` is the distance with k + 1 members. */
    readonly curve: readonly number[]
    readonly score: number
  }
  /** The part of the task that no learnware serves, with an interval. */
  readonly unseen: UnseenShare
  /** Every candidate was compared exactly. */
  readonly certificate: 'exact'
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
  const { signal, ...choice } = checked(given)
  const met = described(entries, given.description)
  const found = partsOf(requirement).map((part) => {
    signal?.throwIfAborted()
    return searchIsland(
      part,
      met.filter(({ specification }) => specification.island === part.island),
      choice,
    )
  })
  const [best, ...others] = found.sort((a, b) => b.mixture.score - a.mixture.score || (a.island < b.island ? -1 : 1))
  return others.length === 0 ? best : { ...best, others }
}

type Choice = Required<Pick<SearchOptions, 'top' | 'members' | 'constraint'>>

const checked = (given: SearchOptions): Choice & Pick<SearchOptions, 'signal'> => {
  options(given, 'options', ['top', 'members', 'constraint', 'description', 'signal'])
  const { top = 5, members = 10, constraint = 'cone', signal } = given
  whole(top, 'top', 1)
  whole(members, 'members', 1)
  oneOf(constraint, 'constraint', ['cone', 'simplex'])
  return { top, members, constraint, signal }
}

const described = (entries: readonly Candidate[], wanted: RequirementDescription | undefined): readonly Candidate[] => {
  if (wanted === undefined) return entries
  const { description, findings } = validateDescription(wanted, { requirement: true })
  if (description === undefined) {
    throw new ValueError(
      `"description" is not valid: ${findings.map(({ path, message }) => `${path} ${message}`).join('; ')}`,
    )
  }
  return entries.filter((entry) => entry.description !== undefined && meets(entry.description, description))
}

const searchIsland = (
  requirement: Requirement,
  entries: readonly Candidate[],
  { top, members, constraint }: Choice,
): Found => {
  const target = requirement.embedding
  const candidates = entries.map(({ id, specification }) => ({ id, embedding: specification.embedding }))
  const table = productTable(target, candidates)
  const ranked = nearest(target, candidates, { top, table })
  const mixed = frankWolfe(target, candidates, { constraint, support: members, table })
  const known = frankWolfe(target, candidates, { ...wideFit, table })
  const partsOfFit = ({ members }: SparseMixture) =>
    members.map(({ index, weight }) => ({ weight, embedding: candidates[index].embedding }))
  const unseen = unseenShare(target, partsOfFit(known))
  const single = ranked[0] && { weight: 1, embedding: candidates[ranked[0].index].embedding }
  return {
    island: requirement.island,
    decision: decide({
      single: single && misfit(target, [single]),
      mixture: misfit(target, partsOfFit(mixed)),
      unseen,
    }),
    ranked: ranked.map(({ id, distance, score }) => ({ id, distance, score })),
    mixture: {
      members: mixed.members.map(({ id, weight }) => ({ id, weight })),
      distance: mixed.distance,
      curve: mixed.curve,
      score: mixed.score,
    },
    unseen,
    certificate: 'exact',
    evaluations: table.evaluations(),
  }
}
