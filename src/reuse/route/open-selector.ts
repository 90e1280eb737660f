import { ValueError } from '../../base/error.js'
import { type Matrix, takeRows } from '../../base/matrix.js'
import { permutation, uniforms } from '../../base/random.js'
import type { Learnware } from '../../learnware/learnware.js'
import { choosePenalty, fitHeads } from '../../rkme/heads.js'
import type { UnseenShare } from '../../search/task/decision.js'
import { knownParts } from '../../search/task/known-parts.js'
import { unseenFit } from '../../search/task/unseen.js'
import type { Requirement } from '../../specification/specification.js'
import { requirementOn } from '../proximity.js'
import { largest, type Member, mimicOf } from './mimic.js'
import { sharesOf } from './moments.js'
import { densityIn, supportLevel } from './support.js'

/** A selector with a further place, the last, for rows that no learnware serves. */
export interface OpenSelector {
  /** Learnwares with a part in the task, their weights the parts. */
  readonly members: readonly Member[]
  readonly unseen: UnseenShare
  /** The penalty that the rewritten risk chose. */
  readonly lambda: number
  /** Shares at every row, rows × (members + 1). */
  shares(X: Matrix): Float64Array
}

/** Part of a learnware's own rows that may lie where no learnware is taken to know anything. */
const outermost = 0.001

/** Rows of the user that heads are fitted on, and those that the penalty is chosen on. */
const backgroundRows = { fit: 500, choose: 250 } as const

/**
 * Heads for every learnware with a part in the task and one for what none of them serves, by risk rewriting from the user's
 * unlabelled rows and the learnwares' embeddings (ALGORITHMS 4.2, {@link fitHeads}); λ by the rewritten risk on rows and
 * points left out.
 * @throws RangeError for learnwares of several islands.
 */
export const openSelector = (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  X: Matrix,
  seed: number,
): OpenSelector => {
  const { island } = learnwares[0].terms
  const stranger = learnwares.find(({ terms }) => terms.island !== island)
  if (stranger) {
    throw new ValueError(
      `"learnwares" expected learnwares of one island, got ${island} and ${stranger.terms.island}; look at each island by itself`,
    )
  }
  const { embedding } = requirementOn(requirement, island)
  const candidates = learnwares.map(({ id, specification }) => ({ id, embedding: specification.embedding }))
  const found = knownParts(embedding, candidates)
  const { weights, ...unseen } = unseenFit(embedding, found)
  const members = found
    .map(({ index }, k) => ({ learnware: learnwares[index], weight: weights[k] }))
    .filter(({ weight }) => weight > 0)
  if (members.length === 0) return { members, unseen, lambda: 0, shares: ({ rows }) => new Float64Array(rows).fill(1) }
  const jobs = members.map(({ learnware, weight }) => ({ weight, embedding: learnware.specification.embedding }))
  const backgroundOf = (count: number) => {
    const some = permutation(uniforms(seed), X.rows, Math.min(X.rows, count)).sort()
    return { points: takeRows(X, some), weights: new Float64Array(some.length).fill(1 / some.length) }
  }
  const { lambda } = choosePenalty(jobs, backgroundOf(backgroundRows.choose), { open: true, seed })
  const heads = fitHeads(jobs, backgroundOf(backgroundRows.fit), { lambda, open: true })
  const width = members.length + 1
  const level = supportLevel(members, mimicOf(members, seed + 1), outermost)
  const shares = (Z: Matrix) => {
    const result = sharesOf(heads, Z)
    densityIn(members, Z).forEach((density, i) => {
      const row = result.subarray(i * width, (i + 1) * width)
      // So far out a head says nothing but the sign of what is almost 0.
      if (density < level) row.fill(0)
      if (density < level) row[width - 1] = 1
      // Where every head is 0 the row is nobody's.
      row[width - 1] += 1e-6
    })
    return result
  }
  return { members, unseen, lambda, shares }
}

/** The rows whose largest share is the last: those that no learnware serves, rising. */
export const unseenOf = ({ members }: OpenSelector, shares: Float64Array): Int32Array => {
  const width = members.length + 1
  return Int32Array.from({ length: shares.length / width }, (_, i) => i).filter(
    (i) => largest(shares, width, i) === members.length,
  )
}
