import type { Matrix } from '../base/matrix.js'
import type { Learnware } from '../learnware/learnware.js'
import { encodeTable } from '../specification/rows/encode.js'
import { readTable, type Table } from '../specification/rows/table.js'
import type { Column, Terms } from '../specification/terms.js'

/** What learnwares of one or several islands (modalities) take in together. */
export interface Space {
  /** Every column once, by name: the first island's, then what further ones add. */
  readonly columns: readonly Column[]
  /** The Gaussian's gamma where all coordinates stand side by side: 1/γ = Σ 1/γ_island, since an island's is 1/(4d). */
  readonly gamma: number
  /** Rows as the coordinates of every island side by side. */
  encode(table: Table): Matrix
}

/** The {@link Space} of learnwares. */
export const spaceOf = (learnwares: readonly Learnware[]): Space => {
  const islands = [...new Map(learnwares.map(({ terms }): [string, Terms] => [terms.island, terms])).values()]
  const columns = new Map<string, Column>()
  for (const terms of islands)
    for (const column of terms.columns) if (!columns.has(column.name)) columns.set(column.name, column)
  return {
    columns: [...columns.values()],
    gamma: 1 / islands.reduce((sum, { kernel }) => sum + 1 / kernel.gamma, 0),
    encode: (table) => beside(islands.map((terms) => encodeTable(readTable(table, terms.columns), terms))),
  }
}

const beside = (parts: readonly Matrix[]): Matrix => {
  if (parts.length === 1) return parts[0]
  const [{ rows }] = parts
  const columns = parts.reduce((sum, part) => sum + part.columns, 0)
  const data = new Float64Array(rows * columns)
  let offset = 0
  for (const part of parts) {
    for (let i = 0; i < rows; i++)
      data.set(part.data.subarray(i * part.columns, (i + 1) * part.columns), i * columns + offset)
    offset += part.columns
  }
  return { rows, columns, data }
}
