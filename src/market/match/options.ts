import { finite, oneOf, options, whole } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import {
  type Description,
  type RequirementDescription,
  validateDescription,
} from '../../specification/description/description.js'
import { meets } from '../../specification/description/filter.js'

/** Options of a search. */
export interface SearchOptions {
  /** How many singles to rank, nearest first. */
  readonly top?: number
  /** At most so many members of the mixture. */
  readonly members?: number
  /**
   * A further member must lower the mixture's distance by this share, by default 0.05; 0 goes on to the end. Members of a weight
   * below 0.02 are left out in any case.
   */
  readonly decrease?: number
  /** Weights of the mixture: nonnegative (the part of the task that nobody serves is left over), or of sum 1. */
  readonly constraint?: 'cone' | 'simplex'
  /** Only learnwares whose description meets this one are looked at. */
  readonly description?: RequirementDescription
  /** Stop where no other learnware can rank before the last single by more than the factor 1 + epsilon. */
  readonly epsilon?: number
  /** On an island with an index: evaluate at most so many learnwares; the certificate tells what that left open. */
  readonly evaluations?: number
  /** The same for time. Answers that it cuts short differ from machine to machine. */
  readonly timeLimitMs?: number
  readonly signal?: AbortSignal
}

/** Checked options of a search. */
export type Choice = Required<Pick<SearchOptions, 'top' | 'members' | 'decrease' | 'constraint' | 'epsilon'>> &
  Pick<SearchOptions, 'evaluations' | 'timeLimitMs'>

/** The names of those options. */
export const searchOptions = [
  'top',
  'members',
  'decrease',
  'constraint',
  'description',
  'epsilon',
  'evaluations',
  'timeLimitMs',
  'signal',
]

/**
 * The options of a search with their defaults.
 * @throws RangeError for an unknown one or one out of range.
 */
export const checked = (given: SearchOptions): Choice & Pick<SearchOptions, 'signal'> => {
  options(given, 'options', searchOptions)
  const { top = 5, members = 10, decrease = 0.05, constraint = 'cone', epsilon = 0 } = given
  const { evaluations, timeLimitMs, signal } = given
  whole(top, 'top', 1)
  whole(members, 'members', 1)
  finite(decrease, 'decrease', 0, 1)
  oneOf(constraint, 'constraint', ['cone', 'simplex'])
  finite(epsilon, 'epsilon', 0)
  if (evaluations !== undefined) whole(evaluations, 'evaluations', 1)
  if (timeLimitMs !== undefined) finite(timeLimitMs, 'timeLimitMs', 0)
  return { top, members, decrease, constraint, epsilon, evaluations, timeLimitMs, signal }
}

/**
 * Whether a learnware's description meets the wanted one; without one, all do.
 * @throws RangeError where the wanted description is not valid.
 */
export const wantedBy = (
  wanted: RequirementDescription | undefined,
): ((description: Description | undefined) => boolean) => {
  if (wanted === undefined) return () => true
  const { description, findings } = validateDescription(wanted, { requirement: true })
  if (description === undefined) {
    throw new ValueError(
      `"description" is not valid: ${findings.map(({ path, message }) => `${path} ${message}`).join('; ')}`,
    )
  }
  return (own) => own !== undefined && meets(own, description)
}
