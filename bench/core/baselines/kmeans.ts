import type { Matrix } from '../../../src/base/matrix.js'
import { uniforms } from '../../../src/base/random.js'
import { centred, columnMeans, type Precision } from '../../../src/kernel/centre.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import type { Constraint } from '../../../src/qp/quadratic.js'
import { combine, type Frame, type SumRequest, spanCount } from '../../../src/rkme/rows/request.js'
import { shareTaker } from '../../../src/rkme/rows/share.js'
import { fitWeights } from '../../../src/rkme/solver/projection.js'
import { lloydStep, seedPoints } from '../../../src/rkme/solver/start.js'

/** The baseline: k-means++ and Lloyd over all rows, then the best weights at the centres, by the library's own routines. */
export const baseline = (X: Matrix, gamma: number, precision: Precision) => {
  const kernel = gaussian(gamma)
  const frame: Frame = { centre: columnMeans(X), precision, weightFactor: 1 }
  const rows = centred(X, frame.centre, precision)
  const fine: Frame = { ...frame, precision: 'f64' }
  const holding = { rows: X, weights: undefined, total: X.rows, offset: 0 }
  const take = shareTaker(holding)
  const takeFine = shareTaker(holding)
  const spans = spanCount(X.rows)
  const ask = (request: SumRequest, taker = take): Float64Array => combine(request, taker(request, 0, spans))
  const [pairs] = ask({ kind: 'self', frame: fine, kernel, differences: true }, takeFine)
  const self = pairs / X.rows / X.rows

  const round = (points: Matrix): Matrix => lloydStep(points, ask({ kind: 'nearest', frame, points }))

  const converged = (n: number, seed: number): { points: Matrix; rounds: number } => {
    let points = seedPoints(rows, n, uniforms(seed))
    for (let rounds = 1; ; rounds++) {
      const next = round(points)
      if (next.data.every((value, i) => value === points.data[i])) return { points, rounds }
      points = next
    }
  }

  /** MMD² to the rows of the best weights at centred points, in f64. */
  const mmdSquared = (points: Matrix, constraint: Constraint): number => {
    const placed = { ...points, data: Float64Array.from(points.data) }
    const request = { kind: 'moments', frame: fine, points: placed, kernel, differences: true, vectors: false } as const
    const sums = ask(request, takeFine)
    const correlations = sums.map((sum) => sum / X.rows)
    return Math.max(0, self + fitWeights(placed, correlations, kernel, constraint).objective)
  }

  const centredPoints = (points: Matrix): Matrix => centred(points, frame.centre, 'f64')
  return { round, converged, mmdSquared, centredPoints, self, centre: frame.centre }
}
