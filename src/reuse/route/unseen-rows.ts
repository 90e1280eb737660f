import { options, whole } from '../../base/check.js'
import { type Matrix, takeRows } from '../../base/matrix.js'
import type { Learnware } from '../../learnware/learnware.js'
import { herd } from '../../rkme/reduce/herd.js'
import type { UnseenShare } from '../../search/task/decision.js'
import type { Rows } from '../../specification/rows/table.js'
import type { Requirement } from '../../specification/specification.js'
import { coordinatesOf } from '../density.js'
import { tableOf } from '../outputs.js'
import { outputOf } from '../target.js'
import { openSelector, unseenOf } from './open-selector.js'

/** Options of {@link unseenRows}. */
export interface UnseenRowsOptions {
  /** How many rows the user would label at most. */
  readonly budget?: number
  readonly seed?: number
}

/** The part of a task that no learnware serves, row by row. The share and its interval are those of the search. */
export interface UnseenRows extends UnseenShare {
  /** Rows that no learnware serves, rising. */
  readonly rows: Int32Array
  /** At every row the estimated chance that no learnware serves it, from 0 to 1. */
  readonly chances: Float64Array
  /** The rows most worth a label, of those that no learnware serves; the first are worth most. */
  readonly toLabel: Int32Array
  /** All this, as one would say it. */
  readonly sentence: string
}

/**
 * Which of a user's rows no learnware serves, and which of those to label first. It runs where the rows are, and nothing
 * leaves. Two thirds of the rows to label stand for the new part as herding picks them, the others are those that are
 * least surely new.
 * @throws RangeError or TypeError with one sentence for learnwares, rows or options that do not fit.
 */
export const unseenRows = (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  rows: Rows,
  settings: UnseenRowsOptions = {},
): UnseenRows => {
  options(settings, 'options', ['budget', 'seed'])
  const { budget = 50, seed = 0 } = settings
  whole(budget, 'budget', 1)
  whole(seed, 'seed')
  outputOf(learnwares)
  const { terms } = learnwares[0]
  const X = coordinatesOf(tableOf(rows, terms))(terms)
  const selector = openSelector(learnwares, requirement, X, seed)
  const shares = selector.shares(X)
  const width = selector.members.length + 1
  const unseen = unseenOf(selector, shares)
  const chances = Float64Array.from({ length: X.rows }, (_, i) => Math.min(1, shares[i * width + width - 1]))
  const { share, low, high } = selector.unseen
  const percent = (value: number): string => `${Math.round(100 * value)} %`
  return {
    share,
    low,
    high,
    rows: unseen,
    chances,
    toLabel: worthLabelling(X, unseen, chances, budget, terms.kernel),
    sentence:
      `about ${percent(share)} (${percent(low)} to ${percent(high)}) of the task looks like no job that these learnwares know; ` +
      `${unseen.length} of ${X.rows} rows do`,
  }
}

const worthLabelling = (
  X: Matrix,
  unseen: Int32Array,
  chances: Float64Array,
  budget: number,
  kernel: Learnware['terms']['kernel'],
): Int32Array => {
  if (unseen.length <= budget) return unseen.slice().sort((a, b) => chances[b] - chances[a] || a - b)
  const typical = Math.ceil((2 * budget) / 3)
  const { indices } = herd(takeRows(X, unseen), { kernel, size: 2 * typical, measure: false })
  const chosen = new Set([...new Set(indices)].slice(0, typical).map((place) => unseen[place]))
  const unsure = unseen.slice().sort((a, b) => chances[a] - chances[b] || a - b)
  for (const row of unsure) {
    if (chosen.size === budget) break
    chosen.add(row)
  }
  return Int32Array.from(chosen)
}
