import { ValueError } from '../../base/error.js'
import type { Matrix } from '../../base/matrix.js'

/**
 * Distances in the space of tasks and models, D_ij = √(½ MMD²_ij / median + ½ loss²_ij / median): how far two
 * specifications are apart, and how differently the two models answer on the reduced points of both,
 * loss²_ij = ½ (losses_ij + losses_ji). `losses` holds the loss of model i against the answers of model j on j's points: the
 * share of other classes, or a mean squared difference. Both parts are measured in their median over pairs, so that neither
 * has a unit. N × N; 0 on the diagonal.
 * @throws RangeError where shapes differ.
 */
export const functionalDistances = (mmdSquared: Matrix, losses: Matrix): Matrix => {
  const size = mmdSquared.rows
  if (mmdSquared.columns !== size || losses.rows !== size || losses.columns !== size) {
    throw new ValueError(
      `"losses" expected ${size} × ${size} as "mmdSquared", got ${losses.rows} × ${losses.columns}`,
      'shape',
    )
  }
  const disagreement = (i: number, j: number): number => (losses.data[i * size + j] + losses.data[j * size + i]) / 2
  const apart: number[] = []
  const unlike: number[] = []
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      apart.push(mmdSquared.data[i * size + j])
      unlike.push(disagreement(i, j))
    }
  }
  const units = [medianOrOne(apart), medianOrOne(unlike)]
  const data = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const squared = mmdSquared.data[i * size + j] / (2 * units[0]) + disagreement(i, j) / (2 * units[1])
      data[i * size + j] = data[j * size + i] = Math.sqrt(squared)
    }
  }
  return { rows: size, columns: size, data }
}

const medianOrOne = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const median = sorted[sorted.length >> 1]
  return median > 0 ? median : 1
}
