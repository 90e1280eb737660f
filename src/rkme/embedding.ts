import { KindError, shown } from '../base/error.js'
import { isMatrix, type Matrix } from '../base/matrix.js'
import type { Kernel } from '../kernel/kernel.js'

/**
 * A kernel mean embedding kept as a reduced set: Φ(x) = Σ_j weights[j] · k(points[j], x).
 * `points` is size × dimension; weights are nonnegative under `cone` and `simplex`.
 */
export interface Embedding {
  readonly kernel: Kernel
  readonly points: Matrix
  readonly weights: Float64Array
  /** Rows that the embedding stands for. */
  readonly samples: number
  /** MMD to the empirical embedding of those rows (not squared). */
  readonly error: number
  /** Sampling noise of those rows, √((mean k(x, x) − ‖Φ̂‖²) / samples): a smaller error says nothing about the population. */
  readonly floor: number
}

/** The embedding of the rows of one class, with the share of the rows that it has. */
export interface ClassEmbedding {
  readonly label: string
  readonly prior: number
  readonly embedding: Embedding
}

/** An embedding on z = (x, y), Eq. (1): class by class where labels are words, jointly where they are numbers. */
export interface LabelledEmbedding extends Embedding {
  readonly classes?: readonly ClassEmbedding[]
  /** Its last column is the label, scaled so that the same Gaussian serves both: (y − centre)/scale · √(gammaLabel/gamma). */
  readonly joint?: Embedding
}

/** What has the form of an embedding; its numbers are not looked at. */
export const formed = <T extends Embedding>(value: T, name: string): T => {
  if (!(value?.weights instanceof Float64Array) || !isMatrix(value.points) || typeof value.kernel !== 'object') {
    throw new KindError(`"${name}" expected an embedding, as reduce gives one, got ${shown(value)}`)
  }
  return value
}
