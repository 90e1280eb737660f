import type { Matrix } from '../base/matrix.js'
import type { Learnware } from '../learnware/learnware.js'
import type { Embedding } from '../rkme/embedding.js'
import { evaluate } from '../rkme/evaluate.js'
import { encodeTable } from '../specification/rows/encode.js'
import { readTable, type Table } from '../specification/rows/table.js'
import type { Terms } from '../specification/terms.js'

/** Rows of a table as coordinates under each island's terms, encoded once for each. */
export const coordinatesOf = (table: Table): ((terms: Terms) => Matrix) => {
  const known = new Map<string, Matrix>()
  return (terms) => {
    const X = known.get(terms.island) ?? encodeTable(readTable(table, terms.columns), terms)
    known.set(terms.island, X)
    return X
  }
}

/** Φ(x) of an embedding at every row, never below 0. */
export const densityOf = (embedding: Embedding, X: Matrix): Float64Array =>
  evaluate(embedding, X).map((value) => Math.max(0, value))

/** Φ_l(x) of every learnware at every row of a table. */
export const densitiesOf = (learnwares: readonly Learnware[], table: Table): Float64Array[] => {
  const coordinates = coordinatesOf(table)
  return learnwares.map(({ specification, terms }) => densityOf(specification.embedding, coordinates(terms)))
}
