import type { Matrix } from '../base/matrix.js'
import type { ModelInput, ModelOutput } from '../learnware/model.js'
import { counterpart } from '../specification/description/concept.js'
import type { Description } from '../specification/description/description.js'
import { decodeTable } from '../specification/rows/encode.js'
import type { Terms } from '../specification/terms.js'

/** Rows by column name, as a model takes them. */
export type Columns = Readonly<Record<string, readonly unknown[]>>

/**
 * The inputs of the model that a description declares, in the model's own order, under the names of the terms' columns that
 * mean the same.
 */
export const declaredInputs = ({ LDL }: Description, { columns }: Terms): ModelInput[] =>
  (LDL?.inputs ?? []).map((input) => {
    const name = counterpart(input, columns)?.name ?? input.name
    return {
      name,
      kind: input.kind as ModelInput['kind'],
      ...(input.categories === undefined ? {} : { categories: input.categories }),
      ...(name === input.name ? {} : { own: input.name }),
    }
  })

/** The output that a description declares, or undefined where a market cannot run such a model. */
export const declaredOutput = ({ LDL }: Description): ModelOutput | undefined => {
  if (LDL?.output.kind === 'real') return { kind: 'real' }
  if (LDL?.output.kind !== 'label' && LDL?.output.kind !== 'probabilities') return undefined
  return { kind: 'probabilities', classes: LDL.output.classes ?? [] }
}

/** Reduced points as rows that a model can be run on: raw values and words under the names of the terms. */
export const mimicRows = (points: Matrix, terms: Terms): Columns => {
  const raw = decodeTable(points, terms)
  return Object.fromEntries(
    terms.columns.map(({ name, kind, categories }, j) => {
      const isWords = kind !== 'numeric' && kind !== 'integer' && (categories?.length ?? 0) > 0
      const cells = Array.from({ length: raw.rows }, (_, i) => {
        const value = raw.data[i * raw.columns + j]
        if (Number.isNaN(value)) return null
        return isWords ? categories?.[value] : kind === 'integer' ? Math.round(value) : value
      })
      return [name, cells]
    }),
  )
}

/** The chosen rows, in the order of `indices`; a row may come more than once. */
export const pickRows = (columns: Columns, indices: readonly number[]): Columns =>
  Object.fromEntries(Object.entries(columns).map(([name, cells]) => [name, indices.map((i) => cells[i])]))

/**
 * Rows at the edges of what may come in: the first mimic row with one column at a time at ±1e6, at its first and last word,
 * or missing where the terms allow that.
 */
export const extremeRows = (mimic: Columns, terms: Terms): Columns => {
  const changes = terms.columns.flatMap(({ name, kind, categories = [], missing }) => {
    const isWords = kind !== 'numeric' && kind !== 'integer'
    const edges =
      categories.length > 0 && isWords
        ? [categories[0], categories[categories.length - 1]]
        : isWords
          ? [0, 1]
          : [-1e6, 1e6]
    return (missing === 'allowed' ? [...edges, null] : edges).map((cell) => ({ name, cell }))
  })
  return Object.fromEntries(
    Object.entries(mimic).map(([name, cells]) => [
      name,
      changes.map((change) => (change.name === name ? change.cell : cells[0])),
    ]),
  )
}
