import { foldsOf } from '../../learnware/fit/cross-validation.js'
import type { Fold } from '../../learnware/learner/folds.js'
import { scatter } from '../../learnware/learner/learner.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { Requirement } from '../../specification/specification.js'
import { compose, type ReusedModel } from '../compose.js'
import { type Evidence, evidence, type LabelledOptions } from '../evidence.js'
import { reportOf } from '../evidence-report.js'
import { type Outputs, takeFlat, takeOutputs, weightedSum } from '../outputs.js'
import { shrunkWeights } from '../simplex.js'
import { sharpened, sharpnessOf } from './sharpen.js'

/** A simplex stack of columns: its weights on all rows, and on all but each fold. */
export interface Stack {
  readonly weights: Float64Array
  readonly without: readonly Float64Array[]
  /** Out-of-fold predictions of the labelled rows. */
  readonly outOfFold: Float64Array
}

/** Fits shrunk weights to all rows and to the rows of every fold. */
export const stackOf = (
  columns: Outputs,
  y: Float64Array,
  prior: ArrayLike<number>,
  strength: number,
  folds: readonly Fold[],
): Stack => {
  const outOfFold = new Float64Array(y.length)
  const { width } = columns
  const without = folds.map(({ fit, judge }) => {
    const weights = shrunkWeights(takeOutputs(columns, fit), takeFlat(y, fit, width), prior, strength)
    scatter({ columns: width, data: weightedSum(takeOutputs(columns, judge), weights) }, judge, outOfFold)
    return weights
  })
  return { weights: shrunkWeights(columns, y, prior, strength), without, outOfFold }
}

/** The shrunk stack as a model, its cross-validated losses beside the data-free ones. */
export const stackModel = (found: Evidence, reason: string): ReusedModel => {
  const { learnwares, output, outputs, targets, prior, strength } = found
  const folds = foldsOf(found, found.folds, found.seed)
  const { weights, outOfFold } = stackOf(outputs, targets.data, prior, strength, folds)
  const { width } = outputs
  const exponent = output.kind === 'real' ? 1 : sharpnessOf(outOfFold, targets)
  const losses = found.scored(output.kind === 'real' ? outOfFold : sharpened(outOfFold, width, exponent))
  const setting = output.kind === 'real' ? {} : { setting: `sharpness ${exponent}` }
  found.progress(1)
  return compose({
    learnwares,
    weights,
    output,
    finish: output.kind === 'real' ? undefined : (mean) => sharpened(mean as Float64Array, width, exponent),
    report: reportOf(found, weights, { method: 'stack', reason, losses }, [
      { method: 'stack', weight: 1, ...setting, ...losses },
    ]),
  })
}

/**
 * Stacking on the simplex shrunk towards the data-free weights (see {@link shrunkWeights}). Classes are stacked on their
 * probabilities under the Brier score, and sharpened (see {@link sharpnessOf}).
 * @throws RangeError for fewer than two labelled rows, or labels that do not fit.
 */
export const stack = async (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  options: LabelledOptions,
): Promise<ReusedModel> => {
  const found = await evidence(learnwares, requirement, options, 2)
  return stackModel(
    found,
    `weights of the learnwares on ${found.outputs.rows} labelled rows, shrunk towards the nearest`,
  )
}
