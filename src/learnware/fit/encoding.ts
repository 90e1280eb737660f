import type { Matrix } from '../../base/matrix.js'
import type { ModelInput } from '../model.js'

/** Turns raw values (see `readTable`) into coordinates for a fit. */
export interface Encoding {
  (raw: Matrix): Matrix
  readonly coordinates: readonly Coordinate[]
}

// Few rows make a poor scale; beyond this many of them a value says no more.
export const farthest = 5

/** One coordinate: (value − centre) / scale, or 1 − centre where the value is `level` and −centre elsewhere. */
export interface Coordinate {
  readonly column: number
  readonly level: number
  readonly centre: number
  readonly scale: number
}

/**
 * Coordinates learnt from training rows: numbers standardised by their mean and deviation and clipped to ±5, one centred
 * indicator for every category seen, missing values at the mean. What is constant in training is left out; where nothing
 * is left there is one column of zeros.
 */
export const encodingOf = (raw: Matrix, inputs: readonly ModelInput[]): Encoding => {
  const coordinates: Coordinate[] = []
  inputs.forEach(({ kind }, column) => {
    const values = columnOf(raw, column).filter((value) => !Number.isNaN(value))
    if (kind !== 'categorical') {
      const { centre, scale } = momentsOf(values)
      if (scale > 0) coordinates.push({ column, level: -1, centre, scale })
      return
    }
    const levels = [...new Set(values)].sort((a, b) => a - b)
    if (levels.length < 2) return
    for (const level of levels) {
      coordinates.push({
        column,
        level,
        centre: values.filter((value) => value === level).length / values.length,
        scale: 1,
      })
    }
  })
  return encodingFrom(coordinates)
}

/** The encoding into these coordinates. */
export const encodingFrom = (coordinates: readonly Coordinate[]): Encoding => {
  const width = Math.max(1, coordinates.length)
  const encode = ({ rows, columns, data }: Matrix): Matrix => {
    const result = new Float64Array(rows * width)
    for (let i = 0; i < rows; i++) {
      coordinates.forEach(({ column, level, centre, scale }, j) => {
        const value = data[i * columns + column]
        if (Number.isNaN(value)) return
        const number = level < 0 ? value : value === level ? 1 : 0
        result[i * width + j] = Math.max(-farthest, Math.min(farthest, (number - centre) / scale))
      })
    }
    return { rows, columns: width, data: result }
  }
  return Object.assign(encode, { coordinates })
}

const columnOf = ({ rows, columns, data }: Matrix, column: number): number[] =>
  Array.from({ length: rows }, (_, i) => data[i * columns + column])

/** Mean and deviation; a deviation that is only rounding counts as none. */
const momentsOf = (values: readonly number[]): { centre: number; scale: number } => {
  if (values.length === 0) return { centre: 0, scale: 0 }
  const centre = values.reduce((sum, value) => sum + value, 0) / values.length
  const scale = Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length)
  return { centre, scale: scale > 1e-12 * Math.abs(centre) ? scale : 0 }
}
