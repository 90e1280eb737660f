import { finite, oneOf, options, whole } from '../base/check.js'
import { KindError, shown, ValueError } from '../base/error.js'
import type { OwnModel } from '../learnware/builtin.js'
import type { Learnware } from '../learnware/learnware.js'
import type { ModelOutput } from '../learnware/model.js'
import type { Requirement } from '../specification/specification.js'
import type { Rows, Table } from '../specification/table.js'
import { freeWeights, type Weighting, weightings } from './ensemble.js'
import { type Losses, losses } from './loss.js'
import { type Outputs, outputs, proper, tableOf } from './outputs.js'
import { pauses } from './pause.js'
import { type Proximity, proximity } from './proximity.js'
import { shrinkage } from './simplex.js'
import { type Labelled, outputOf, targets } from './target.js'

/** Options of every reuse that looks at labels. */
export interface LabelledOptions {
  /** The user's own rows with labels; they are read here and nowhere else. */
  readonly labelled: Labelled<Rows>
  /** The data-free weights, towards which everything is shrunk. */
  readonly weighting?: Weighting
  /** How many of the nearest they are spread over, unless they are those of a mixture. */
  readonly members?: number
  /** Strength of the shrinkage towards the data-free weights, in rows; Infinity keeps them. */
  readonly strength?: number
  /** A model that {@link fitOwn} made of the same labelled rows, so that it need not be made again. */
  readonly own?: OwnModel
  /** Folds of the cross-validation. */
  readonly folds?: number
  readonly seed?: number
  readonly signal?: AbortSignal
  /** Share of the work that is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void
}

/** Names of {@link LabelledOptions}. */
export const labelledOptions = [
  'labelled',
  'members',
  'weighting',
  'strength',
  'own',
  'folds',
  'seed',
  'signal',
  'onProgress',
]

/** What labelled rows say about learnwares; every learnware has run once over them. */
export interface Evidence {
  readonly learnwares: readonly Learnware[]
  readonly output: ModelOutput
  readonly near: Proximity
  /** Data-free weights. */
  readonly prior: Float64Array
  readonly strength: number
  readonly rows: Table
  readonly labels: Labelled<Rows>['labels']
  readonly targets: Float64Array
  readonly outputs: Outputs
  /** Losses of every learnware by itself. */
  readonly single: readonly Losses[]
  readonly own?: OwnModel
  readonly folds: number
  readonly seed: number
  readonly pause: () => Promise<void>
  readonly signal?: AbortSignal
  readonly progress: (share: number) => void
}

/**
 * Runs the learnwares over labelled rows.
 * @throws RangeError where labels and rows differ in number, or a label is none; the reason of an abort.
 */
export const evidence = async (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  settings: LabelledOptions,
): Promise<Evidence> => {
  options(settings, 'options', labelledOptions)
  const { labelled, members = 5, weighting = 'mixture', strength = shrinkage, folds = 5, seed = 0 } = settings
  whole(members, 'members', 1)
  oneOf(weighting, 'weighting', weightings)
  whole(folds, 'folds', 2)
  whole(seed, 'seed')
  if (strength !== Infinity) finite(strength, 'strength', 0)
  if (typeof labelled !== 'object' || labelled === null || !('rows' in labelled) || !('labels' in labelled)) {
    throw new KindError(`"labelled" expected { rows, labels }, got ${shown(labelled)}`)
  }
  const output = outputOf(learnwares, labelled.labels)
  const y = targets(labelled.labels, output)
  const near = proximity(learnwares, requirement)
  const pause = pauses(settings.signal)
  await pause()
  const rows = tableOf(labelled.rows, learnwares[0].terms)
  const progress = settings.onProgress ?? (() => {})
  const made = await outputs(learnwares, rows, output, {
    signal: settings.signal,
    onProgress: (done, total) => progress((0.5 * done) / total),
  })
  if (made.rows !== labelled.labels.length) {
    throw new ValueError(
      `"labelled.labels" expected length ${made.rows}, as there are rows, got ${labelled.labels.length}`,
      'shape',
    )
  }
  return {
    learnwares,
    output,
    near,
    prior: freeWeights(learnwares, requirement, near, members, weighting),
    strength,
    rows,
    labels: labelled.labels,
    targets: y,
    outputs: made,
    single: made.of.map((data) => losses(proper(data, output), y, output)),
    own: settings.own,
    folds,
    seed,
    pause,
    signal: settings.signal,
    progress,
  }
}
