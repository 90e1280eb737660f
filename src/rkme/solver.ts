import { type Matrix, takeRows } from '../base/matrix.js'
import { permutation, uniforms } from '../base/random.js'
import { centred, dotLoss, type Precision } from '../kernel/gram.js'
import type { Kernel } from '../kernel/kernel.js'
import { type AskMoments, descend, type State, stateAt } from './descend.js'
import type { Embedding } from './embedding.js'
import { evaluateAt } from './evaluate.js'
import { curvature } from './lbfgs.js'
import { layPilot, pilotBasis } from './pilot.js'
import { type Constraint, fitWeights, type Moments } from './projection.js'
import type { Answer, Frame, Request, SumRequest } from './request.js'
import { clusterCentres } from './start.js'

/** What happened so far, told between requests. */
export interface Progress {
  readonly phase: 'start' | 'descent' | 'error'
  readonly size: number
  readonly iteration: number
  readonly iterations: number
}

/** Everything that decides a reduction, besides the rows. */
export interface SolverOptions {
  readonly kernel: Kernel
  /** Number of points, or 'auto': doubled from 4 until error ≤ 0.3 · floor or n = min(cap, ⌈√m⌉). */
  readonly size: number | 'auto'
  readonly cap: number
  readonly constraint: Constraint
  readonly seed: number
  readonly iterations: number
  readonly tolerance: number
  readonly precision: Precision
  /** Lloyd rounds between k-means++ and the descent. */
  readonly rounds: number
  /** Whether ‖Φ̂‖², and with it `error` and `floor`, are worked out (NaN otherwise). */
  readonly measure: boolean
  readonly rowWeights?: ArrayLike<number>
  readonly onProgress?: (progress: Progress) => void
}

/** Up to so many rows ‖Φ̂‖² is summed exactly, above it is estimated. */
export const exactSelfUpTo = 20000

// Sums over rows average rounding errors out, so they may go by dot products as soon as these lose no more than f32 rows
// lose by their own rounding; a Gram matrix keeps to the stricter rule of the kernel layer.
const differencesUpTo = 8
const lossAllowed = 2.5e-7

const estimateRows = 5000
const leastWeight = 1e-6
const floorShare = 0.3
const firstAutoSize = 4
const memory = 10
const leastSample = 1024
const samplePerPoint = 10
const pilotIterations = 12
const pilotTolerance = 0.02

type Steps<T> = Generator<Request, T, Answer>

function* sums(request: SumRequest): Steps<Float64Array> {
  return (yield request) as Float64Array
}

function* rowsAt(indices: Int32Array): Steps<Matrix> {
  return (yield { kind: 'rows', indices }) as Matrix
}

/** What is settled before the first point is placed. */
interface Setting {
  readonly rows: number
  readonly columns: number
  readonly frame: Frame
  readonly differences: boolean
  readonly totalWeight: number
  /** Σa² of weights that add up to 1: 1/rows where they are equal. */
  readonly roughness: number
  readonly options: SolverOptions
}

/**
 * The reduced-set solver: minimises ‖Σ a_i k(x_i, ·) − Σ β_j k(z_j, ·)‖² over points and weights by variable projection
 * with L-BFGS, from k-means++ and a few Lloyd rounds. It holds no rows: it yields requests and receives sums.
 */
export function* solve(rows: number, columns: number, options: SolverOptions): Steps<Embedding> {
  const total = yield* sums({ kind: 'total' })
  const centre = total.slice(2).map((value) => value / total[0])
  const frame: Frame = { centre, precision: options.precision, weightFactor: rows / total[0] }
  const extent = columns > differencesUpTo ? (yield* sums({ kind: 'extent', frame }))[0] : 0
  const setting: Setting = {
    rows,
    columns,
    frame,
    differences: columns <= differencesUpTo || dotLoss(options.kernel.gamma, extent, options.precision) > lossAllowed,
    totalWeight: total[0],
    roughness: total[1] / (total[0] * total[0]),
    options,
  }
  const { size, cap, measure } = options
  const exact = measure || size === 'auto'
  const self = exact && rows <= exactSelfUpTo ? yield* selfTerm(setting) : undefined
  if (size !== 'auto') return yield* finish(setting, yield* reduceTo(setting, Math.min(size, rows), -Infinity), self)
  const limit = Math.min(cap, Math.ceil(Math.sqrt(rows)))
  for (let n = Math.min(firstAutoSize, limit); ; n = Math.min(2 * n, limit)) {
    const known =
      self ?? (yield* selfEstimate(setting, yield* reduceTo(setting, Math.min(firstAutoSize, limit), -Infinity)))
    const floor = floorOf(setting, known)
    const target = floorShare * floorShare * floor * floor - known
    const embedding = yield* finish(setting, yield* reduceTo(setting, n, target), known)
    if (n === limit || embedding.error <= floorShare * embedding.floor) return embedding
  }
}

const floorOf = ({ roughness }: Setting, self: number): number => Math.sqrt(Math.max(0, 1 - self) * roughness)

function* selfTerm({ rows, frame, differences, options }: Setting): Steps<number> {
  const [sum] = yield* sums({ kind: 'self', frame, gamma: options.kernel.gamma, differences })
  return sum / rows / rows
}

function* momentsOf(setting: Setting, points: Matrix, vectors: boolean): Steps<Moments> {
  const { rows, frame, differences, options } = setting
  const answer = yield* sums({ kind: 'moments', frame, points, gamma: options.kernel.gamma, differences, vectors })
  for (let i = 0; i < answer.length; i++) answer[i] /= rows
  return { correlations: answer.subarray(0, points.rows), vectors: answer.subarray(points.rows) }
}

/** Points for one size. Where there are no more rows than points, the rows themselves. */
function* reduceTo(setting: Setting, n: number, target: number): Steps<State> {
  const { rows, options } = setting
  const { kernel, constraint, onProgress } = options
  const { gamma } = kernel
  const tell = (phase: Progress['phase'], iteration: number): void =>
    onProgress?.({ phase, size: n, iteration, iterations: options.iterations })
  const random = uniforms(options.seed)
  const ask: AskMoments = (points, vectors) => momentsOf(setting, points, vectors)
  tell('start', 0)
  const { sample, points } = yield* startingPoints(setting, n, random)
  if (n === rows) return yield* stateAt(points, ask, gamma, constraint)
  const settings = { gamma, constraint, tolerance: options.tolerance, target, curvature: curvature(memory) }
  const basis = options.iterations > 0 ? pilotBasis(n, rows) : 0
  let start: State | undefined
  if (basis > 0) {
    const pilot = yield* layPilot(points, sample, basis, gamma, setting.differences, random, (at) =>
      momentsOf(setting, at, false),
    )
    const before = yield* stateAt(points, pilot.ask, gamma, constraint)
    const after = yield* descend(before, pilot.ask, {
      ...settings,
      iterations: pilotIterations,
      tolerance: pilotTolerance,
    })
    const reached = yield* stateAt(after.points, ask, gamma, constraint, after.weights)
    if (reached.objective <= fitWeights(points, pilot.correlations, gamma, constraint).objective) start = reached
  }
  start ??= yield* stateAt(points, ask, gamma, constraint)
  const onIteration = (iteration: number): void => tell('descent', iteration)
  return yield* descend(start, ask, { ...settings, iterations: options.iterations, onIteration })
}

/** Centred rows to choose from, and starting points among them: k-means++ and a few Lloyd rounds. */
function* startingPoints(setting: Setting, n: number, random: () => number): Steps<{ sample: Matrix; points: Matrix }> {
  const { rows, frame, options } = setting
  const { rowWeights, precision } = options
  const sampled = Math.min(rows, Math.max(leastSample, samplePerPoint * n))
  const indices =
    sampled < rows ? permutation(random, rows, sampled).sort() : Int32Array.from({ length: rows }, (_, i) => i)
  const sample = centred(yield* rowsAt(indices), frame.centre, precision)
  if (n >= rows) return { sample, points: sample }
  const weights = rowWeights && Float64Array.from(indices, (i) => rowWeights[i])
  return { sample, points: clusterCentres(sample, n, options.rounds, random, weights) }
}

/** Drops points without weight, fits the others again, and measures. */
function* finish(setting: Setting, state: State, self: number | undefined): Steps<Embedding> {
  const { rows, frame, options } = setting
  const { kernel, constraint, measure, iterations, onProgress } = options
  const { columns } = state.points
  const kept: number[] = []
  for (let j = 0; j < state.points.rows; j++) if (Math.abs(state.weights[j]) >= leastWeight) kept.push(j)
  let { points, weights, objective } = state
  let correlations = state.correlations
  if (kept.length < points.rows && kept.length > 0) {
    points = takeRows(points, kept)
    correlations = Float64Array.from(kept, (j) => state.correlations[j])
    ;({ weights, objective } = fitWeights(points, correlations, kernel.gamma, constraint))
  }
  onProgress?.({ phase: 'error', size: points.rows, iteration: iterations, iterations })
  const final: State = { ...state, points, weights, objective, correlations }
  const known = self ?? (measure ? yield* selfEstimate(setting, final) : Number.NaN)
  const shifted = new Float64Array(points.data.length)
  for (let i = 0; i < shifted.length; i++) shifted[i] = points.data[i] + frame.centre[i % columns]
  return {
    kernel,
    points: { rows: points.rows, columns, data: shifted },
    weights,
    samples: rows,
    error: Math.sqrt(Math.max(0, known + objective)),
    floor: floorOf(setting, known),
  }
}

/**
 * ‖Φ̂‖² of many rows: MMD² = mean over seeded rows of [Φ̂(x) − Φ̃(x)] − Σ β_j [Φ̂(z_j) − Φ̃(z_j)] has a small variance, since
 * both embeddings nearly agree, and ‖Φ̂‖² = MMD² − (the objective).
 */
function* selfEstimate(setting: Setting, state: State): Steps<number> {
  const { rows, frame, options } = setting
  const random = uniforms(options.seed ^ 0x5bd1e995)
  const indices = permutation(random, rows, Math.min(rows, estimateRows)).sort()
  const seen = centred(yield* rowsAt(indices), frame.centre, options.precision)
  const { correlations } = yield* momentsOf(setting, seen, false)
  const { points, weights } = state
  const { gamma } = options.kernel
  const values = evaluateAt(seen, points, weights, gamma)
  let residual = 0
  for (let s = 0; s < indices.length; s++) {
    const weight = options.rowWeights ? options.rowWeights[indices[s]] * frame.weightFactor : 1
    residual += (weight * (correlations[s] - values[s])) / indices.length
  }
  const own = evaluateAt(points, points, weights, gamma)
  for (let j = 0; j < points.rows; j++) residual -= weights[j] * (state.correlations[j] - own[j])
  return Math.max(0, residual) - state.objective
}
