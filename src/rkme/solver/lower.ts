import type { Matrix } from '../../base/matrix.js'
import { discreteColumns } from '../../kernel/form.js'
import type { Steps } from '../rows/request.js'
import { descendMixed, type Levels, levelsOf, mixedCentres } from './categories.js'
import { type AskMoments, type DescentOptions, descend, type State } from './descend.js'
import type { Setting } from './setting.js'
import { clusterCentres } from './start.js'

/** Steps that L-BFGS remembers. */
export const memory = 10

const leastSample = 1024
const samplePerPoint = 10

/** How many of so many rows starting points are chosen from. */
export const sampledRows = (rows: number, n: number): number =>
  Math.min(rows, Math.max(leastSample, samplePerPoint * n))

/** Starting points among centred rows: k-means++ and a few Lloyd rounds; with the categories seen where the kernel has such. */
export const placeStart = (
  { options: { kernel, rounds } }: Setting,
  n: number,
  sample: Matrix,
  sampleWeights: Float64Array | undefined,
  random: () => number,
): { points: Matrix; levels?: Levels } => {
  if (kernel.kind === 'product' && discreteColumns(kernel).length > 0) {
    const levels = levelsOf(kernel, sample)
    return { points: mixedCentres(kernel, levels, sample, n, random, sampleWeights), levels }
  }
  return { points: clusterCentres(sample, n, rounds, random, sampleWeights) }
}

/** Lowers the objective: in the numbers, and in the categories where there are any. */
export const lower = (from: State, ask: AskMoments, how: DescentOptions, levels?: Levels): Steps<State> =>
  levels ? descendMixed(from, ask, how, levels) : descend(from, ask, how)
