import { KindError, shown, ValueError } from '../../base/error.js'
import { listed, nearMiss } from '../fuzzy.js'

/** What reading needs to know of a column; every `Column` of terms and every input of a model has this form. */
export interface ColumnShape {
  readonly name: string
  readonly kind: 'numeric' | 'integer' | 'binary' | 'categorical' | 'ordinal'
  readonly categories?: readonly string[]
  readonly missing?: 'none' | 'allowed'
}

/** Turns a cell into its number: the value, the index of its category, or NaN where it is missing. */
export type CellReader = (cell: unknown, row: number) => number

// No digit can be read in two ways: a cell of many digits would be tried in all of them.
const decimal = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/
const missingWords = new Set(['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL'])

/** True for undefined, null, NaN and the words that files use for a missing cell. */
export const isMissing = (cell: unknown): boolean =>
  cell === undefined ||
  cell === null ||
  Number.isNaN(cell) ||
  (typeof cell === 'string' && missingWords.has(cell.trim()))

/** True for a text that is a decimal number. */
export const isDecimal = (text: string): boolean => decimal.test(text)

/** The reader of one column; `place` turns a row's index into words for a message. */
export const cellReader = (column: ColumnShape, place: (row: number) => string): CellReader => {
  const { name, kind, categories } = column
  const absent = (row: number): number => {
    if (column.missing === 'allowed') return Number.NaN
    throw new ValueError(
      `column "${name}" expects a value in every row, got none ${place(row)}; fill it or drop the row (the terms allow no missing value here)`,
    )
  }
  const isWords = kind === 'categorical' || kind === 'ordinal' || (kind === 'binary' && (categories?.length ?? 0) > 0)
  return isWords ? wordReader(column, absent, place) : numberReader(name, kind, absent, place)
}

/** Refuses an index that names no category, for columns that arrive as numbers in a matrix. */
export const indexReader = (column: ColumnShape, place: (row: number) => string): CellReader => {
  if (column.kind !== 'categorical' && column.kind !== 'ordinal')
    return cellReader({ ...column, categories: undefined }, place)
  const read = cellReader({ ...column, kind: 'numeric' }, place)
  const levels = column.categories?.length ?? 0
  return (cell, row) => {
    const index = read(cell, row)
    if (!Number.isNaN(index) && (!Number.isInteger(index) || index < 0 || index >= levels)) {
      throw new ValueError(
        `column "${column.name}" of a matrix expects the index of a category, 0 to ${levels - 1}, got ${index} ${place(row)}; pass a table by column name to use words`,
      )
    }
    return index
  }
}

const wordReader = (
  { name, categories = [] }: ColumnShape,
  absent: (row: number) => number,
  place: (row: number) => string,
): CellReader => {
  const index = new Map(categories.map((word, i) => [word, i]))
  return (cell, row) => {
    if (typeof cell === 'object' && cell !== null) {
      throw new KindError(`column "${name}" expects a word, got ${shown(cell)} ${place(row)}`)
    }
    const known =
      cell === undefined || cell === null ? undefined : (index.get(String(cell)) ?? index.get(String(cell).trim()))
    if (known !== undefined) return known
    if (isMissing(cell)) return absent(row)
    const meant = nearMiss(String(cell), categories)
    throw new ValueError(
      `column "${name}" has the unknown category ${shown(String(cell))} ${place(row)}; ` +
        `${meant === undefined ? '' : `did you mean ${JSON.stringify(meant)}? `}known: ${listed(categories)}`,
    )
  }
}

const numberReader =
  (
    name: string,
    kind: ColumnShape['kind'],
    absent: (row: number) => number,
    place: (row: number) => string,
  ): CellReader =>
  (cell, row) => {
    let value: number
    if (typeof cell === 'number') value = cell
    else if (typeof cell === 'bigint' || typeof cell === 'boolean') value = Number(cell)
    else if (typeof cell === 'string' && isDecimal(cell)) value = Number(cell)
    else if (isMissing(cell)) value = Number.NaN
    else {
      throw new KindError(
        `column "${name}" expects numbers, got ${shown(cell)} ${place(row)}; ${typeof cell === 'string' ? 'write it as a decimal number, or leave it empty where it is missing' : 'convert it first'}`,
      )
    }
    if (Number.isNaN(value)) return absent(row)
    if (!Number.isFinite(value)) {
      throw new ValueError(
        `column "${name}" expects finite numbers, got ${shown(cell)} ${place(row)}; fill or drop it first`,
      )
    }
    if (kind === 'integer' && !Number.isInteger(value)) {
      throw new ValueError(
        `column "${name}" expects whole numbers, got ${shown(cell)} ${place(row)}; round it, or describe the column as numeric`,
      )
    }
    if (kind === 'binary' && value !== 0 && value !== 1) {
      throw new ValueError(`column "${name}" expects 0 or 1, got ${shown(cell)} ${place(row)}`)
    }
    return value
  }
