import { type Matrix, stackRows, takeRows } from '../../base/matrix.js'
import { permutation, uniforms } from '../../base/random.js'
import { centred } from '../../kernel/centre.js'
import { diagonal, isNormalised } from '../../kernel/form.js'
import { evaluateAt } from '../evaluate.js'
import { heldRows, ownFrame, type Steps } from '../rows/request.js'
import type { AskMoments } from './descend.js'
import { momentsFrom } from './pilot.js'
import { ridgeWeights } from './projection.js'
import { momentsOf, rowsAt, type Setting, selfNear } from './setting.js'

/** Basis points for each reduced point, as many as for a pilot, but so many at least: they also serve the measuring of ‖Φ̂‖². */
const basisPerPoint = 4
const leastBasis = 512
const mostBasis = 1024
/** With the basis and the points found they give the error to about 1 % where it is above the sampling noise. */
const measuredRows = 1024
const ridge = 1e-5

/**
 * Many rows held of very many, standing for all of them: Φ̂_s + Σ α_l k(y_l, ·), with Φ̂_s the embedding of the rows held and
 * (K + ridge)α = (Φ̂ − Φ̂_s)(y) at points y where Φ̂ is known. A descent on it costs no reading.
 */
export interface StandIn {
  /** The rows held, centred. */
  readonly sample: Matrix
  /** ‖Φ̂‖² of all rows, from what is known of Φ̂ now; undefined where it is not asked for. */
  self(): number | undefined
  /** Moments of the stand-in as it is now. */
  ask(): Steps<AskMoments>
  /** Takes Φ̂ at further points for known, in the place of those before. */
  learn(points: Matrix, correlations: Float64Array): void
}

/** Holds rows and asks for Φ̂ at some of them: two readings. */
export function* layStandIn(setting: Setting, measured: boolean): Steps<StandIn> {
  const { rows, columns, frame, differences, options } = setting
  const { kernel, size, seed } = options
  const random = uniforms(seed ^ 0x2c1b3c6d)
  const indices = permutation(random, rows, heldRows(columns)).sort()
  const sample = centred(yield* rowsAt(indices), frame.centre, frame.precision)
  const basisSize = Math.min(mostBasis, Math.max(leastBasis, size === 'auto' ? mostBasis : basisPerPoint * size))
  const order = permutation(random, sample.rows, basisSize + (measured ? measuredRows : 0))
  const first = takeRows(sample, order.subarray(0, basisSize))
  const seen = takeRows(sample, order.subarray(basisSize))
  const { correlations } = yield* momentsOf(setting, stackRows(first, seen), false)
  const atFirst = correlations.slice(0, basisSize)
  const atSeen = correlations.slice(basisSize)
  const scale = isNormalised(kernel) ? 1 : diagonal(kernel, first).reduce((sum, value) => sum + value, 0) / basisSize
  const fitted = ({ points, correlations: values }: Known): Float64Array =>
    ridgeWeights(points, values, kernel, ridge * scale)
  const of = { rows: sample, weights: new Float64Array(sample.rows).fill(1 / sample.rows) }
  const heldFrame = ownFrame(sample)
  const held: AskMoments = function* (points, vectors) {
    const asked = { kind: 'moments', frame: heldFrame, points, kernel, differences, vectors, of } as const
    const answer = (yield asked) as Float64Array
    return { correlations: answer.subarray(0, points.rows), vectors: answer.subarray(points.rows) }
  }
  let learnt: Known | undefined
  const known = (): Known =>
    learnt === undefined
      ? { points: first, correlations: atFirst }
      : {
          points: stackRows(first, learnt.points),
          correlations: Float64Array.of(...atFirst, ...learnt.correlations),
        }
  return {
    sample,
    self: () => {
      if (!measured) return undefined
      const near = known()
      const weights = fitted(near)
      const own = evaluateAt(near.points, near.points, weights, kernel)
      const objective = weights.reduce((sum, weight, l) => sum + weight * (own[l] - 2 * near.correlations[l]), 0)
      return selfNear(kernel, { ...near, weights, own, objective }, seen, atSeen)
    },
    *ask() {
      const { points: basis, correlations: all } = known()
      const atHeld = (yield* held(basis, false)).correlations
      const alpha = fitted({ points: basis, correlations: all.map((value, l) => value - atHeld[l]) })
      const rest = momentsFrom(basis, alpha, kernel, differences)
      return function* (points, vectors) {
        const a = yield* held(points, vectors)
        const b = yield* rest(points, vectors)
        return { correlations: added(a.correlations, b.correlations), vectors: added(a.vectors, b.vectors) }
      }
    },
    learn: (points, values) => {
      learnt = { points, correlations: values }
    },
  }
}

interface Known {
  readonly points: Matrix
  readonly correlations: Float64Array
}

const added = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value + b[i])
