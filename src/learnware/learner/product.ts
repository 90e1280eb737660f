import type { Matrix } from '../../base/matrix.js'

/** A matrix in f64. */
export type Dense = Matrix & { readonly data: Float64Array }

/** AB. */
export const times = (A: Matrix, B: Matrix): Dense => {
  const data = new Float64Array(A.rows * B.columns)
  if (B.columns === 1) {
    for (let i = 0, e = 0; i < A.rows; i++) {
      let sum = 0
      for (let k = 0; k < A.columns; k++, e++) sum += A.data[e] * B.data[k]
      data[i] = sum
    }
    return { rows: A.rows, columns: 1, data }
  }
  for (let i = 0; i < A.rows; i++) {
    for (let k = 0; k < A.columns; k++) {
      const factor = A.data[i * A.columns + k]
      if (factor === 0) continue
      for (let j = 0; j < B.columns; j++) data[i * B.columns + j] += factor * B.data[k * B.columns + j]
    }
  }
  return { rows: A.rows, columns: B.columns, data }
}

/** A'B. */
export const transposeTimes = (A: Matrix, B: Matrix): Dense => {
  const data = new Float64Array(A.columns * B.columns)
  for (let r = 0; r < A.rows; r++) {
    for (let i = 0; i < A.columns; i++) {
      const factor = A.data[r * A.columns + i]
      if (factor === 0) continue
      for (let j = 0; j < B.columns; j++) data[i * B.columns + j] += factor * B.data[r * B.columns + j]
    }
  }
  return { rows: A.columns, columns: B.columns, data }
}

/** A'. */
export const transposed = ({ rows, columns, data }: Matrix): Dense => {
  const result = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j]
  return { rows: columns, columns: rows, data: result }
}

/** The mean of each column. */
export const meansOf = ({ rows, columns, data }: Matrix): Float64Array => {
  const means = new Float64Array(columns)
  for (let i = 0, e = 0; i < rows; i++) for (let j = 0; j < columns; j++, e++) means[j] += data[e]
  for (let j = 0; j < columns; j++) means[j] /= rows
  return means
}

/** Every row plus factor · shift. */
export const shifted = ({ rows, columns, data }: Matrix, shift: Float64Array, factor: number): Dense => {
  const result = new Float64Array(rows * columns)
  for (let i = 0, e = 0; i < rows; i++) for (let j = 0; j < columns; j++, e++) result[e] = data[e] + factor * shift[j]
  return { rows, columns, data: result }
}

/** The part with the given rows and columns. */
export const block = (A: Matrix, rows: Int32Array, columns: Int32Array): Dense => {
  const data = new Float64Array(rows.length * columns.length)
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < columns.length; j++) data[i * columns.length + j] = A.data[rows[i] * A.columns + columns[j]]
  }
  return { rows: rows.length, columns: columns.length, data }
}
