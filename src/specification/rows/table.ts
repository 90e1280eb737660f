import { KindError, shown, ValueError } from '../../base/error.js'
import { isMatrix, type Matrix, matrix } from '../../base/matrix.js'
import { listed, nearMiss } from '../fuzzy.js'
import { type ColumnShape, cellReader, indexReader } from './cells.js'

export type { ColumnShape } from './cells.js'

/** A column of an Arrow table: cells by position. */
export interface ArrowColumn {
  readonly length: number
  get(index: number): unknown
}

/** What is read of an Arrow table; apache-arrow's `Table` has this form. */
export interface ArrowLike {
  readonly schema: { readonly fields: readonly { readonly name: string }[] }
  getChild(name: string): ArrowColumn | null
}

/** Rows by column name: an array of objects, an object of equally long columns, or an Arrow table. */
export type Table = readonly object[] | Readonly<Record<string, ArrayLike<unknown>>> | ArrowLike

/** What every function that takes a user's rows accepts; a matrix (or an array of rows) has the terms' column order. */
export type Rows = Table | Matrix | ArrayLike<ArrayLike<number>>

/** Cells by column, whatever form the rows came in. */
interface Source {
  readonly rows: number
  /** Column names, or undefined where columns stand in order. */
  readonly names: readonly string[] | undefined
  column(name: string, position: number): ((row: number) => unknown) | undefined
}

/**
 * Raw values of the asked columns in their order, rows × columns, f64: numbers as they are, the index of a category, NaN
 * where a value is missing. Other columns of the table are ignored. The rows are read once and not kept.
 * @throws TypeError or RangeError with one sentence: which column and row, what was expected, what to do.
 */
export const readTable = (rows: Rows, columns: readonly ColumnShape[]): Matrix => {
  const source = sourceOf(rows, columns.length)
  if (source.rows === 0) throw new ValueError('"rows" expected at least one row, got 0', 'shape')
  const data = new Float64Array(source.rows * columns.length)
  const place = (row: number): string => `in row ${row + 1} of ${source.rows}`
  columns.forEach((column, j) => {
    const cell = source.column(column.name, j)
    if (cell === undefined) throw missingColumn(column.name, source.names ?? [])
    const read = source.names === undefined ? indexReader(column, place) : cellReader(column, place)
    for (let i = 0; i < source.rows; i++) data[i * columns.length + j] = read(cell(i), i)
  })
  return matrix(data, source.rows, columns.length)
}

/** Number of rows of a table or matrix. */
export const rowCount = (rows: Rows): number => sourceOf(rows).rows

/**
 * The column names of a table, or undefined for a matrix.
 * @throws TypeError where `rows` is neither.
 */
export const columnNames = (rows: Rows): readonly string[] | undefined => sourceOf(rows).names

/** The cells of one column of a table as they are, or undefined where it has no such column. */
export const cellsOf = (rows: Rows, name: string): unknown[] | undefined => {
  const source = sourceOf(rows)
  const cell = source.names === undefined ? undefined : source.column(name, 0)
  return cell === undefined ? undefined : Array.from({ length: source.rows }, (_, i) => cell(i))
}

/** Some rows of a table with the named columns, cells as they are. */
export const cellsTable = (
  rows: Rows,
  names: readonly string[],
  indices: Int32Array,
): Readonly<Record<string, unknown[]>> =>
  Object.fromEntries(
    names.map((name) => {
      const cells = cellsOf(rows, name) ?? []
      return [name, Array.from(indices, (i) => cells[i])]
    }),
  )

const missingColumn = (name: string, names: readonly string[]): ValueError => {
  const meant = nearMiss(name, names)
  return new ValueError(
    `"rows" has no column "${name}"; ${meant === undefined ? '' : `did you mean ${JSON.stringify(meant)}? `}` +
      `${names.length === 0 ? 'it has no column at all' : `it has ${listed(names)}`}; rename or add it`,
    'shape',
  )
}

const isSequence = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))

const isArrow = (value: object): value is ArrowLike =>
  typeof (value as ArrowLike).getChild === 'function' && Array.isArray((value as ArrowLike).schema?.fields)

const sourceOf = (rows: Rows, width?: number): Source => {
  if (typeof rows !== 'object' || rows === null) {
    throw new KindError(`"rows" expected a table by column name or a matrix, got ${shown(rows)}`)
  }
  if (isMatrix(rows)) return matrixSource(matrix(rows.data, rows.rows, rows.columns), width)
  if (isArrow(rows)) return arrowSource(rows)
  if (Array.isArray(rows))
    return rows.length > 0 && isSequence(rows[0])
      ? arraySource(rows, width)
      : objectSource(rows as readonly Readonly<Record<string, unknown>>[])
  return columnSource(rows as Readonly<Record<string, ArrayLike<unknown>>>)
}

const ordered = (
  rows: number,
  columns: number,
  width: number | undefined,
  cell: (row: number, column: number) => unknown,
): Source => {
  if (width !== undefined && columns !== width) {
    throw new ValueError(`"rows" expected ${width} columns, in the order of the terms, got ${columns}`, 'shape')
  }
  return { rows, names: undefined, column: (_, position) => (row) => cell(row, position) }
}

const matrixSource = ({ rows, columns, data }: Matrix, width?: number): Source =>
  ordered(rows, columns, width, (row, column) => data[row * columns + column])

const arraySource = (rows: readonly ArrayLike<unknown>[], width?: number): Source => {
  const columns = rows[0].length
  rows.forEach((row, i) => {
    if (!isSequence(row) || row.length !== columns) {
      throw new ValueError(
        `"rows" expected ${columns} values in row ${i + 1}, got ${shown(row?.length ?? row)}`,
        'shape',
      )
    }
  })
  return ordered(rows.length, columns, width, (row, column) => rows[row][column])
}

const objectSource = (rows: readonly Readonly<Record<string, unknown>>[]): Source => {
  const names = new Set<string>()
  rows.forEach((row, i) => {
    if (typeof row !== 'object' || row === null || isSequence(row)) {
      throw new KindError(`"rows" expected an object by column name in row ${i + 1}, got ${shown(row)}`)
    }
    for (const name of Object.keys(row)) names.add(name)
  })
  return {
    rows: rows.length,
    names: [...names],
    column: (name) =>
      names.has(name) ? (row) => (Object.hasOwn(rows[row], name) ? rows[row][name] : undefined) : undefined,
  }
}

const columnSource = (table: Readonly<Record<string, ArrayLike<unknown>>>): Source => {
  const names = Object.keys(table)
  for (const name of names) {
    if (!isSequence(table[name])) {
      throw new KindError(
        `"rows" expected an array in column "${name}", got ${shown(table[name])}; pass an array of objects, an object of arrays, or a matrix`,
      )
    }
    if (table[name].length !== table[names[0]].length) {
      throw new ValueError(
        `"rows" expected ${table[names[0]].length} values in column "${name}" as in "${names[0]}", got ${table[name].length}`,
        'shape',
      )
    }
  }
  return {
    rows: names.length === 0 ? 0 : table[names[0]].length,
    names,
    column: (name) => (Object.hasOwn(table, name) ? (row) => table[name][row] : undefined),
  }
}

const arrowSource = (table: ArrowLike): Source => {
  const names = table.schema.fields.map(({ name }) => name)
  const first = names.length === 0 ? null : table.getChild(names[0])
  return {
    rows: first?.length ?? 0,
    names,
    column: (name) => {
      const column = names.includes(name) ? table.getChild(name) : null
      return column === null ? undefined : (row) => column.get(row)
    },
  }
}
