import { KindError, shown, ValueError } from './error.js'

/** Numbers in rows and columns, row-major: entry (i, j) is `data[i * columns + j]`. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly data: Float32Array | Float64Array
}

/** What every function that takes samples accepts: a {@link Matrix} or an array of equally long rows. */
export type Samples = Matrix | ArrayLike<ArrayLike<number>>

/**
 * A matrix over the given numbers (the array is used as it is, not copied).
 * @throws TypeError where `data` is no Float32Array or Float64Array; RangeError where its length is not rows × columns.
 */
export const matrix = (data: Float32Array | Float64Array, rows: number, columns: number): Matrix => {
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) {
    throw new KindError(`"data" expected a Float32Array or Float64Array, got ${shown(data)}`)
  }
  for (const [name, value] of [
    ['rows', rows],
    ['columns', columns],
  ] as const) {
    if (!Number.isInteger(value) || value < 0) {
      throw new ValueError(`"${name}" expected a whole number of at least 0, got ${shown(value)}`, 'shape')
    }
  }
  if (data.length !== rows * columns) {
    throw new ValueError(`"data" expected length ${rows * columns} (${rows} × ${columns}), got ${data.length}`, 'shape')
  }
  return { rows, columns, data }
}

/** True for anything of the form of a {@link Matrix}. */
export const isMatrix = (value: unknown): value is Matrix =>
  typeof value === 'object' &&
  value !== null &&
  'data' in value &&
  'rows' in value &&
  'columns' in value &&
  (value.data instanceof Float32Array || value.data instanceof Float64Array)

/**
 * Samples as a checked {@link Matrix}: at least one row and one column, all rows equally long, every entry finite.
 * A matrix is returned as it is; rows become a new Float64Array.
 */
export const samples = (value: Samples, name: string): Matrix => {
  const result = shaped(value, name)
  finiteEntries(result, name)
  return result
}

/** {@link samples} whose entries are still to be looked at, by {@link finiteEntries} or by whoever adds them up. */
export const shaped = (value: Samples, name: string): Matrix => {
  const result = isMatrix(value) ? matrix(value.data, value.rows, value.columns) : fromRows(value, name)
  if (result.rows === 0 || result.columns === 0) {
    throw new ValueError(
      `"${name}" expected at least one row and one column, got ${result.rows} × ${result.columns}`,
      'shape',
    )
  }
  return result
}

/** Refuses a matrix that has an entry which is not finite. */
export const finiteEntries = ({ columns, data }: Matrix, name: string): void => {
  // x − x is 0, or NaN where x is not finite. Four at a time: a third of the time of a test for each.
  const { length } = data
  const rest = length % 4
  let sum = 0
  for (let i = rest; i < length; i += 4) {
    sum += data[i] - data[i] + (data[i + 1] - data[i + 1]) + (data[i + 2] - data[i + 2]) + (data[i + 3] - data[i + 3])
  }
  for (let i = 0; i < rest; i++) sum += data[i] - data[i]
  if (sum === 0) return
  for (let i = 0; i < length; i++) {
    if (!Number.isFinite(data[i])) {
      throw new ValueError(
        `"${name}" expected finite numbers, got ${data[i]} in row ${Math.floor(i / columns)}, column ${i % columns}; fill or drop it first`,
      )
    }
  }
}

/** The matrix of the chosen rows, in the order of `indices`. */
export const takeRows = (source: Matrix, indices: ArrayLike<number>): Matrix => {
  const { columns } = source
  const data = like(source, indices.length * columns)
  for (let i = 0; i < indices.length; i++) {
    data.set(source.data.subarray(indices[i] * columns, (indices[i] + 1) * columns), i * columns)
  }
  return { rows: indices.length, columns, data }
}

/** The rows of a and, below them, those of b, in the precision of a. */
export const stackRows = (a: Matrix, b: Matrix): Matrix => {
  const data = like(a, (a.rows + b.rows) * a.columns)
  data.set(a.data)
  data.set(b.data, a.data.length)
  return { rows: a.rows + b.rows, columns: a.columns, data }
}

/** The rows from `start` up to but without `end`, as a view. */
export const sliceRows = (source: Matrix, start: number, end: number): Matrix => ({
  rows: end - start,
  columns: source.columns,
  data: source.data.subarray(start * source.columns, end * source.columns),
})

const like = (source: Matrix, length: number): Float32Array | Float64Array =>
  source.data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)

const fromRows = (value: ArrayLike<ArrayLike<number>>, name: string): Matrix => {
  if (typeof value !== 'object' || value === null || typeof value.length !== 'number') {
    throw new KindError(`"${name}" expected a matrix or an array of rows, got ${shown(value)}`)
  }
  if (typeof value[0] === 'number') {
    throw new KindError(
      `"${name}" expected a matrix or an array of rows, got numbers; say their shape: matrix(data, rows, columns)`,
    )
  }
  const rows = value.length
  const columns = rows > 0 ? (value[0]?.length ?? 0) : 0
  const data = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++) {
    const row = value[i]
    if (typeof row !== 'object' || row === null || row.length !== columns) {
      throw new ValueError(
        `"${name}" expected ${columns} numbers in row ${i}, got ${shown(row?.length ?? row)}`,
        'shape',
      )
    }
    for (let j = 0; j < columns; j++) {
      if (typeof row[j] !== 'number') {
        throw new KindError(`"${name}" expected a number in row ${i}, column ${j}, got ${shown(row[j])}`)
      }
      data[i * columns + j] = row[j]
    }
  }
  return { rows, columns, data }
}
