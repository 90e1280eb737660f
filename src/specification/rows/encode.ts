import { ValueError } from '../../base/error.js'
import { type Matrix, matrix } from '../../base/matrix.js'
import type { GaussianKernel } from '../../kernel/kernel.js'
import type { Column, Terms } from '../terms.js'

/** The part of terms that turns values into coordinates. */
export type Encoding = Pick<Terms, 'columns' | 'kernel'>

/** Scaled values beyond this are clipped: a stray outlier must not stretch a specification. */
const clip = 8

/** Length of a category's axis and of a mask's: one axis of it gives the factor 0.5, two (two categories that differ) 0.25. */
const side = ({ gamma }: GaussianKernel): number => Math.sqrt(Math.LN2 / gamma)

const coordinatesOf = (column: Column): number =>
  (column.kind === 'categorical' ? (column.categories?.length ?? 0) : 1) + (column.missing === 'allowed' ? 1 : 0)

/** Number of coordinates of a row under the terms. */
export const dimensionOf = ({ columns }: Encoding): number =>
  columns.reduce((sum, column) => sum + coordinatesOf(column), 0)

/**
 * The number of variables by which gamma = 1/(4d) is set: one for each column however many categories it has (their
 * distance does not depend on gamma), and one for each mask of missing values.
 */
export const effectiveDimension = (columns: readonly Column[]): number =>
  columns.reduce((sum, column) => sum + (column.missing === 'allowed' ? 2 : 1), 0)

/**
 * Coordinates of raw values (see `readTable`), rows × dimension: numbers, and the ranks of ordinals, as
 * (value − centre)/scale clipped to ±8; a category as √(ln 2 / γ) along its own axis, so that the Gaussian is
 * exactly the product of the numeric kernel and κ = 1 for equal, 0.25 for different categories. A missing value is the
 * centre and √(ln 2 / γ) along a mask axis: κ = 0.5 against a present one.
 */
export const encodeTable = (raw: Matrix, { columns, kernel }: Encoding): Matrix => {
  if (raw.columns !== columns.length) {
    throw new ValueError(`"raw" expected ${columns.length} columns as in the terms, got ${raw.columns}`, 'shape')
  }
  const dimension = dimensionOf({ columns, kernel })
  const data = new Float64Array(raw.rows * dimension)
  const corner = side(kernel)
  let offset = 0
  columns.forEach((column, j) => {
    const isCategorical = column.kind === 'categorical'
    const size = coordinatesOf(column)
    for (let i = 0; i < raw.rows; i++) {
      const value = raw.data[i * raw.columns + j]
      const at = i * dimension + offset
      if (Number.isNaN(value)) {
        if (column.missing === 'allowed') data[at + size - 1] = corner
      } else if (isCategorical) data[at + categoryIndex(value, column)] = corner
      else data[at] = Math.min(clip, Math.max(-clip, (value - column.centre) / column.scale))
    }
    offset += size
  })
  return matrix(data, raw.rows, dimension)
}

/**
 * Raw values nearest to coordinates, the inverse of {@link encodeTable}: reduced points become rows that a model can be
 * run on. A category is the longest of its axes, an ordinal or binary the nearest rank, a mask past its half is NaN.
 */
export const decodeTable = (coordinates: Matrix, { columns, kernel }: Encoding): Matrix => {
  const dimension = dimensionOf({ columns, kernel })
  if (coordinates.columns !== dimension) {
    throw new ValueError(
      `"coordinates" expected ${dimension} columns under these terms, got ${coordinates.columns}`,
      'shape',
    )
  }
  const data = new Float64Array(coordinates.rows * columns.length)
  const corner = side(kernel)
  let offset = 0
  columns.forEach((column, j) => {
    const size = coordinatesOf(column)
    const levels = column.categories?.length ?? 0
    for (let i = 0; i < coordinates.rows; i++) {
      const part = coordinates.data.subarray(i * dimension + offset, i * dimension + offset + size)
      const isAbsent = column.missing === 'allowed' && part[size - 1] > corner / 2
      data[i * columns.length + j] = isAbsent ? Number.NaN : decodeCell(column, part, levels)
    }
    offset += size
  })
  return matrix(data, coordinates.rows, columns.length)
}

const categoryIndex = (value: number, { name, categories = [] }: Column): number => {
  if (categories[value] !== undefined) return value
  throw new ValueError(`column "${name}" expected the index of a category, 0 to ${categories.length - 1}, got ${value}`)
}

const decodeCell = (column: Column, part: ArrayLike<number>, levels: number): number => {
  if (column.kind === 'categorical') {
    let longest = 0
    for (let c = 1; c < levels; c++) if (part[c] > part[longest]) longest = c
    return longest
  }
  const value = column.centre + column.scale * part[0]
  if (column.kind === 'numeric' || column.kind === 'integer') return value
  const last = column.kind === 'binary' ? 1 : levels - 1
  return Math.min(last, Math.max(0, Math.round(value)))
}

/** Lowest and highest value that {@link encodeTable} can give in each coordinate. */
export const coordinateBounds = ({ columns, kernel }: Encoding): { low: Float64Array; high: Float64Array } => {
  const low: number[] = []
  const high: number[] = []
  for (const column of columns) {
    const isCategorical = column.kind === 'categorical'
    for (let c = 0; c < (isCategorical ? (column.categories?.length ?? 0) : 1); c++) {
      low.push(isCategorical ? 0 : -clip)
      high.push(isCategorical ? side(kernel) : clip)
    }
    if (column.missing === 'allowed') {
      low.push(0)
      high.push(side(kernel))
    }
  }
  return { low: Float64Array.from(low), high: Float64Array.from(high) }
}
