import { type Matrix, takeRows } from '../../base/matrix.js'
import { permutation, uniforms } from '../../base/random.js'
import { centred } from '../../kernel/centre.js'
import { isNormalised } from '../../kernel/form.js'
import { curvature, dot } from '../../qp/lbfgs.js'
import type { Embedding } from '../embedding.js'
import { isLarge, type Steps } from '../rows/request.js'
import type { Levels } from './categories.js'
import { type AskMoments, descend, type State, stateAt } from './descend.js'
import { reduceLarge } from './large.js'
import { lower, memory, placeStart, sampledRows } from './lower.js'
import { layPilot, pilotBasis } from './pilot.js'
import { fitWeights } from './projection.js'
import {
  exactSelfUpTo,
  floorOf,
  inF64,
  momentsOf,
  type Progress,
  rowsAt,
  type Setting,
  type SolverOptions,
  selfEstimate,
  selfTerm,
  settle,
} from './setting.js'
import { layStandIn, type StandIn } from './stand-in.js'
import { fillPoints, heaviestPoints } from './warm.js'

export type { Progress, SolverOptions } from './setting.js'

const leastWeight = 1e-6
const floorShare = 0.3
/** With fewer points, where the floor allows them, an unseen job is told wrong by more than 0.04 in 3 of 100 tasks. */
const firstAutoSize = 16
const pilotIterations = 12
/** With fewer rows held for each point the points would fit these rows alone. */
const rowsPerPoint = 8
const pilotTolerance = 0.02

/**
 * The reduced-set solver: minimises ‖Σ a_i k(x_i, ·) − Σ β_j k(z_j, ·)‖² over points and weights by variable projection
 * with L-BFGS, from k-means++ and a few Lloyd rounds or from an earlier reduced set. It holds no rows, but for some that stand
 * for very many: it yields requests and receives sums.
 */
export function* solve(rows: number, columns: number, options: SolverOptions): Steps<Embedding> {
  const setting = yield* settle(rows, columns, options)
  const { size, cap, measure, rowWeights } = options
  const measured = measure || size === 'auto'
  const exact = measured && (rows <= exactSelfUpTo || options.kernel.kind === 'linear')
  const standIn =
    isLarge(rows, columns) && rowWeights === undefined ? yield* layStandIn(setting, measured && !exact) : undefined
  const summed = exact ? yield* selfTerm(inF64(setting)) : undefined
  const known = (): number | undefined => summed ?? standIn?.self()
  if (size !== 'auto') {
    const state = yield* reduceTo(setting, Math.min(size, rows), -Infinity, Infinity, standIn)
    return yield* finish(setting, state, known())
  }
  const self = known()
  const floor = self === undefined ? 0 : floorOf(setting, self)
  const goal = floorShare * floorShare * floor * floor
  const target = self === undefined ? -Infinity : goal - self
  const limit = Math.min(cap, Math.ceil(Math.sqrt(rows)))
  const first = Math.max(firstAutoSize, options.start?.points.rows ?? 0)
  for (let n = Math.min(first, limit); ; n = Math.min(2 * n, limit)) {
    // Twice the error that is wanted: another reading would not bring it down so far.
    const far = n < limit ? target + 3 * goal : Infinity
    const state = yield* reduceTo(setting, n, target, far, standIn)
    const embedding = yield* finish(setting, state, known())
    if (n === limit || embedding.error <= floorShare * embedding.floor) return embedding
  }
}

/** Points for one size. Where there are no more rows than points, the rows themselves. */
function* reduceTo(setting: Setting, n: number, target: number, far: number, standIn?: StandIn): Steps<State> {
  const { rows, options } = setting
  const { kernel, constraint, onProgress } = options
  const tell = (phase: Progress['phase'], iteration: number): void =>
    onProgress?.({ phase, size: n, iteration, iterations: options.iterations })
  const onIteration = (iteration: number): void => tell('descent', iteration)
  tell('start', 0)
  if (standIn && rowsPerPoint * n <= standIn.sample.rows)
    return yield* reduceLarge(setting, n, standIn, { target, far, onIteration })
  const random = uniforms(options.seed)
  const ask: AskMoments = (points, vectors) => momentsOf(setting, points, vectors)
  const { sample, sampleWeights, points, levels } = yield* startingPoints(setting, n, random)
  if (n === rows) return yield* stateAt(points, ask, kernel, constraint)
  const settings = { kernel, constraint, tolerance: options.tolerance, target, curvature: curvature(memory) }
  const onRows = { ...settings, iterations: options.iterations, onIteration }
  if (options.start !== undefined) {
    const known = centred(heaviestPoints(options.start, n), setting.frame.centre, setting.frame.precision)
    const filled = fillPoints(known, sample, n, random, sampleWeights)
    const warm = yield* stateAt(filled, ask, kernel, constraint)
    const { correlations } = yield* ask(points, false)
    const reference = fitWeights(points, correlations, kernel, constraint).objective
    if (warm.objective <= reference) return yield* lower(warm, ask, { ...onRows, reference }, levels)
  }
  const basis = options.iterations > 0 && isNormalised(kernel) ? pilotBasis(n, rows) : 0
  let start: State | undefined
  if (basis > 0) {
    const pilot = yield* layPilot(points, sample, basis, kernel, setting.differences, random, (at) =>
      momentsOf(setting, at, false),
    )
    const before = yield* stateAt(points, pilot.ask, kernel, constraint)
    const after = yield* descend(before, pilot.ask, {
      ...settings,
      iterations: pilotIterations,
      tolerance: pilotTolerance,
    })
    const reached = yield* stateAt(after.points, ask, kernel, constraint, after.weights)
    if (reached.objective <= fitWeights(points, pilot.correlations, kernel, constraint).objective) start = reached
  }
  start ??= yield* stateAt(points, ask, kernel, constraint)
  return yield* lower(start, ask, onRows, levels)
}

/** Centred rows to choose from, and starting points among them: k-means++ and a few Lloyd rounds. */
function* startingPoints(
  setting: Setting,
  n: number,
  random: () => number,
): Steps<{ sample: Matrix; sampleWeights: Float64Array | undefined; points: Matrix; levels?: Levels }> {
  const { rows, frame, options } = setting
  const { rowWeights } = options
  const sampled = sampledRows(rows, n)
  const indices =
    sampled < rows ? permutation(random, rows, sampled).sort() : Int32Array.from({ length: rows }, (_, i) => i)
  const sample = centred(yield* rowsAt(indices), frame.centre, frame.precision)
  const sampleWeights = rowWeights && Float64Array.from(indices, (i) => rowWeights[i])
  if (n >= rows) return { sample, sampleWeights, points: sample }
  return { sample, sampleWeights, ...placeStart(setting, n, sample, sampleWeights, random) }
}

/** Fits the weights to sums in f64, where the result is measured; drops points without weight, fits the others again, and measures. */
function* finish(setting: Setting, state: State, self: number | undefined): Steps<Embedding> {
  const { rows, frame, options } = setting
  const { kernel, constraint, iterations, onProgress } = options
  const { columns } = state.points
  const wanted = options.measure || options.size === 'auto'
  let { points, weights, objective, correlations } = state
  if (wanted && frame.precision === 'f32') {
    points = { ...points, data: Float64Array.from(points.data) }
    correlations = (yield* momentsOf(inF64(setting), points, false)).correlations
    ;({ weights, objective } = fitWeights(points, correlations, kernel, constraint))
  }
  const kept = [...weights.keys()].filter((j) => Math.abs(weights[j]) >= leastWeight)
  if (kept.length < points.rows && kept.length > 0) {
    points = takeRows(points, kept)
    correlations = Float64Array.from(kept, (j) => correlations[j])
    ;({ weights, objective } = fitWeights(points, correlations, kernel, constraint))
  }
  onProgress?.({ phase: 'error', size: points.rows, iteration: iterations, iterations })
  const final: State = { ...state, points, weights, objective, correlations }
  const known = self ?? (wanted ? yield* selfEstimate(setting, final) : Number.NaN)
  const shifted = new Float64Array(points.data.length)
  for (let i = 0; i < shifted.length; i++) shifted[i] = points.data[i] + frame.centre[i % columns]
  return {
    kernel,
    points: { rows: points.rows, columns, data: shifted },
    weights,
    samples: rows,
    error: Math.sqrt(squaredError(setting, final, known)),
    floor: floorOf(setting, known),
  }
}

// 2⁻⁵⁰. Seen of sums in f64: MMD² is off by up to 2⁻⁵¹ of ‖Φ̂‖².
const rounding = 8.881784197001252e-16

/** MMD² to the rows, from ‖Φ̂‖²; of the linear kernel ‖mean − Σ β_j z_j‖², which loses no digits, else at least what rounding hides. */
const squaredError = ({ mean, options }: Setting, { points, weights, objective }: State, known: number): number => {
  if (options.kernel.kind !== 'linear' || Number.isNaN(known)) return Math.max(rounding * known, known + objective)
  const rest = mean.map((value, k) =>
    weights.reduce((sum, weight, j) => sum - weight * points.data[j * mean.length + k], value),
  )
  return dot(rest, rest)
}
