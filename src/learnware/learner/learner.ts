import type { Matrix } from '../../base/matrix.js'
import type { FitState } from './fit-state.js'
import type { Fold } from './folds.js'

/** What a learner sets for itself, such as { lambda: 0.1 }. */
export type Setting = Readonly<Record<string, number>>

/** The best setting of a learner on training rows. */
export interface Choice {
  readonly setting: Setting
  /** Under this setting, the prediction of each training row by a fit that did not see it. */
  readonly outOfSample: Matrix
}

/** A fitted function: one row of numbers, in the columns of the targets, for each row of coordinates. */
export interface Predict {
  (X: Matrix): Matrix
  readonly state: () => FitState
  /** Fits to other rows in the same coordinates, where a learner can go on. */
  readonly refit?: Refit<Predict>
}

/** From a fit to a mean of fits to other rows. */
export type Refit<Fit> = (
  X: Matrix,
  Y: Matrix,
  by: { readonly folds: readonly Fold[]; readonly pause: () => Promise<void> },
) => Promise<Averaged<Fit>>

/** A mean of fits. */
export interface Averaged<Fit> {
  readonly fitted: Fit
  /** How much of it is the fit as it was, such as went on from there, and such as began anew. */
  readonly shares: { readonly kept: number; readonly further: number; readonly afresh: number }
  /** All that were weighed; the error says how badly labels were foretold that a fit had not yet seen. */
  readonly fits: readonly { readonly name: string; readonly share: number; readonly error: number }[]
}

/** A way to fit targets (n × width) to coordinates (n × d). */
export interface Learner {
  readonly name: string
  /** Judged by the given folds; without them by leaving out each row, or by folds of its own where that is dear. */
  choose(X: Matrix, Y: Matrix, folds?: readonly Fold[]): Choice
  fit(X: Matrix, Y: Matrix, setting: Setting): Predict
}

/** One setting on a path from stiff to loose, with its out-of-sample predictions and their error. */
export interface Trial<T> {
  readonly setting: T
  readonly error: number
  readonly outOfSample: Matrix
}

/**
 * The trial of least error on a path from stiff to loose; ties go to the stiffer. The path is left once three errors
 * in a row were more than a tenth above the least.
 */
export const walk = <T>(
  path: readonly T[],
  judge: (setting: T) => Matrix,
  errorOf: (predicted: Matrix) => number,
): Trial<T> => {
  let best: Trial<T> | undefined
  let worse = 0
  for (const setting of path) {
    const outOfSample = judge(setting)
    const error = errorOf(outOfSample)
    if (best === undefined || error < best.error) best = { setting, error, outOfSample }
    worse = error > 1.1 * best.error ? worse + 1 : 0
    if (worse === 3) break
  }
  return best as Trial<T>
}

/** Mean over rows of ‖ŷ − y‖². */
export const squaredError = (predicted: Pick<Matrix, 'data'>, Y: Pick<Matrix, 'rows' | 'data'>): number => {
  let sum = 0
  for (let i = 0; i < Y.data.length; i++) sum += (predicted.data[i] - Y.data[i]) ** 2
  return sum / Y.rows
}

/** Writes the rows of `part` to the places `rows` of `whole` (`columns` wide). */
export const scatter = (part: Pick<Matrix, 'columns' | 'data'>, rows: Int32Array, whole: Float64Array): void => {
  const { columns } = part
  for (let i = 0; i < rows.length; i++) whole.set(part.data.subarray(i * columns, (i + 1) * columns), rows[i] * columns)
}
