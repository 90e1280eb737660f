import type { Matrix } from '../../base/matrix.js'
import type { Learnware } from '../../learnware/learnware.js'
import { type Member, mimicOf, type Selector } from './mimic.js'
import type { Said } from './routed.js'
import { type SelectorKind, type SelectorOptions, selectorOf } from './selector.js'
import { densityIn, supportLevel } from './support.js'

/** Learnwares with a share of a task, a selector among them, and the border of what they know. */
export interface Selection {
  readonly members: readonly Member[]
  readonly selector: Selector
  /** Whether any member has been near each row. */
  known(X: Matrix): boolean[]
  /** The selector's shares, abstaining where no member has been. */
  select(X: Matrix): Said
}

/** What a {@link Selection} is made with. */
export interface SelectionOptions extends SelectorOptions {
  readonly kind: SelectorKind
  /** Part of a member's own mimic rows that count as outside. */
  readonly quantile: number
}

/** The {@link Selection} of the learnwares with a weight, all of one island. */
export const selectionOf = (
  learnwares: readonly Learnware[],
  weights: ArrayLike<number>,
  { kind, quantile, seed, mimic }: SelectionOptions,
): Selection => {
  const members = learnwares
    .map((learnware, l): Member => ({ learnware, weight: weights[l] }))
    .filter(({ weight }) => weight > 0)
  const selector = selectorOf(kind, members, { seed, mimic })
  const level = supportLevel(members, mimicOf(members, seed + 1), quantile)
  const known = (X: Matrix): boolean[] => Array.from(densityIn(members, X), (value) => value >= level)
  const select = (X: Matrix): Said => {
    const inside = known(X)
    return { shares: selector(X), abstains: (i) => !inside[i] }
  }
  return { members, selector, known, select }
}
