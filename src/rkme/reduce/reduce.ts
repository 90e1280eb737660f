import { options as checkOptions, finite, lengthOf, oneOf, whole } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import { type Matrix, type Samples, samples } from '../../base/matrix.js'
import { gammaByDimension } from '../../kernel/bandwidth.js'
import { type Precision, precisionOf } from '../../kernel/centre.js'
import { checkColumns, isNormalised } from '../../kernel/form.js'
import { checkKernel, gaussian, type Kernel, nameOf } from '../../kernel/kernel.js'
import type { Constraint } from '../../qp/quadratic.js'
import type { Embedding, LabelledEmbedding } from '../embedding.js'
import { checkLabelledEmbedding } from '../plain.js'
import { drive, driveAsync, localSource, type RowSource } from '../rows/driver.js'
import { checkWeights } from '../rows/share.js'
import { type Progress, type SolverOptions, solve } from '../solver/solver.js'
import { labelledPlan, type Plan } from './labels.js'

/** Options of {@link reduce}; every one has a default. */
export interface ReduceOptions {
  /** Gaussian with gamma = 1/(4d) by default, for standardised columns. */
  readonly kernel?: Kernel
  /** Number of points at most (points without weight are dropped), or 'auto': as many as the rows can tell. */
  readonly size?: number | 'auto'
  /** The most points that 'auto' may take. */
  readonly cap?: number
  /** Words make class-wise embeddings, numbers a joint one. */
  readonly labels?: ArrayLike<string> | ArrayLike<number>
  /** Where number labels are centred, 0 by default: y becomes (y − labelCentre)/labelScale. */
  readonly labelCentre?: number
  /** 1 by default. */
  readonly labelScale?: number
  /** The gamma of scaled number labels, 0.25 by default. */
  readonly gammaLabel?: number
  /** How much each row counts, at least 0; by default all alike. */
  readonly rowWeights?: ArrayLike<number>
  /**
   * The embedding of an earlier state of the rows, whose points the solver begins from: cut to the heaviest, or filled up with
   * rows far from them; where k-means++ centres are nearer, they are taken. 'auto' goes on from its size. With labels, its
   * classes or its joint embedding serve likewise. It brings the kernel.
   */
  readonly start?: LabelledEmbedding
  /** Of the weights: at least 0 ('cone', the default), summing to 1 besides ('simplex'), or any ('free'). */
  readonly constraint?: Constraint
  readonly seed?: number
  /**
   * Steps of the descent at most, by default 200. Where the rows are 65,536 or more (2²³/d of more than 128 columns, at least 4,096) and have no
   * weights, they are taken on rows that stand for all of them, and on all rows only where this option is given.
   */
  readonly iterations?: number
  /** The descent ends where its last steps gained no more than this share of what all have gained, by default 1e-4. */
  readonly tolerance?: number
  /** Lloyd rounds between k-means++ and the descent, by default 3. */
  readonly rounds?: number
  /**
   * Of the sums over rows during the descent; that of the data by default, always f64 for kernels of x·y, whose MMD² is a difference
   * of large numbers. Everything else is f64: so are the last sums, which weights, `error` and `floor` are made of.
   */
  readonly precision?: Precision
  /** false saves the m²/2 kernel values of `error` and `floor`, which are NaN then, and the last sums in f64 of rows in f32. */
  readonly measure?: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

const optionNames = [
  'kernel size cap labels labelCentre labelScale gammaLabel rowWeights constraint seed iterations tolerance rounds',
  'precision measure start signal onProgress',
]
  .join(' ')
  .split(' ')

/** Checked rows and solver options: what every driver starts from. */
export const planReduction = (X: Samples, options: ReduceOptions): Plan => {
  checkOptions(options, 'options', optionNames)
  const rows = samples(X, 'X')
  const { size = 'auto', rowWeights } = options
  const start = options.start && checkLabelledEmbedding(options.start, 'start')
  const kernel = checkKernel(options.kernel ?? start?.kernel ?? gaussian(gammaByDimension(rows.columns)))
  checkColumns(kernel, rows, 'X')
  checkWeights(rowWeights, rows.rows)
  if (start !== undefined) checkStart(start, rows, kernel)
  const precision = oneOf(options.precision ?? precisionOf(rows.data), 'precision', ['f32', 'f64'])
  const solver: SolverOptions = {
    kernel,
    size: size === 'auto' ? size : whole(size, 'size', 1),
    cap: options.cap === undefined ? Number.MAX_SAFE_INTEGER : whole(options.cap, 'cap', 1),
    constraint: oneOf(options.constraint ?? 'cone', 'constraint', ['cone', 'simplex', 'free']),
    seed: whole(options.seed ?? 0, 'seed'),
    iterations: whole(options.iterations ?? 200, 'iterations'),
    further: options.iterations,
    tolerance: finite(options.tolerance ?? 1e-4, 'tolerance', 0),
    rounds: whole(options.rounds ?? 3, 'rounds'),
    precision: isNormalised(kernel) ? precision : 'f64',
    measure: options.measure ?? true,
    rowWeights,
    start,
    onProgress: options.onProgress,
  }
  return labelledPlan(rows, solver, { ...options, start })
}

const checkStart = ({ points, kernel: given }: Embedding, { columns }: Matrix, kernel: Kernel): void => {
  lengthOf({ length: points.columns }, 'start.points columns', columns)
  if (nameOf(given) !== nameOf(kernel)) {
    throw new ValueError(
      `"start" expected ${nameOf(kernel)}, as in "kernel", got ${nameOf(given)}; leave one of the two options out`,
    )
  }
}

/**
 * A reduced set of the rows X (m × d): points and weights whose embedding Φ̃ = Σ_j β_j k(z_j, ·) is near the empirical
 * embedding Φ̂ = Σ_i a_i k(x_i, ·), by minimising ‖Φ̂ − Φ̃‖² over both (Eq. 1 and 2 of the founding paper; variable projection).
 * Where there are 32 rows or more for each point, the first iterations run on a stand-in for the rows, Φ̂ projected onto 4n of
 * them (Nyström). Of very many rows (see `iterations`) 32,768, with a correction that makes Φ̂ right at up to 1,024 of them and at
 * the points found, are the stand-in for all iterations, in at most three rounds of a descent and one look at all rows; the error is
 * within a few percent of what as many iterations on all rows reach, or below `floor`, and is itself estimated to a few percent.
 * `error` is ‖Φ̂ − Φ̃‖, not squared, and at least 3e-8‖Φ̂‖, below which rounding decides (but for the linear kernel). The same rows,
 * options and seed give the same bytes everywhere.
 * With labels it also carries the embeddings on z = (x, y).
 * @throws TypeError or RangeError where an argument is refused; the reason of `signal` where it aborts.
 */
export const reduce = (X: Samples, options: ReduceOptions = {}): LabelledEmbedding => {
  const plan = planReduction(X, options)
  return plan.assemble(
    plan.tasks.map(({ rows, options: solver }) =>
      drive(solve(rows.rows, rows.columns, solver), rows, solver.rowWeights, options.signal),
    ),
  )
}

/**
 * {@link reduce} by another driver: `open` gives each reduction its source of sums (`localSource`, a pool of workers, a
 * file), one after the other. The same bytes.
 */
export const reduceWith = async (
  open: (rows: Matrix, weights?: ArrayLike<number>) => RowSource | Promise<RowSource>,
  X: Samples,
  options: ReduceOptions = {},
): Promise<LabelledEmbedding> => {
  const plan = planReduction(X, options)
  const embeddings: Embedding[] = []
  for (const { rows, options: solver } of plan.tasks) {
    const source = await open(rows, solver.rowWeights)
    embeddings.push(await driveAsync(solve(rows.rows, rows.columns, solver), source, options.signal))
  }
  return plan.assemble(embeddings)
}

/** {@link reduce} without blocking: it lets others run between requests. The same bytes. */
export const reduceAsync = (X: Samples, options: ReduceOptions = {}): Promise<LabelledEmbedding> =>
  reduceWith(localSource, X, options)
