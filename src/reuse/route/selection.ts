import type { Matrix } from '../../base/matrix.js'
import { type Member, mimicOf, type Selector } from './mimic.js'
import type { Said } from './routed.js'
import { densityIn, supportLevel } from './support.js'

/** A selector among learnwares, and the border of what they know. */
export interface Selection {
  /** Whether any member has been near each row. */
  known(X: Matrix): boolean[]
  /** The selector's shares, abstaining where no member has been. */
  select(X: Matrix): Said
}

/** The {@link Selection} of members of one island; `quantile` is the part of a member's own mimic rows that count as outside. */
export const selectionOf = (
  members: readonly Member[],
  selector: Selector,
  quantile: number,
  seed: number,
): Selection => {
  const level = supportLevel(members, mimicOf(members, seed + 1), quantile)
  const known = (X: Matrix): boolean[] => Array.from(densityIn(members, X), (value) => value >= level)
  const select = (X: Matrix): Said => {
    const inside = known(X)
    return { shares: selector(X), abstains: (i) => !inside[i] }
  }
  return { known, select }
}

/** The learnwares with a weight. */
export const membersOf = (learnwares: readonly Member['learnware'][], weights: ArrayLike<number>): Member[] =>
  learnwares.map((learnware, l): Member => ({ learnware, weight: weights[l] })).filter(({ weight }) => weight > 0)
