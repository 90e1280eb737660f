import type { Matrix } from '../../base/matrix.js'
import { discreteColumns } from '../../kernel/form.js'
import type { Learnware } from '../../learnware/learnware.js'
import { drawNear } from '../../rkme/draw.js'
import type { Embedding } from '../../rkme/embedding.js'

/** A learnware with its share of a task. */
export interface Member {
  readonly learnware: Learnware
  readonly weight: number
}

/** Coordinates in, shares out: rows × learnwares, every row of sum 1. */
export type Selector = (X: Matrix) => ArrayLike<number>

const rowsOfEach = 200

/**
 * Mimic rows of every member, drawn around its reduced points and drawn in again, column by column, to the variance of the points
 * (the smoothed bootstrap of Silverman and Young 1987): what is scattered around points that are spread out lies wider than
 * the rows did. Categories stay.
 */
export const mimicOf = (members: readonly Member[], seed: number): Matrix[] =>
  members.map(({ learnware }, l) => {
    const { embedding } = learnware.specification
    return drawnIn(drawNear(embedding, rowsOfEach, seed + 7919 * l), embedding)
  })

const drawnIn = ({ rows, columns, data }: Matrix, { points, weights, kernel }: Embedding): Matrix => {
  const kept = new Set(discreteColumns(kernel))
  const ones = new Float64Array(rows).fill(1)
  const result = Float64Array.from(data)
  for (let c = 0; c < columns; c++) {
    if (kept.has(c)) continue
    const own = momentsOf(points, weights, c)
    const drawn = momentsOf({ rows, columns, data }, ones, c)
    // One point has no variance: what is drawn around it is all that is known of its rows.
    if (!(own.variance > 0 && own.variance < drawn.variance)) continue
    const factor = Math.sqrt(own.variance / drawn.variance)
    for (let i = 0; i < rows; i++) result[i * columns + c] = drawn.mean + factor * (data[i * columns + c] - drawn.mean)
  }
  return { rows, columns, data: result }
}

/** Weighted mean and variance of a column; weights below 0 count as 0. */
const momentsOf = ({ rows, columns, data }: Matrix, weights: Float64Array, c: number) => {
  let [total, sum, squares] = [0, 0, 0]
  for (let i = 0; i < rows; i++) {
    const weight = Math.max(0, weights[i])
    total += weight
    sum += weight * data[i * columns + c]
  }
  const mean = total > 0 ? sum / total : 0
  for (let i = 0; i < rows; i++) squares += Math.max(0, weights[i]) * (data[i * columns + c] - mean) ** 2
  return { mean, variance: total > 0 ? squares / total : 0 }
}

/** The place of the largest of row i; ties to the first. */
export const largest = (shares: ArrayLike<number>, width: number, i: number): number => {
  let best = 0
  for (let l = 1; l < width; l++) if (shares[i * width + l] > shares[i * width + best]) best = l
  return best
}
