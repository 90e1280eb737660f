import { oneOf } from '../../base/check.js'
import { KindError, shown, ValueError } from '../../base/error.js'
import { isMatrix } from '../../base/matrix.js'
import { isDecimal, isMissing } from '../../specification/rows/cells.js'
import { cellsOf, columnNames, type Rows } from '../../specification/rows/table.js'
import type { ModelInput } from '../model.js'

/** Rows of a fit: a table by column name, or a matrix. */
export type FitRows = Rows

/**
 * The inputs of a fit: those given, else all columns of a table (text becomes a category) or of a matrix (named x1, x2, …).
 * @throws TypeError where `given` is no array of inputs.
 */
export const inputsOf = (rows: FitRows, given?: readonly ModelInput[]): readonly ModelInput[] => {
  if (given !== undefined) {
    if (!Array.isArray(given)) throw new KindError(`"inputs" expected an array of columns, got ${shown(given)}`)
    if (given.length === 0) throw new ValueError('"inputs" expected at least one column, got none')
    return given.map((input, i) => {
      if (typeof input?.name !== 'string') {
        throw new KindError(`"inputs[${i}]" expected a column { name, kind }, got ${shown(input)}`)
      }
      const { name, kind, categories } = input
      oneOf(kind, `inputs[${i}].kind`, ['numeric', 'integer', 'binary', 'categorical', 'ordinal'])
      return categories ? { name, kind, categories } : { name, kind }
    })
  }
  const names = columnNames(rows)
  if (names !== undefined) return names.map((name) => inputOf(name, cellsOf(rows, name) ?? []))
  const width = isMatrix(rows) ? rows.columns : ((rows as ArrayLike<ArrayLike<number>>)[0]?.length ?? 0)
  return Array.from({ length: width }, (_, j) => ({ name: `x${j + 1}`, kind: 'numeric' }))
}

const inputOf = (name: string, cells: readonly unknown[]): ModelInput => {
  const known = cells.filter((cell) => !isMissing(cell))
  if (known.every((cell) => typeof cell !== 'string' || isDecimal(cell))) return { name, kind: 'numeric' }
  return { name, kind: 'categorical', categories: [...new Set(known.map(String))].sort() }
}
