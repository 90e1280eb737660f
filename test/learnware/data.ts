import type { Matrix } from '../../src/base/matrix.js'
import { normals } from '../../src/wasm/scalar.js'

/** Standard normal rows. */
export const rowsOf = (rows: number, columns: number, seed: number): Matrix & { data: Float64Array } => ({
  rows,
  columns,
  data: normals(seed, rows * columns),
})

/** One label for each row. */
export const labelled = ({ rows, columns, data }: Matrix, f: (x: number[], i: number) => number): number[] =>
  Array.from({ length: rows }, (_, i) => f([...data.subarray(i * columns, (i + 1) * columns)], i))

/** All rows but one. */
export const without = ({ rows, columns, data }: Matrix, row: number): Matrix => ({
  rows: rows - 1,
  columns,
  data: Float64Array.from([...data.subarray(0, row * columns), ...data.subarray((row + 1) * columns)]),
})

/** One row alone. */
export const only = ({ columns, data }: Matrix, row: number): Matrix => ({
  rows: 1,
  columns,
  data: Float64Array.from(data.subarray(row * columns, (row + 1) * columns)),
})

export const column = (values: readonly number[]): Matrix => ({
  rows: values.length,
  columns: 1,
  data: Float64Array.from(values),
})
