import { ValueError } from '../base/error.js'
import { type Matrix, takeRows } from '../base/matrix.js'
import type { Learnware } from '../learnware/learnware.js'
import type { Model, ModelOutput } from '../learnware/model.js'
import { columnNames, type Rows, readTable, rowCount, type Table } from '../specification/rows/table.js'
import type { Terms } from '../specification/terms.js'
import { type Failure, nameOf, reasonOf } from './failure.js'
import { widthOf } from './target.js'

/** What several models put out for the same rows: `of[l]` holds model l's, rows × width, columns in one common order. */
export interface Outputs {
  readonly rows: number
  readonly width: number
  readonly of: readonly Float64Array[]
}

/** What {@link outputs} reports on: how many models of all have run. */
export interface OutputsOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, total: number) => void
}

/** The outputs of the learnwares that could run, and what became of the others. */
export interface Run extends Outputs {
  /** Positions of those that could, in their order; `of` stands in the same order. */
  readonly ran: readonly number[]
  readonly failed: readonly Failure[]
}

/**
 * Runs every learnware once over the rows. Classes are matched by name: a class that a model does not know gets 0. One that
 * throws, or puts out another number of rows, something that is no number, or one beyond 1e150, is left out and the others go on.
 * @throws the reason of an abort
 */
export const outputs = async (
  learnwares: readonly Learnware[],
  table: Table,
  output: ModelOutput,
  { signal, onProgress }: OutputsOptions = {},
): Promise<Run> => {
  const of: Float64Array[] = []
  const ran: number[] = []
  const failed: Failure[] = []
  const count = rowCount(table)
  for (const [l, { id, model }] of learnwares.entries()) {
    signal?.throwIfAborted()
    try {
      const { data, rows } = await aligned(model, table, output, nameOf(id), signal)
      if (rows !== count) throw new ValueError(`${nameOf(id)} put out ${rows} rows for ${count}`)
      of.push(data)
      ran.push(l)
    } catch (error) {
      signal?.throwIfAborted()
      failed.push({ id, reason: reasonOf(error) })
    }
    onProgress?.(l + 1, learnwares.length)
  }
  return { rows: count, width: widthOf(output), of, ran, failed }
}

/** One model's predictions in the columns of `output`. */
export const aligned = async (
  model: Model,
  rows: Table,
  output: ModelOutput,
  name: string,
  signal?: AbortSignal,
): Promise<{ rows: number; data: Float64Array }> =>
  inColumnsOf(output, model.output, await model.predict(rows, { signal }), name)

/** The square of a larger number, and so a loss, is no number that could be compared. */
const most = 1e150

/** Predictions whose columns stand as in `from`, brought into the columns of `to` by class name. */
export const inColumnsOf = (
  to: ModelOutput,
  from: ModelOutput,
  predicted: Matrix,
  name: string,
): { rows: number; data: Float64Array } => {
  const own = from.kind === 'real' ? [''] : from.classes
  const all = to.kind === 'real' ? [''] : to.classes
  if (predicted.columns !== own.length) {
    throw new ValueError(`${name} put out ${predicted.columns} columns where it declares ${own.length}`)
  }
  const column = new Map(all.map((word, c) => [word, c]))
  const places = own.map((word) => column.get(word) ?? -1)
  const data = new Float64Array(predicted.rows * all.length)
  for (let i = 0; i < predicted.rows; i++) {
    for (let c = 0; c < own.length; c++) {
      const value = predicted.data[i * own.length + c]
      if (!(Math.abs(value) <= most)) throw new ValueError(`${name} put out ${value} for row ${i}`)
      if (places[c] >= 0) data[i * all.length + places[c]] = value
    }
  }
  return { rows: predicted.rows, data }
}

/** The given rows of all models, in the order of `indices`. */
export const takeOutputs = ({ width, of }: Outputs, indices: ArrayLike<number>): Outputs => ({
  rows: indices.length,
  width,
  of: of.map((data) => takeFlat(data, indices, width)),
})

/** The given rows of a rows × width array. */
export const takeFlat = (data: Float64Array, indices: ArrayLike<number>, width: number): Float64Array =>
  takeRows({ rows: data.length / width, columns: width, data }, indices).data as Float64Array

/** Σ_l weights[l] · of[l], rows × width; a weight of 0 leaves its model out. */
export const weightedSum = ({ rows, width, of }: Outputs, weights: ArrayLike<number>): Float64Array => {
  const result = new Float64Array(rows * width)
  for (let l = 0; l < of.length; l++) {
    const weight = weights[l]
    if (weight === 0) continue
    const data = of[l]
    for (let i = 0; i < result.length; i++) result[i] += weight * data[i]
  }
  return result
}

/** Brings rows of class scores back to probabilities: negative parts become 0, every row sums to 1. A real stays as it is. */
export const proper = (data: Float64Array, output: ModelOutput): Float64Array => {
  if (output.kind === 'real') return data
  const width = output.classes.length
  const result = new Float64Array(data.length)
  for (let start = 0; start < data.length; start += width) {
    let sum = 0
    for (let c = 0; c < width; c++) sum += Math.max(data[start + c], 0)
    for (let c = 0; c < width; c++) result[start + c] = sum > 0 ? Math.max(data[start + c], 0) / sum : 1 / width
  }
  return result
}

/** Rows by column name as they are; rows without names stand in the order of the island's columns and are named here. */
export const tableOf = (rows: Rows, { columns }: Terms): Table => {
  if (columnNames(rows) !== undefined) return rows as Table
  const raw = readTable(rows, columns)
  return Object.fromEntries(
    columns.map(({ name, categories }, j) => [
      name,
      Array.from({ length: raw.rows }, (_, i) => {
        const value = raw.data[i * raw.columns + j]
        return categories && !Number.isNaN(value) ? categories[value] : value
      }),
    ]),
  )
}
