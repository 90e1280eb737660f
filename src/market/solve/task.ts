import { KindError, shown, ValueError } from '../../base/error.js'
import { isDecimal, isMissing } from '../../specification/rows/cells.js'
import { cellsOf, cellsTable, columnNames, type Rows, rowCount, type Table } from '../../specification/rows/table.js'
import type { LabelTerms, Terms } from '../../specification/terms.js'
import type { IslandView } from '../market.js'

/** What someone wants predicted: rows, of which some have a label. */
export interface Task {
  readonly rows: Rows
  readonly count: number
  /** The target's name, where it is a column of the rows. */
  readonly target?: string
  /** Row indices with a label. */
  readonly labelled: Int32Array
  /** Their labels as they came. */
  readonly cells: readonly unknown[]
}

/**
 * Rows and labels of a task; blanks (undefined, null, NaN, an empty cell, NA) are rows without a label.
 * @throws TypeError or RangeError with one sentence for a target that is no column or has another length than the rows.
 */
export const taskOf = (rows: Rows, target: string | ArrayLike<unknown> | undefined): Task => {
  const count = rowCount(rows)
  if (count === 0) throw new ValueError('"rows" expected at least one row, got 0', 'shape')
  const cells = targetCells(rows, target, count)
  const labelled = Int32Array.from({ length: count }, (_, i) => i).filter((i) => !isMissing(cells[i]))
  return {
    rows,
    count,
    labelled,
    cells: Array.from(labelled, (i) => cells[i]),
    ...(typeof target === 'string' ? { target } : {}),
  }
}

const targetCells = (
  rows: Rows,
  target: string | ArrayLike<unknown> | undefined,
  count: number,
): ArrayLike<unknown> => {
  if (target === undefined) return []
  if (typeof target === 'string') {
    const cells = cellsOf(rows, target)
    if (cells) return cells
    const names = columnNames(rows)
    const has = names ? `the rows have ${names.slice(0, 8).join(', ')}` : 'the rows have no column names'
    throw new ValueError(`"target" names no column, got ${shown(target)}; ${has}`)
  }
  if (typeof target !== 'object' || target === null || typeof target.length !== 'number') {
    throw new KindError(`"target" expected the name of a column or an array with blanks, got ${shown(target)}`)
  }
  if (target.length !== count) {
    throw new ValueError(
      `"target" expected length ${count}, one cell for each row, got ${target.length}; leave unknown ones blank`,
      'shape',
    )
  }
  return target
}

/**
 * The labels as the terms want them: numbers (text of a number is read), or names of classes.
 * @throws RangeError naming the first cell that is no number where a real is predicted.
 */
export const labelsOf = ({ cells, labelled }: Task, { kind }: LabelTerms): number[] | string[] => {
  if (kind === 'classes') return cells.map((cell) => String(cell).trim())
  return cells.map((cell, k) => {
    const value = numberOf(cell)
    if (value !== undefined) return value
    throw new ValueError(
      `"target" expected a number in row ${labelled[k] + 1}, since a real is predicted, got ${shown(cell)}; correct it or leave it blank`,
    )
  })
}

const numberOf = (cell: unknown): number | undefined => {
  const value = typeof cell === 'string' && isDecimal(cell) ? Number(cell) : cell
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** The columns of the terms in the labelled rows. */
export const labelledRows = ({ rows, labelled }: Task, { columns }: Terms): Table =>
  cellsTable(
    rows,
    columns.map(({ name }) => name),
    labelled,
  )

/** Terms that were taken without a description, and why; or what kept all islands from fitting. */
export type Assumption =
  | { readonly terms: Terms; readonly sentence: string }
  | { readonly terms?: undefined; readonly sentence: string }

/**
 * The islands whose columns the rows have and whose labels the target fits, the one with most learnwares first, the rest
 * as its `others`.
 */
export const assumedTerms = (task: Task, islands: readonly IslandView[]): Assumption => {
  const names = new Set(columnNames(task.rows))
  const missing = ({ terms }: IslandView): string[] =>
    terms.columns.map(({ name }) => name).filter((name) => !names.has(name) || name === task.target)
  const complete = islands.filter((island) => missing(island).length === 0)
  const suited = complete
    .filter(({ terms }) => suits(task, terms.labels))
    .sort((a, b) => suitability(b, task) - suitability(a, task) || b.learnwares - a.learnwares)
  if (suited.length > 0) {
    const [{ terms }, ...others] = suited.filter(({ terms }) => terms.labels.kind === suited[0].terms.labels.kind)
    const what = terms.labels.kind === 'classes' ? `a class of ${terms.labels.classes.join(', ')}` : 'a number'
    return {
      terms: others.length > 0 ? { ...terms, others: others.map((other) => other.terms) } : terms,
      sentence:
        `No description was given: it was assumed that ${what} is to be predicted from ${terms.columns.length} columns that ` +
        `your rows share with ${others.length === 0 ? 'one island' : `${others.length + 1} islands`} of this market.`,
    }
  }
  if (complete.length > 0) {
    return {
      sentence: 'Islands of this market have your columns, but none predicts what your labels say; give a description.',
    }
  }
  const [nearest] = [...islands].sort(
    (a, b) => missing(a).length / a.terms.columns.length - missing(b).length / b.terms.columns.length,
  )
  if (nearest === undefined) return { sentence: 'This market holds no learnware yet.' }
  const lacking = missing(nearest)
  return {
    sentence:
      `No island of this market has the columns of your rows; the nearest also wants ${lacking.slice(0, 5).join(', ')}` +
      `${lacking.length > 5 ? ` and ${lacking.length - 5} more` : ''}. Add them, or give a description.`,
  }
}

const suits = ({ cells }: Task, labels: LabelTerms): boolean => {
  if (labels.kind === 'none') return cells.length === 0
  if (labels.kind === 'real') return cells.every((cell) => numberOf(cell) !== undefined)
  const classes = new Set(labels.classes)
  return cells.every((cell) => classes.has(String(cell).trim()))
}

/** Text is rather a class and a number rather a real, where both would do. */
const suitability = ({ terms }: IslandView, { cells }: Task): number =>
  (terms.labels.kind === 'real') === (typeof cells[0] === 'number') ? 1 : 0
