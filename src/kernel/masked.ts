import { finite, list, options, whole } from '../base/check.js'
import { ValueError } from '../base/error.js'
import { finiteEntries, type Matrix, type Samples, shaped } from '../base/matrix.js'
import { precisionOf, zeros } from './centre.js'

/** Options of {@link masked}. */
export interface MaskedOptions {
  /** The columns whose numbers may be missing, whether or not one is in these rows. */
  readonly columns: readonly number[]
  /** What stands in place of a missing number: the centre of its column, 0 by default, as for columns that are standardised. */
  readonly fill?: number
}

/**
 * Rows with missing numbers, NaN, as the `product` kernel takes them: each NaN filled, and behind the columns of X one mask for each of
 * `columns`, 1 where its value was missing, else 0. X: m × d; m × (d + columns.length), in the precision of X. The kernel has a part `missing` for each
 * mask: `product([...parts, ...columns.map(() => ({ kind: 'missing' }))])`. A missing category needs no mask: it is a category of its own,
 * a number that no other has. Embeddings are comparable where all were made with the same columns and fill.
 * @throws RangeError where a column is none of X, comes twice, or a number is missing in another column.
 */
export const masked = (X: Samples, given: MaskedOptions): Matrix => {
  const { columns, fill = 0 } = options(given, 'options', ['columns', 'fill'])
  const { rows, columns: d, data } = shaped(X, 'X')
  const may = list(columns, 'columns').map((column, c) => whole(column, `columns[${c}]`, 0, d - 1))
  const twice = may.find((column, c) => may.indexOf(column) < c)
  if (twice !== undefined) throw new ValueError(`"columns" expected each column once, got ${twice} twice`)
  const centre = finite(fill, 'fill')
  const width = d + may.length
  const filled = data.slice()
  const result = zeros(rows * width, precisionOf(data))
  for (let i = 0; i < rows; i++) {
    may.forEach((column, c) => {
      if (!Number.isNaN(data[i * d + column])) return
      filled[i * d + column] = centre
      result[i * width + d + c] = 1
    })
    result.set(filled.subarray(i * d, (i + 1) * d), i * width)
  }
  finiteEntries({ rows, columns: d, data: filled }, 'X')
  return { rows, columns: width, data: result }
}
