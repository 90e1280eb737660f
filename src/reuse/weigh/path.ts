import { foldsOf, type Losses } from '../../learnware/fit/cross-validation.js'
import { scatter } from '../../learnware/learner/learner.js'
import type { Evidence } from '../evidence.js'
import { takeOutputs, weightedSum } from '../outputs.js'

/** Several weightings of the learnwares, with what each loses on labelled rows that did not choose it. */
export interface Path {
  readonly steps: readonly Float64Array[]
  readonly losses: readonly Losses[]
}

/** The weightings that `path` makes of all labelled rows, judged by those that it makes without each fold. */
export const pathOf = async (found: Evidence, path: (rows: Int32Array) => readonly Float64Array[]): Promise<Path> => {
  const { outputs, targets } = found
  const steps = path(Int32Array.from({ length: outputs.rows }, (_, i) => i))
  const outOfFold = steps.map(() => new Float64Array(targets.data.length))
  for (const { fit, judge } of foldsOf(found, found.folds, found.seed)) {
    await found.pause()
    const judged = takeOutputs(outputs, judge)
    path(fit).forEach((weights, step) => {
      scatter({ columns: outputs.width, data: weightedSum(judged, weights) }, judge, outOfFold[step])
    })
  }
  return { steps, losses: outOfFold.map(found.scored) }
}
