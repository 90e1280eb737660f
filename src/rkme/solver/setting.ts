import type { Matrix } from '../../base/matrix.js'
import { permutation, uniforms } from '../../base/random.js'
import { beyond, centred, type Precision } from '../../kernel/centre.js'
import { isNormalised, originOf } from '../../kernel/form.js'
import { dotLoss } from '../../kernel/gram.js'
import type { Kernel } from '../../kernel/kernel.js'
import { fits, isNear } from '../../kernel/range.js'
import { dot } from '../../qp/lbfgs.js'
import type { Constraint } from '../../qp/quadratic.js'
import type { Embedding } from '../embedding.js'
import { evaluateAt } from '../evaluate.js'
import type { Frame, Steps, SumRequest } from '../rows/request.js'
import type { State } from './descend.js'
import type { Moments } from './projection.js'

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
  /** Number of points, or 'auto': doubled from 16 until error ≤ 0.3 · floor or n = min(cap, ⌈√m⌉). */
  readonly size: number | 'auto'
  readonly cap: number
  readonly constraint: Constraint
  readonly seed: number
  readonly iterations: number
  /** Steps on all rows, however many, after those on rows that stand for them; none by default. */
  readonly further?: number
  readonly tolerance: number
  readonly precision: Precision
  /** Lloyd rounds between k-means++ and the descent. */
  readonly rounds: number
  /** Whether ‖Φ̂‖², and with it `error` and `floor`, are worked out (NaN otherwise). */
  readonly measure: boolean
  readonly rowWeights?: ArrayLike<number>
  /** An embedding whose points the descent begins from, instead of k-means++. */
  readonly start?: Embedding
  readonly onProgress?: (progress: Progress) => void
}

/** Up to so many rows ‖Φ̂‖² is summed exactly, above it is estimated. */
export const exactSelfUpTo = 20000

// Sums over rows average rounding errors out, so they may go by dot products as soon as these lose no more than f32 rows
// lose by their own rounding; a Gram matrix keeps to the stricter rule of the kernel layer.
const differencesUpTo = 8
const lossAllowed = 2.5e-7

const estimateRows = 5000

function* sums(request: SumRequest): Steps<Float64Array> {
  return (yield request) as Float64Array
}

/** The raw rows of these indices. */
export function* rowsAt(indices: Int32Array): Steps<Matrix> {
  return (yield { kind: 'rows', indices }) as Matrix
}

/** What is settled before the first point is placed. */
export interface Setting {
  readonly rows: number
  readonly columns: number
  readonly frame: Frame
  readonly differences: boolean
  /** Σa² of weights that add up to 1: 1/rows where they are equal. */
  readonly roughness: number
  /** Mean of the rows, as they came. */
  readonly mean: Float64Array
  /** Mean of k(x, x) over the rows: 1 for most kernels, NaN where it is not asked for. */
  readonly diagonal: number
  readonly options: SolverOptions
}

/**
 * The frame of the sums: of the wanted precision around the mean, or in f64 where that would lose rows, or in f64 around 0, where
 * nothing is subtracted from rows that are far apart. With the largest ‖x‖², and whether rows are so far apart.
 */
function* frameOf(
  kernel: Kernel,
  mean: Float64Array,
  wanted: Precision,
  weightFactor: number,
): Steps<{ frame: Frame; extent: number; isFar: boolean }> {
  const { length } = mean
  const tried = [
    [wanted, mean],
    ['f64', mean],
    ['f64', new Float64Array(length)],
  ] as const
  let extent = Number.NaN
  for (const [precision, centre] of tried) {
    const frame: Frame = { centre, precision, weightFactor }
    extent = (yield* sums({ kind: 'extent', frame }))[0]
    if (!fits(kernel, length, extent, precision)) continue
    const isFar = centre !== mean
    if (isFar || isNear(kernel, length, extent, precision)) return { frame, extent, isFar }
  }
  throw beyond('X')
}

/** Asks for what is settled at the start: the mean of the rows, their weights, and how distances are summed. */
export function* settle(rows: number, columns: number, options: SolverOptions): Steps<Setting> {
  const total = yield* sums({ kind: 'total' })
  const { kernel } = options
  const mean = total.slice(2).map((value) => value / total[0])
  const centre = originOf(kernel, mean)
  const { frame, extent, isFar } = yield* frameOf(kernel, centre, options.precision, rows / total[0])
  const byDots = columns > differencesUpTo && kernel.kind === 'gaussian'
  const wanted = options.measure || options.size === 'auto'
  let diagonal = wanted ? 1 : Number.NaN
  if (wanted && !isNormalised(kernel)) diagonal = (yield* sums({ kind: 'diagonal', frame, kernel }))[0] / rows
  return {
    rows,
    columns,
    frame,
    differences: !byDots || dotLoss(kernel.gamma, extent, frame.precision) > lossAllowed,
    roughness: total[1] / (total[0] * total[0]),
    mean,
    diagonal,
    // The mean of rows that are the same to the last digit may be another number, too far from them all.
    options: isFar ? { ...options, rounds: 0 } : options,
  }
}

/** Sampling noise of the rows, √((mean k(x, x) − ‖Φ̂‖²) Σa²). */
export const floorOf = ({ roughness, diagonal }: Setting, self: number): number =>
  Math.sqrt(Math.max(0, diagonal - self) * roughness)

/**
 * The setting of the last sums, in f64: what rounding does to sums in f32, 1e-7 of ‖Φ̂‖², would be all of a small error, and weights
 * would follow it.
 */
export const inF64 = (setting: Setting): Setting => ({ ...setting, frame: { ...setting.frame, precision: 'f64' } })

/** ‖Φ̂‖², of the linear kernel that of the mean, else summed over all pairs of rows. */
export function* selfTerm({ rows, mean, frame, differences, options }: Setting): Steps<number> {
  if (options.kernel.kind === 'linear') return dot(mean, mean)
  const [sum] = yield* sums({ kind: 'self', frame, kernel: options.kernel, differences })
  return sum / rows / rows
}

/** Φ̂ at points, and with `vectors` what its gradient there needs. */
export function* momentsOf(setting: Setting, points: Matrix, vectors: boolean): Steps<Moments> {
  const { rows, frame, differences, options } = setting
  const answer = yield* sums({ kind: 'moments', frame, points, kernel: options.kernel, differences, vectors })
  for (let i = 0; i < answer.length; i++) answer[i] /= rows
  return { correlations: answer.subarray(0, points.rows), vectors: answer.subarray(points.rows) }
}

/** An expansion near Φ̂, with the values of Φ̂ at its points. */
interface Near {
  readonly points: Matrix
  readonly weights: Float64Array
  readonly correlations: Float64Array
  /** Its own values there. */
  readonly own: Float64Array
  /** Its squared norm less twice its inner product with Φ̂. */
  readonly objective: number
}

/**
 * ‖Φ̂‖² of many rows from some of them, drawn apart from a Φ̃ near Φ̂: ‖Φ̂ − Φ̃‖² = mean over these rows of [Φ̂(x) − Φ̃(x)]
 * − Σ β_j [Φ̂(z_j) − Φ̃(z_j)] has a small variance, since both nearly agree, and ‖Φ̂‖² = ‖Φ̂ − Φ̃‖² − (the objective of Φ̃).
 */
export const selfNear = (
  kernel: Kernel,
  { points, weights, correlations, own, objective }: Near,
  seen: Matrix,
  atSeen: Float64Array,
  weightOf: (s: number) => number = () => 1,
): number => {
  const values = evaluateAt(seen, points, weights, kernel)
  let residual = 0
  for (let s = 0; s < seen.rows; s++) residual += (weightOf(s) * (atSeen[s] - values[s])) / seen.rows
  for (let j = 0; j < points.rows; j++) residual -= weights[j] * (correlations[j] - own[j])
  return Math.max(0, residual) - objective
}

/** {@link selfNear} a state. */
export function* selfEstimate(setting: Setting, state: State): Steps<number> {
  const { rows, frame, options } = setting
  const { kernel, rowWeights } = options
  const random = uniforms(options.seed ^ 0x5bd1e995)
  const indices = permutation(random, rows, Math.min(rows, estimateRows)).sort()
  const seen = centred(yield* rowsAt(indices), frame.centre, frame.precision)
  const { correlations } = yield* momentsOf(setting, seen, false)
  const { points, weights } = state
  const near = { ...state, own: evaluateAt(points, points, weights, kernel) }
  return selfNear(kernel, near, seen, correlations, rowWeights && ((s) => rowWeights[indices[s]] * frame.weightFactor))
}
