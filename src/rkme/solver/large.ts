import { type Matrix, stackRows, takeRows } from '../../base/matrix.js'
import { permutation, uniforms } from '../../base/random.js'
import { centred } from '../../kernel/centre.js'
import { curvature } from '../../qp/lbfgs.js'
import type { Steps } from '../rows/request.js'
import { type AskMoments, type State, stateAt } from './descend.js'
import { lower, memory, placeStart, sampledRows } from './lower.js'
import { fitWeights } from './projection.js'
import { momentsOf, type Setting } from './setting.js'
import type { StandIn } from './stand-in.js'
import { fillPoints, heaviestPoints } from './warm.js'

const mostRounds = 3
/** A round that gains less than so many times the tolerance is the last: the next one would gain less than the reading is worth. */
const roundTolerance = 10

/** What a reduction of many rows is held against. */
export interface Goal {
  /** The objective that is low enough. */
  readonly target: number
  /** Above it there is no need for a further reading: more points will be tried. */
  readonly far: number
  readonly onIteration: (iteration: number) => void
}

/**
 * Points for one size by rounds of two steps: a descent on the stand-in, which reads nothing, and one reading that says what its points
 * are worth, from which the stand-in learns. Where steps on all rows are asked for, they follow.
 */
export function* reduceLarge(setting: Setting, n: number, standIn: StandIn, goal: Goal): Steps<State> {
  const { options } = setting
  const { kernel, constraint, iterations, tolerance, further = 0 } = options
  const { target, far, onIteration } = goal
  const random = uniforms(options.seed)
  const { sample } = standIn
  const some = takeRows(sample, permutation(random, sample.rows, sampledRows(sample.rows, n)).sort())
  const { points: centres, levels } = placeStart(setting, n, some, undefined, random)
  let points = centres
  let at = yield* standIn.ask()
  if (options.start !== undefined) {
    const known = centred(heaviestPoints(options.start, n), setting.frame.centre, setting.frame.precision)
    const filled = fillPoints(known, some, n, random)
    const warm = yield* stateAt(filled, at, kernel, constraint, undefined, false)
    const plain = yield* stateAt(centres, at, kernel, constraint, undefined, false)
    if (warm.objective <= plain.objective) points = filled
  }
  const ask: AskMoments = (places, vectors) => momentsOf(setting, places, vectors)
  if (iterations === 0) return yield* stateAt(points, ask, kernel, constraint, undefined, false)
  const settings = { kernel, constraint, tolerance, target }
  let told = 0
  const tell = (): void => onIteration(Math.min(++told, iterations))
  let best: State | undefined
  let reference = 0
  let weights: Float64Array | undefined
  for (let round = 0; round < mostRounds; round++) {
    if (round > 0) at = yield* standIn.ask()
    const begun = yield* stateAt(points, at, kernel, constraint, weights)
    const how = { ...settings, iterations, curvature: curvature(memory), onIteration: tell }
    const reached = yield* lower(begun, at, round === 0 ? how : { ...how, reference }, levels)
    let gain = Infinity
    if (best === undefined) {
      // The points that the descent began from are looked at too: nothing worse than they are goes out.
      const both = yield* momentsOf(setting, stackRows(reached.points, points), false)
      const stateOf = (places: Matrix, correlations: Float64Array): State => ({
        points: places,
        ...fitWeights(places, correlations, kernel, constraint),
      })
      const first = stateOf(points, both.correlations.slice(n))
      best = stateOf(reached.points, both.correlations.slice(0, n))
      standIn.learn(best.points, best.correlations)
      reference = first.objective
      if (first.objective < best.objective) best = first
    } else {
      const next: State = yield* stateAt(reached.points, ask, kernel, constraint, reached.weights, false)
      standIn.learn(next.points, next.correlations)
      gain = best.objective - next.objective
      if (gain > 0) best = next
    }
    ;({ points, weights } = best)
    if (best.objective <= target || best.objective > far) break
    if (gain <= roundTolerance * tolerance * (reference - best.objective)) break
  }
  if (further === 0) return best as State
  const begun = yield* stateAt(points, ask, kernel, constraint, weights)
  const how = { ...settings, iterations: further, curvature: curvature(memory), onIteration, reference }
  return yield* lower(begun, ask, how, levels)
}
