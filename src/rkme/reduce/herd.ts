import { options as checkOptions, lengthOf, oneOf, whole } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import { type Matrix, type Samples, samples, stackRows, takeRows } from '../../base/matrix.js'
import { gammaByDimension } from '../../kernel/bandwidth.js'
import { diagonal, isNormalised, placeKernel } from '../../kernel/form.js'
import { centredFrame } from '../../kernel/frame.js'
import { bufferBytes, byDifferences } from '../../kernel/gram.js'
import { gaussian, type Kernel } from '../../kernel/kernel.js'
import { placePanels } from '../../kernel/pack.js'
import { centredPoints } from '../../kernel/range.js'
import { dot } from '../../qp/lbfgs.js'
import { withArena } from '../../wasm/arena.js'
import { drawNear } from '../draw.js'
import type { Embedding } from '../embedding.js'
import { evaluate } from '../evaluate.js'
import { embed, inner, mmd } from '../mmd.js'
import { checkEmbedding } from '../plain.js'
import { fitWeights } from '../solver/projection.js'

/** Options of {@link herd}. */
export interface HerdOptions {
  /** Points to pick; one may be picked more than once. */
  readonly size: number
  /** Of rows: Gaussian with gamma = 1/(4d) by default. An embedding brings its own. */
  readonly kernel?: Kernel
  /** Equal weights 1/size (false), or the best ones for the distinct points in a cone or on the simplex. */
  readonly weighted?: false | 'cone' | 'simplex'
  /** Where points are picked from: by default the rows, or the points of the embedding and 20 · size drawn around them. */
  readonly candidates?: Samples
  /** Of those draws. */
  readonly seed?: number
  /** false saves the m² kernel values of `error` and `floor` where rows are herded from other candidates; they are NaN then. */
  readonly measure?: boolean
}

/** What {@link herd} picked. */
export interface Herd extends Embedding {
  /** The candidates picked, in order: every beginning of it is the herd of that size. */
  readonly indices: Int32Array
}

const drawsPerPoint = 20

/**
 * Kernel herding: points that one after the other lower the distance of their mean embedding to Φ most,
 * x_{T+1} = argmax over candidates of (T + 1)Φ(x) − Σ_{s ≤ T} k(x_s, x) − k(x, x)/2, ties to the first. Φ is the empirical embedding of
 * rows X (m × d) or a given embedding, normalised to mass 1 for the choice. `points` is size × d in the order of the picks, or with
 * `weighted` the distinct ones with weights that minimise ‖Φ − Σ β_j k(z_j, ·)‖ (Φ as it is).
 * `error` is ‖Φ − Φ̃‖ for rows; for an embedding its own error is added, so that it bounds the distance to its rows. In f64;
 * m² kernel values for rows.
 *
 * Source: Chen, Welling & Smola 2010, from memory; Bach, Lacoste-Julien & Obozinski 2012 (abstract read): it is Frank–Wolfe.
 * @throws RangeError where shapes, weights or options do not fit.
 */
export const herd = (source: Embedding | Samples, options: HerdOptions): Herd => {
  checkOptions(options, 'options', ['size', 'kernel', 'weighted', 'candidates', 'seed', 'measure'])
  const { weighted = false, seed = 0, measure = true } = options
  const size = whole(options.size, 'size', 1)
  const constraint = weighted === false ? undefined : oneOf(weighted, 'weighted', ['cone', 'simplex'])
  const given = isEmbedding(source)
  if (given && options.kernel !== undefined) {
    throw new ValueError('"kernel" expected none beside an embedding, which brings its own; leave it out')
  }
  const target = given ? checkEmbedding(source, 'source') : ofRows(samples(source, 'source'), options.kernel)
  const mass = target.weights.reduce((sum, weight) => sum + weight, 0)
  if (!(mass > 0)) throw new ValueError(`"source" expected weights with a positive sum, got ${mass}`)
  const candidates = options.candidates
    ? samples(options.candidates, 'candidates')
    : given
      ? stackRows(asF64(target.points), drawNear(target, drawsPerPoint * size, whole(seed, 'seed')))
      : target.points
  lengthOf({ length: candidates.columns }, 'candidates columns', target.points.columns)

  const values = evaluate(target, candidates)
  const { kernel } = target
  const indices = picks(candidates, values, mass, kernel, size)
  const kept = constraint ? [...new Set(indices)] : indices
  const points = asF64(takeRows(candidates, kept))
  const correlations = Float64Array.from(kept, (i) => values[i])
  const weights = constraint
    ? fitWeights(centredPoints(points, kernel).points, correlations, kernel, constraint).weights
    : new Float64Array(size).fill(1 / size)

  const self =
    candidates === target.points ? dot(target.weights, values) : measure || given ? inner(target, target) : Number.NaN
  const own = evaluate({ ...target, points, weights }, points)
  const distance =
    isNormalised(kernel) || Number.isNaN(self)
      ? Math.sqrt(Math.max(0, self + dot(weights, own) - 2 * dot(weights, correlations)))
      : mmd(target, { ...target, points, weights })
  return {
    kernel: target.kernel,
    points,
    weights,
    samples: target.samples,
    error: distance + target.error,
    floor: given
      ? target.floor
      : Math.sqrt(Math.max(0, dot(target.weights, diagonal(kernel, target.points)) - self) / target.samples),
    indices,
  }
}

const isEmbedding = (source: Embedding | Samples): source is Embedding =>
  typeof source === 'object' && source !== null && 'points' in source

const ofRows = (rows: Matrix, kernel: Kernel = gaussian(gammaByDimension(rows.columns))): Embedding =>
  embed(rows, kernel)

/** The indices that herding picks; `values` is the target at the candidates. */
const picks = (candidates: Matrix, values: Float64Array, mass: number, kernel: Kernel, size: number): Int32Array => {
  const { rows, columns } = candidates
  const { points: placed } = centredPoints(candidates, kernel)
  const half = diagonal(kernel, placed).map((value) => (isNormalised(kernel) ? 0 : value / 2))
  const indices = new Int32Array(size)
  withArena((arena) => {
    const { gamma, block } = placeKernel(arena, kernel, false)
    const packed = placePanels(arena, placed, centredFrame(arena, columns, 'f64'))
    const differences = byDifferences(columns, kernel, packed.largest, 'f64')
    const x = arena.f64(placed.data)
    const buffer = arena.bytes(bufferBytes(columns))
    const sums = arena.f64(rows + 8)
    for (let picked = 0; picked < size; picked++) {
      const covered = arena.readF64(sums, rows)
      const share = (picked + 1) / mass
      const gain = (i: number): number => share * values[i] - covered[i] - half[i]
      let best = 0
      for (let i = 1; i < rows; i++) {
        if (gain(i) > gain(best)) best = i
      }
      indices[picked] = best
      const at = x + best * columns * 8
      const norm = differences ? 0 : packed.norms + best * 8
      arena.core.moments64(at, 1, 0, packed.pointer, rows, columns, gamma, norm, packed.norms, buffer, sums, 0, block)
    }
  })
  return indices
}

const asF64 = ({ rows, columns, data }: Matrix): Matrix => ({ rows, columns, data: Float64Array.from(data) })
