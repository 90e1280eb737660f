import { type Matrix, takeRows } from '../../base/matrix.js'
import type { FitState } from '../learner/fit-state.js'
import { type Fold, partition } from '../learner/folds.js'
import { type Learner, type Predict, type Refit, type Setting, scatter, squaredError } from '../learner/learner.js'
import { logLoss } from '../learner/softmax.js'
import { classesOf } from '../learner/target.js'
import type { ModelInput, ModelOutput } from '../model.js'
import { type Coordinate, type Encoding, encodingOf } from './encoding.js'

/** How far predictions are from labels; `loss` is the one that counts for a choice. */
export interface Losses {
  /** Mean squared error of a real; Brier score of classes, mean over rows of Σ_c (p_c − 1[y = c])². */
  readonly loss: number
  /** Mean of −log p_y, with p_y at least 1e-6. Classes only. */
  readonly logLoss?: number
  /** Share of rows whose likeliest class is not their label. Classes only. */
  readonly error?: number
}

/** Raw rows with their targets. */
export interface Training {
  readonly raw: Matrix
  readonly inputs: readonly ModelInput[]
  readonly targets: Matrix
  readonly output: ModelOutput
}

/** A learner fitted on raw rows. */
export interface Fitted {
  readonly setting: Setting
  state(): FittedState
  predict(raw: Matrix): Matrix
  /** Fits to other rows and targets in the same coordinates; absent where the learner cannot go on. */
  readonly refit?: Refit<Fitted>
}

/** What a {@link Fitted} is made of. */
export interface FittedState {
  readonly coordinates: readonly Coordinate[]
  /** The least and the largest target of a real. */
  readonly range?: readonly [low: number, high: number]
  readonly fit: FitState
}

/** Below so many rows every fold chooses its setting anew; from there on, the choice is a small part of what folds say. */
const rowsForNesting = 100

/** Fits a learner on raw rows, standardised by them; the setting is chosen on them unless it is given. */
export const fitRaw = (learner: Learner, training: Training, given?: Setting): Fitted => {
  const encode = encodingOf(training.raw, training.inputs)
  const X = encode(training.raw)
  const setting = given ?? learner.choose(X, training.targets).setting
  return fittedOf(learner.fit(X, training.targets, setting), setting, encode, rangeOf(training))
}

/** A fit in the coordinates of raw rows, with what it predicts kept near the targets that it has seen. */
export const fittedOf = (fit: Predict, setting: Setting, encode: Encoding, range: Range): Fitted => {
  const { refit } = fit
  return {
    setting,
    state: () => ({ coordinates: encode.coordinates, ...(range && { range }), fit: fit.state() }),
    predict: (raw) => within(range, fit(encode(raw))),
    ...(refit && {
      refit: async (raw, targets, by) => {
        const made = await refit(encode(raw), targets, by)
        return { ...made, fitted: fittedOf(made.fitted, setting, encode, wider(range, targets)) }
      },
    }),
  }
}

/** The least and the largest target of a real; none of classes. */
type Range = readonly [low: number, high: number] | undefined

const nothing = [Infinity, -Infinity] as const

const rangeOf = ({ targets, output }: Training): Range =>
  output.kind === 'probabilities' ? undefined : wider(nothing, targets)

const wider = (range: Range, { data }: Matrix): Range => {
  if (range === undefined) return undefined
  let [low, high] = range
  for (const value of data) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return [low, high]
}

/** A line through few labels is not to be followed far beyond them: half their range on either side. */
const within = (range: Range, predicted: Matrix): Matrix => {
  if (range === undefined) return predicted
  const [low, high] = range
  const slack = (high - low) / 2
  const { rows, columns, data } = predicted
  const result = new Float64Array(data.length)
  for (let i = 0; i < data.length; i++) result[i] = Math.max(low - slack, Math.min(high + slack, data[i]))
  return { rows, columns, data: result }
}

/** The folds of a training set, classes spread evenly. */
export const foldsOf = (
  { targets, output }: Pick<Training, 'targets' | 'output'>,
  count: number,
  seed: number,
): Fold[] => partition(targets.rows, count, seed, output.kind === 'probabilities' ? classesOf(targets) : undefined)

/** A learner's predictions of each fold by a fit on the others, and the setting for a fit on all. */
export const outOfFold = async (
  learner: Learner,
  training: Training,
  folds: readonly Fold[],
  pause: () => Promise<void>,
): Promise<{ predicted: Matrix; setting?: Setting }> => {
  const { raw, inputs, targets } = training
  if (targets.rows >= rowsForNesting) {
    const { setting, outOfSample } = learner.choose(encodingOf(raw, inputs)(raw), targets, folds)
    for (const _ of folds) await pause()
    return { predicted: within(rangeOf(training), outOfSample), setting }
  }
  const data = new Float64Array(targets.data.length)
  for (const { fit, judge } of folds) {
    const part = { ...training, raw: takeRows(raw, fit), targets: takeRows(targets, fit) }
    scatter(fitRaw(learner, part).predict(takeRows(raw, judge)), judge, data)
    await pause()
  }
  return { predicted: { rows: targets.rows, columns: targets.columns, data } }
}

/** The losses of predictions against targets of the same shape. */
export const lossesOf = (predicted: Matrix, targets: Matrix, output: ModelOutput): Losses => {
  const loss = squaredError(predicted, targets)
  if (output.kind === 'real') return { loss }
  const truth = classesOf(targets)
  let wrong = 0
  for (let i = 0; i < predicted.rows; i++) {
    const row = predicted.data.subarray(i * predicted.columns, (i + 1) * predicted.columns)
    if (row.indexOf(Math.max(...row)) !== truth[i]) wrong++
  }
  return { loss, logLoss: logLoss(predicted, targets), error: wrong / predicted.rows }
}
