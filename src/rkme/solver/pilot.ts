import { type Matrix, stackRows, takeRows } from '../../base/matrix.js'
import { permutation } from '../../base/random.js'
import type { Kernel } from '../../kernel/kernel.js'
import { combine, ownFrame, type Steps, spanCount } from '../rows/request.js'
import { shareTaker } from '../rows/share.js'
import type { AskMoments } from './descend.js'
import { type Moments, ridgeWeights } from './projection.js'

/** Basis points for each reduced point: at 4 the pilot's MMD² is about a tenth of that of k-means centres. */
const basisPerPoint = 4
const mostBasis = 1024
const ridge = 1e-6

/** Below this number of rows for each basis point a round on the rows themselves costs about the same. */
const rowsPerBasis = 8

/** How many basis points serve n points and so many rows; 0 where a pilot does not pay. */
export const pilotBasis = (n: number, rows: number): number => {
  const basis = Math.min(basisPerPoint * n, mostBasis)
  return basis > n && rows >= rowsPerBasis * basis ? basis : 0
}

/** A stand-in for the rows, on which the first iterations cost next to nothing. */
export interface Pilot {
  readonly ask: AskMoments
  /** Φ̂ at the starting points. */
  readonly correlations: Float64Array
}

/**
 * Φ̂ projected onto the span of the starting points and some rows y_l (Nyström): Σ α_l k(y_l, ·) with (K + ridge)α = Φ̂(y).
 * It is several times nearer to Φ̂ than as many rows with equal weights, so that points found on it serve the rows.
 */
export function* layPilot(
  start: Matrix,
  sample: Matrix,
  basisSize: number,
  kernel: Kernel,
  differences: boolean,
  random: () => number,
  correlationsAt: (points: Matrix) => Steps<Moments>,
): Steps<Pilot> {
  const others = takeRows(sample, permutation(random, sample.rows, Math.min(sample.rows, basisSize - start.rows)))
  const basis = stackRows(start, others)
  const { correlations } = yield* correlationsAt(basis)
  const weights = ridgeWeights(basis, correlations, kernel, ridge)
  return {
    correlations: correlations.slice(0, start.rows),
    ask: momentsFrom(basis, weights, kernel, differences),
  }
}

/** Moments of Σ α_l k(y_l, ·), with points and rows y in the same coordinates and any α; answered at once. */
export const momentsFrom = (rows: Matrix, weights: Float64Array, kernel: Kernel, differences: boolean): AskMoments => {
  const frame = ownFrame(rows)
  const take = shareTaker({ rows, weights, total: rows.rows, offset: 0 })
  const spans = spanCount(rows.rows)
  // biome-ignore lint/correctness/useYield: it answers by itself what other generators have to ask for.
  return function* (points, vectors) {
    const request = { kind: 'moments', frame, points, kernel, differences, vectors } as const
    const sums = combine(request, take(request, 0, spans))
    return { correlations: sums.subarray(0, points.rows), vectors: sums.subarray(points.rows) }
  }
}
