import { options, whole } from '../base/check.js'
import { ValueError } from '../base/error.js'
import { type Samples, samples } from '../base/matrix.js'
import { below, uniforms } from '../base/random.js'
import { beyond } from './centre.js'
import { mostGamma } from './kernel.js'

/** gamma = 1/(4d) for d standardised columns: then E k(x, x') = (1 + 1/d)^(−d/2) on Gaussian rows, 0.61 to 0.67 for any d. */
export const gammaByDimension = (dimension: number): number => 1 / (4 * whole(dimension, 'dimension', 1))

const pairs = 4096

/**
 * gamma = 1/(2 · median‖x − x'‖²) over 4096 seeded pairs of rows. It depends on the rows, so it serves private,
 * single-party use; specifications to be compared take the gamma of their terms.
 * @throws RangeError where most pairs of rows are equal.
 */
export const gammaByMedian = (X: Samples, given: { seed?: number } = {}): number => {
  const { seed = 0 } = options(given, 'options', ['seed'])
  const { rows, columns, data } = samples(X, 'X')
  if (rows < 2) throw new ValueError(`"X" expected at least 2 rows for a median distance, got ${rows}`, 'shape')
  const random = uniforms(whole(seed, 'seed'))
  const distances = new Float64Array(pairs)
  for (let p = 0; p < pairs; p++) {
    const i = below(random, rows)
    const j = (i + 1 + below(random, rows - 1)) % rows
    let sum = 0
    for (let k = 0; k < columns; k++) {
      const difference = data[i * columns + k] - data[j * columns + k]
      sum += difference * difference
    }
    distances[p] = sum
  }
  const median = distances.sort()[pairs / 2]
  if (median === 0)
    throw new ValueError('"X" expected rows that differ, but most pairs are equal; give a gamma instead')
  const gamma = 1 / (2 * median)
  if (!(gamma >= 1 / mostGamma && gamma <= mostGamma)) throw beyond('X')
  return gamma
}
