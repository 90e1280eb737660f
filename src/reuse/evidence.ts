import { finite, oneOf, options, whole } from '../base/check.js'
import { shown, ValueError } from '../base/error.js'
import type { OwnModel } from '../learnware/builtin.js'
import { type Losses, lossesOf } from '../learnware/fit/cross-validation.js'
import type { Dense } from '../learnware/learner/product.js'
import { targetsOf } from '../learnware/learner/target.js'
import type { Learnware } from '../learnware/learnware.js'
import type { ModelOutput } from '../learnware/model.js'
import { type Rows, rowCount, type Table } from '../specification/rows/table.js'
import { freeWeights, type Weighting, weightings } from './ensemble.js'
import { type Failure, noneLeft } from './failure.js'
import { type Outputs, outputs, proper, tableOf } from './outputs.js'
import { pauses } from './pause.js'
import { type Guide, type Proximity, proximity } from './proximity.js'
import { classShrinkage, firmShrinkage, shrinkage } from './simplex.js'
import { checkLabelled, type Labelled, outputOf } from './target.js'

/** Options of every reuse that looks at labels. */
export interface LabelledOptions {
  /** The user's own rows with labels; they are read here and nowhere else. */
  readonly labelled: Labelled<Rows>
  /** The data-free weights, towards which everything is shrunk. */
  readonly weighting?: Weighting
  /** How many of the nearest they are spread over, unless they are those of a mixture. */
  readonly members?: number
  /** Strength of the shrinkage towards the data-free weights, in rows, by default 30, and 300 for classes; Infinity keeps them. The stack in a blend of reals has 100, below 30 rows 3000/n. */
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

/** The names of {@link LabelledOptions}. */
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

/**
 * The options with their defaults, each looked at, whether there are labels or not.
 * @throws TypeError or RangeError for the first that does not fit, or that does not exist.
 */
export const checkedOptions = <T extends Partial<LabelledOptions>>(settings: T) => {
  options(settings, 'options', labelledOptions)
  const { members = 5, weighting = 'mixture', strength, folds = 5, seed = 0 } = settings
  whole(members, 'members', 1)
  oneOf(weighting, 'weighting', weightings)
  whole(folds, 'folds', 2)
  whole(seed, 'seed')
  if (strength !== undefined && strength !== Infinity) finite(strength, 'strength', 0)
  return { ...settings, members, weighting, strength, folds, seed }
}

/** What labelled rows say about learnwares; every learnware has run once over them, and those that could not are out. */
export interface Evidence {
  readonly learnwares: readonly Learnware[]
  readonly output: ModelOutput
  /** What says which learnwares are near. */
  readonly guide: Guide
  readonly near: Proximity
  /** Data-free weights. */
  readonly prior: Float64Array
  /**
   * Shrinkage of the learnwares' weights towards them, by itself and where they stand for all ways of reuse, and of a blend's
   * shares towards each other.
   */
  readonly strength: number
  readonly firm: number
  readonly blending: number
  readonly rows: Table
  readonly labels: Labelled<Rows>['labels']
  /** Labels as numbers, rows × width. */
  readonly targets: Dense
  readonly outputs: Outputs
  /** The learnwares that could not run; `learnwares` and all that follows from them is without these. */
  readonly failed: readonly Failure[]
  /** Losses of predictions for the labelled rows, rows × width, brought to probabilities where they are classes. */
  scored(predicted: Float64Array): Losses
  /** Losses of every learnware by itself. */
  readonly single: readonly Losses[]
  readonly own?: OwnModel
  readonly folds: number
  readonly seed: number
  readonly pause: () => Promise<void>
  readonly signal?: AbortSignal
  readonly progress: (share: number) => void
}

/** Whether all labels name the same class, so that they say nothing about who is right where. */
export const isOneClass = (labels: Evidence['labels'], output: ModelOutput): boolean =>
  output.kind === 'probabilities' && new Set(Array.from(labels as ArrayLike<unknown>, String)).size < 2

/**
 * Runs the learnwares over labelled rows, of which there must be `least`; where that is more than one, of two classes at least.
 * @throws RangeError where labels and rows differ in number, a label is none, or every learnware fails; the reason of an abort.
 */
export const evidence = async (
  learnwares: readonly Learnware[],
  requirement: Guide,
  settings: LabelledOptions,
  least = 1,
): Promise<Evidence> => {
  const { labelled, members, weighting, strength, folds, seed } = checkedOptions(settings)
  checkLabelled(labelled)
  const output = outputOf(learnwares, labelled.labels)
  // A requirement that does not fit is refused before any model runs.
  proximity(learnwares, requirement)
  const pause = pauses(settings.signal)
  await pause()
  const rows = tableOf(labelled.rows, learnwares[0].terms)
  const targets = targetsOf(labelled.labels, output, rowCount(rows), 'labelled.labels')
  if (targets.rows < least) {
    throw new ValueError(
      `"labelled" expected at least ${least} labelled rows, got ${targets.rows}; label more, or take average`,
      'shape',
    )
  }
  if (least > 1 && isOneClass(labelled.labels, output)) {
    throw new ValueError(
      `"labelled.labels" expected rows of at least two classes, got only ${shown(String(labelled.labels[0]))}; label rows of another, or take average`,
    )
  }
  const scored = (data: Float64Array): Losses => lossesOf({ ...targets, data: proper(data, output) }, targets, output)
  const progress = settings.onProgress ?? (() => {})
  const made = await outputs(learnwares, rows, output, {
    signal: settings.signal,
    onProgress: (done, total) => progress((0.5 * done) / total),
  })
  if (made.ran.length === 0) throw noneLeft(made.failed)
  const able = made.ran.map((l) => learnwares[l])
  const near = proximity(able, requirement)
  return {
    learnwares: able,
    output,
    guide: requirement,
    near,
    prior: freeWeights(able, requirement, near, members, weighting),
    strength: strength ?? (output.kind === 'real' ? shrinkage : classShrinkage),
    firm: strength ?? (output.kind === 'real' ? firmShrinkage(targets.rows) : classShrinkage),
    blending: strength ?? shrinkage,
    rows,
    labels: labelled.labels,
    targets,
    scored,
    outputs: made,
    failed: made.failed,
    single: made.of.map(scored),
    own: settings.own,
    folds,
    seed,
    pause,
    signal: settings.signal,
    progress,
  }
}
