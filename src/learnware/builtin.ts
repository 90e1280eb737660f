import { oneOf, options, whole } from '../base/check.js'
import { KindError, shown, ValueError } from '../base/error.js'
import type { Matrix } from '../base/matrix.js'
import type { Labels } from '../specification/rows/label.js'
import { fitRaw, foldsOf, type Losses, lossesOf, outOfFold, type Training } from './fit/cross-validation.js'
import { type FittedModel, modelOf, rawOf } from './fit/fitted-model.js'
import { type FitRows, inputsOf } from './fit/inputs.js'
import { boostedClassifier, boostedTreesLearner } from './learner/boosted-trees.js'
import { kernelClassifier } from './learner/kernel-classifier.js'
import { kernelRidgeLearner } from './learner/kernel-ridge.js'
import type { Learner, Setting } from './learner/learner.js'
import { logisticLearner } from './learner/logistic.js'
import { ridgeLearner } from './learner/ridge.js'
import { targetsOf } from './learner/target.js'
import type { Model, ModelInput, ModelOutput } from './model.js'

export type { Labels } from '../specification/rows/label.js'
export type { Losses } from './fit/cross-validation.js'
export type { FitRows } from './fit/inputs.js'

/** What a fit takes besides rows and labels. */
export interface FitOptions {
  /** The columns to use, in order; by default all columns of the rows. Terms' columns have this form. */
  readonly inputs?: readonly ModelInput[]
  /** By default classes (those of the labels, sorted) where labels are text, else a real. */
  readonly output?: ModelOutput
}

/** What {@link fitOwn} and {@link crossValidate} take besides rows and labels. */
export interface OwnOptions extends FitOptions {
  /** At most as many as there are labels. */
  readonly folds?: number
  readonly seed?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, total: number) => void
}

/** One learner's cross-validation: losses on rows that its fits did not see. */
export interface Validation extends Losses {
  readonly name: string
  /** Row i is predicted by a fit without the fold of row i; one column for a real, one for each class. */
  readonly outOfFold: Matrix
}

/** A user's own model: the best of the built-in ones by cross-validation. */
export interface OwnModel extends FittedModel {
  /** Out-of-fold predictions of the chosen learner for the rows of the fit, in their order. */
  readonly outOfFold: Matrix
  readonly report: OwnReport
}

/** Every learner that was tried, with its losses, and the chosen one with its setting. */
export interface OwnReport {
  readonly chosen: string
  readonly setting: Readonly<Record<string, number>>
  readonly labels: number
  readonly folds: number
  readonly candidates: readonly (Losses & { readonly name: string })[]
}

const learners = {
  ridge: ridgeLearner,
  kernelRidge: kernelRidgeLearner,
  boostedTrees: boostedTreesLearner,
  logistic: logisticLearner,
  kernelClassifier,
  boostedClassifier,
}
const suited = {
  real: ['ridge', 'kernelRidge', 'boostedTrees'],
  probabilities: ['logistic', 'kernelClassifier', 'boostedClassifier'],
} as const

/** With fewer rows trees are not tried: they need rows for their leaves. */
const rowsForTrees = 100

/**
 * Ridge regression as a {@link Model}: standardised columns, free intercept, λ chosen by leaving out each row.
 * @throws RangeError where `labels` are fewer than 2 or do not fit `rows`.
 */
export const ridge = (rows: FitRows, labels: Labels, settings: FitOptions = {}): FittedModel =>
  fitOne('ridge', rows, labels, settings)

/** Kernel ridge regression (Gaussian kernel) as a {@link Model}: gamma around 1/(4d) and λ chosen out of sample. */
export const kernelRidge = (rows: FitRows, labels: Labels, settings: FitOptions = {}): FittedModel =>
  fitOne('kernelRidge', rows, labels, settings)

/** Multinomial logistic regression with an L2 penalty as a {@link Model}: one probability for each class. */
export const logistic = (rows: FitRows, labels: Labels, settings: FitOptions = {}): FittedModel =>
  fitOne('logistic', rows, labels, settings)

/** Kernel ridge on one-hot classes with a softmax on top, as a {@link Model}. */
export const kernelClassification = (rows: FitRows, labels: Labels, settings: FitOptions = {}): FittedModel =>
  fitOne('kernelClassifier', rows, labels, settings)

/**
 * Gradient boosting of regression trees as a {@link Model}, for reals or classes; the number of trees is chosen out of
 * sample.
 */
export const boostedTrees = (rows: FitRows, labels: Labels, settings: FitOptions = {}): FittedModel => {
  const kind =
    options(settings, 'options', ['inputs', 'output']).output?.kind ??
    (typeof labels?.[0] === 'number' ? 'real' : 'probabilities')
  return fitOne(kind === 'real' ? 'boostedTrees' : 'boostedClassifier', rows, labels, settings)
}

/**
 * The user's own model, a fair rival to every reuse: of ridge and kernel ridge (for classes: logistic regression and a
 * kernel classifier), and from 100 rows boosted trees, the one with the lowest cross-validated loss, refitted on all rows.
 * Below 100 rows every fold chooses its settings anew, so that the out-of-fold predictions stay honest; from there on one
 * choice serves all folds. The same rows, labels and seed give the same model.
 * @throws RangeError where labels are fewer than 2; the reason of `signal` on abort.
 */
export const fitOwn = async (rows: FitRows, labels: Labels, settings: OwnOptions = {}): Promise<OwnModel> => {
  const { training, validations, folds } = await validated(rows, labels, settings)
  const best = validations.reduce((a, b) => (b.loss < a.loss ? b : a))
  const fitted = fitRaw(best.learner, training, best.setting)
  const report: OwnReport = {
    chosen: best.name,
    setting: fitted.setting,
    labels: training.targets.rows,
    folds,
    candidates: validations.map(({ learner, setting, outOfFold, ...rest }) => rest),
  }
  return { ...modelOf(training, fitted), outOfFold: best.outOfFold, report }
}

/** The cross-validated losses and out-of-fold predictions of every built-in learner that suits the labels. */
export const crossValidate = async (rows: FitRows, labels: Labels, settings: OwnOptions = {}): Promise<Validation[]> =>
  (await validated(rows, labels, settings)).validations.map(({ learner, setting, ...validation }) => validation)

const validated = async (rows: FitRows, labels: Labels, settings: OwnOptions) => {
  options(settings, 'options', ['inputs', 'output', 'folds', 'seed', 'signal', 'onProgress'])
  const { folds: count = 5, seed = 0, signal, onProgress } = settings
  const training = trainingOf(rows, labels, settings)
  const folds = foldsOf(training, whole(count, 'folds', 2), whole(seed, 'seed'))
  const hasTrees = training.targets.rows >= rowsForTrees
  const candidates = suited[training.output.kind]
    .filter((key) => hasTrees || !key.startsWith('boosted'))
    .map((key) => learners[key]())
  const total = candidates.length * folds.length
  let done = 0
  const pause = async (): Promise<void> => {
    onProgress?.(++done, total)
    // Lets clicks, timers and aborts through between two fits.
    await new Promise((resolve) => setTimeout(resolve))
    signal?.throwIfAborted()
  }
  signal?.throwIfAborted()
  const validations: (Validation & { learner: Learner; setting?: Setting })[] = []
  for (const learner of candidates) {
    const { predicted, setting } = await outOfFold(learner, training, folds, pause)
    const losses = lossesOf(predicted, training.targets, training.output)
    validations.push({ name: learner.name, ...losses, outOfFold: predicted, learner, setting })
  }
  return { training, validations, folds: folds.length }
}

const fitOne = (key: keyof typeof learners, rows: FitRows, labels: Labels, settings: FitOptions): FittedModel => {
  options(settings, 'options', ['inputs', 'output'])
  const kind = (suited.real as readonly string[]).includes(key) ? 'real' : 'probabilities'
  const training = trainingOf(rows, labels, { output: kind === 'real' ? { kind } : undefined, ...settings }, kind)
  const fitted = fitRaw(learners[key](), training)
  return { ...modelOf(training, fitted), report: { chosen: key, setting: fitted.setting } }
}

const trainingOf = (rows: FitRows, labels: Labels, settings: FitOptions, kind?: ModelOutput['kind']): Training => {
  const inputs = inputsOf(rows, settings.inputs)
  const raw = rawOf(rows, inputs)
  const output = outputOf(labels, settings.output, kind)
  const targets = targetsOf(labels, output, raw.rows)
  if (raw.rows < 2)
    throw new ValueError(`"labels" expected at least 2 labelled rows for a fit, got ${raw.rows}; label more rows`)
  return { raw, inputs, targets, output }
}

const outputOf = (labels: Labels, given: ModelOutput | undefined, kind?: ModelOutput['kind']): ModelOutput => {
  if (given !== undefined) {
    const words = kind === undefined ? (['real', 'probabilities'] as const) : [kind]
    oneOf(given?.kind, 'output.kind', words)
    if (given.kind === 'real') return { kind: 'real' }
    if (
      !Array.isArray(given.classes) ||
      new Set(given.classes).size !== given.classes.length ||
      given.classes.length < 2
    ) {
      throw new ValueError(`"output.classes" expected at least two different class names, got ${shown(given.classes)}`)
    }
    return { kind: 'probabilities', classes: [...given.classes] }
  }
  if (typeof labels !== 'object' || labels === null || typeof labels.length !== 'number') {
    throw new KindError(`"labels" expected an array, got ${shown(labels)}`)
  }
  if (kind !== 'probabilities' && (labels.length === 0 || typeof labels[0] === 'number')) return { kind: 'real' }
  const classes = [...new Set(Array.from(labels as ArrayLike<unknown>, String))].sort()
  if (classes.length < 2) {
    throw new ValueError(
      `"labels" expected at least two classes, got only ${classes.map(shown).join('')}; name all of them in "output.classes"`,
    )
  }
  return { kind: 'probabilities', classes }
}
