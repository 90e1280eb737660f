import type { Matrix } from '../../base/matrix.js'
import type { Fold } from '../../learnware/learner/folds.js'
import { scatter, squaredError } from '../../learnware/learner/learner.js'
import { takeFlat } from '../outputs.js'

/** What is left of the labels once a base has predicted: rows × width. */
export interface Residual {
  readonly width: number
  /** Of all labelled rows, under the base fitted on all of them. */
  readonly all: Float64Array
  /** Of all labelled rows, under the base fitted without fold k. */
  readonly without: readonly Float64Array[]
}

/** A fitted correction: coordinates in, rows × width out, never beyond the residuals it has seen. */
export type Correct = (X: Matrix) => Float64Array

/** The best setting of one kind of learner on a residual. */
export interface Correction {
  readonly setting: string
  /** Out-of-fold corrections of the labelled rows, rows × width. */
  readonly outOfFold: Float64Array
  readonly correct: Correct
}

/** A kind of learner on fixed rows: `path` holds its settings from stiff to loose, one list for every choice of kernel. */
export interface Learner {
  readonly paths: readonly (readonly Setting[])[]
  fit(rows: Int32Array, residual: Float64Array, width: number, setting: Setting): Correct
  /** The same fit evaluated on rows of the labelled set itself. */
  judge(rows: Int32Array, judged: Int32Array, residual: Float64Array, width: number, setting: Setting): Float64Array
}

/** A point of a path: its name in the report, the kernel's gamma where there is one, the ridge or the number of trees. */
export interface Setting {
  readonly name: string
  readonly gamma: number
  readonly lambda: number
}

/**
 * Fits a learner to the residual of a base, its setting taken by cross-validation: fold k is corrected by a fit on the
 * residuals of the base without fold k. The squared loss of base plus correction is convex enough in the stiffness that
 * a path is left once it has risen twice.
 */
export const correction = async (
  learner: Learner,
  residual: Residual,
  folds: readonly Fold[],
  pause: () => Promise<void>,
): Promise<Correction> => {
  const { width, all, without } = residual
  const rows = all.length / width
  let best: { loss: number; setting: Setting; outOfFold: Float64Array } | undefined
  for (const path of learner.paths) {
    let least = Infinity
    let rises = 0
    for (const setting of path) {
      const outOfFold = new Float64Array(all.length)
      const left = new Float64Array(all.length)
      for (let k = 0; k < folds.length; k++) {
        await pause()
        const { fit, judge } = folds[k]
        const corrected = learner.judge(fit, judge, takeFlat(without[k], fit, width), width, setting)
        scatter({ columns: width, data: corrected }, judge, outOfFold)
        scatter({ columns: width, data: takeFlat(without[k], judge, width) }, judge, left)
      }
      const loss = squaredError({ data: outOfFold }, { rows, data: left })
      if (!best || loss < best.loss) best = { loss, setting, outOfFold }
      rises = loss < least ? 0 : rises + 1
      least = Math.min(least, loss)
      if (rises === 2) break
    }
  }
  const { setting, outOfFold } = best as NonNullable<typeof best>
  const every = Int32Array.from({ length: rows }, (_, i) => i)
  return { setting: setting.name, outOfFold, correct: learner.fit(every, all, width, setting) }
}
