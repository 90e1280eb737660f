import { type Matrix, stackRows, takeRows } from '../../base/matrix.js'
import type { Embedding } from '../embedding.js'

/** The points of an embedding, all of them or so many of the heaviest (ties to the first), in their order. */
export const heaviestPoints = ({ points, weights }: Pick<Embedding, 'points' | 'weights'>, count: number): Matrix => {
  if (points.rows <= count) return points
  const order = Array.from(weights.keys()).sort((a, b) => Math.abs(weights[b]) - Math.abs(weights[a]) || a - b)
  return takeRows(
    points,
    order.slice(0, count).sort((a, b) => a - b),
  )
}

/**
 * Points and, below them, rows drawn as k-means++ goes on from given centres, until there are `count`: each with a probability
 * proportional to its weight times its squared distance to the nearest point so far.
 */
export const fillPoints = (
  points: Matrix,
  rows: Matrix,
  count: number,
  random: () => number,
  weights?: ArrayLike<number>,
): Matrix => {
  const distances = new Float64Array(rows.rows).fill(Infinity)
  for (let j = 0; j < points.rows; j++) approach(distances, rows, points, j)
  const chosen: number[] = []
  while (points.rows + chosen.length < count) {
    const mass = (i: number): number => (weights ? weights[i] : 1) * distances[i]
    let total = 0
    for (let i = 0; i < rows.rows; i++) total += mass(i)
    const uniform = random()
    let rest = uniform * total
    let drawn = Math.floor(uniform * rows.rows)
    for (let i = 0; i < rows.rows && total > 0; i++) {
      if (!(mass(i) > 0)) continue
      drawn = i
      rest -= mass(i)
      if (rest < 0) break
    }
    chosen.push(drawn)
    approach(distances, rows, rows, drawn)
  }
  return chosen.length > 0 ? stackRows(points, takeRows(rows, chosen)) : points
}

/** Lowers squared distances of rows to what they are to point j. */
const approach = (distances: Float64Array, rows: Matrix, points: Matrix, j: number): void => {
  const { columns: d } = rows
  for (let i = 0, at = 0; i < rows.rows; i++) {
    let sum = 0
    for (let k = 0; k < d; k++, at++) {
      const difference = rows.data[at] - points.data[j * d + k]
      sum += difference * difference
    }
    if (sum < distances[i]) distances[i] = sum
  }
}
