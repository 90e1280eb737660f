import { options, signalOf } from '../../base/check.js'
import { KindError, shown } from '../../base/error.js'
import {
  boostedTrees,
  type FitOptions,
  fitOwn,
  kernelClassification,
  kernelRidge,
  type Labels,
  logistic,
  ridge,
} from '../../learnware/builtin.js'
import { foldsOf, type Losses } from '../../learnware/fit/cross-validation.js'
import { scatter } from '../../learnware/learner/learner.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { Model, ModelInput } from '../../learnware/model.js'
import { cellsOf, rowCount, type Table } from '../../specification/rows/table.js'
import type { Requirement } from '../../specification/specification.js'
import type { ReusedModel } from '../compose.js'
import { inputsOf } from '../compose.js'
import { type Evidence, evidence, type LabelledOptions, labelledOptions } from '../evidence.js'
import { reportOf } from '../evidence-report.js'
import { inColumnsOf, proper, tableOf } from '../outputs.js'
import type { Tried } from '../report.js'
import { columnMeansOf, type Featured, featured, featuresOf } from './features.js'

/** Anything that makes a model of rows by column name with their labels. */
export interface TableLearner {
  /** @param inputs the columns in order, those of the learnwares last */
  fit(rows: Table, labels: Labels, inputs: readonly ModelInput[]): Model | Promise<Model>
}

const builtin = { ridge, kernelRidge, logistic, kernelClassification, boostedTrees }

/** Options of {@link augment}. */
export interface AugmentOptions extends LabelledOptions {
  /** A built-in learner by name, or one of the user's; by default the best built-in one by cross-validation. */
  readonly learner?: keyof typeof builtin | TableLearner
}

/**
 * A model of the user's own on augmented rows, [x, f_1(x), …, f_k(x)]: the outputs of up to 20 learnwares (those with a
 * data-free weight, then the best on the labelled rows) are columns beside the row's own. Learnwares are foreign to the
 * labelled rows, so their outputs there leak nothing.
 * @throws RangeError for fewer than two labelled rows, labels that do not fit, or a learner that does not suit them.
 */
export const augment = async (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  settings: AugmentOptions,
): Promise<ReusedModel> => {
  options(settings, 'options', [...labelledOptions, 'learner'])
  const { learner, ...rest } = settings
  checkLearner(learner)
  const found = await evidence(learnwares, requirement, rest, 2)
  const { output } = found
  const { chosen, losses, tried, predict, model } = await augmented(found, learner)
  const features: Featured = {
    learnwares: chosen.map((l) => found.learnwares[l]),
    output,
    means: chosen.map((l) => columnMeansOf(found.outputs.of[l], found.outputs.width)),
    failures: new Map(found.failed.map((failure) => [failure.id, failure])),
  }
  found.progress(1)
  const inputs = inputsOf(found.learnwares)
  const weights = Float64Array.from(found.learnwares, (_, l) => (chosen.includes(l) ? 1 / chosen.length : 0))
  return {
    inputs,
    output,
    get report() {
      const reason = `the outputs of ${chosen.length} learnwares as columns beside the ${inputs.length} of the rows, for ${tried.find(({ weight }) => weight === 1)?.method}`
      const failed = [...features.failures.values()]
      return reportOf({ ...found, failed }, weights, { method: 'augment', reason, losses }, tried)
    },
    async predict(rows, given) {
      const signal = signalOf(given)
      const table = tableOf(rows, found.learnwares[0].terms)
      const data = await predict(table, await featuresOf(features, table, signal), signal)
      return { rows: rowCount(table), columns: found.outputs.width, data }
    },
    async close() {
      await model.close()
    },
  }
}

/** A model on augmented rows. */
export interface Augmented {
  /** Positions of the learnwares whose outputs are columns. */
  readonly chosen: readonly number[]
  readonly model: Model
  readonly tried: readonly Tried[]
  readonly losses: Losses
  /** Out-of-fold predictions of the labelled rows, rows × width. */
  readonly outOfFold: Float64Array
  /** Rows × width at the rows of a table, from the outputs of the chosen learnwares there. */
  predict(table: Table, of: readonly Float64Array[], signal?: AbortSignal): Promise<Float64Array>
}

/** A learner, or the best built-in one, fitted to the labelled rows and what learnwares put out there. */
export const augmented = async (found: Evidence, learner?: AugmentOptions['learner']): Promise<Augmented> => {
  const { output, outputs } = found
  const { width } = outputs
  const chosen = featured(found)
  const inputs = inputsOf(found.learnwares)
  const names = chosen.flatMap((l) => {
    const { id } = found.learnwares[l]
    return output.kind === 'real' ? [`learnware ${id}`] : output.classes.map((name) => `learnware ${id}: ${name}`)
  })
  const wide = [...inputs, ...names.map((name): ModelInput => ({ name, kind: 'numeric' }))]
  const widened = (table: Table, of: readonly Float64Array[]): Record<string, ArrayLike<unknown>> =>
    Object.fromEntries([
      ...inputs.map(({ name }) => [name, cellsOf(table, name) as unknown[]] as const),
      ...names.map((name, j) => [name, columnOf(of[Math.floor(j / width)], j % width, width)] as const),
    ])
  const rows = widened(
    found.rows,
    chosen.map((l) => outputs.of[l]),
  )
  const { model, outOfFold, tried } = await fitted(found, learner, rows, wide)
  const losses = found.scored(outOfFold)
  return {
    chosen,
    model,
    tried: tried ?? [{ method: `${nameOf(learner)} on augmented rows`, weight: 1, ...losses }],
    losses,
    outOfFold,
    async predict(table, of, signal) {
      const predicted = await model.predict(widened(table, of) as Table, { signal })
      return proper(inColumnsOf(output, model.output, predicted, 'the model on augmented rows').data, output)
    },
  }
}

const checkLearner = (learner: AugmentOptions['learner']): void => {
  if (learner === undefined || (typeof learner === 'object' && typeof learner?.fit === 'function')) return
  if (typeof learner === 'string' && Object.hasOwn(builtin, learner)) return
  throw new KindError(
    `"learner" expected one of ${Object.keys(builtin)
      .map((word) => `'${word}'`)
      .join(', ')}, or an object with fit(rows, labels, inputs), got ${shown(learner)}`,
  )
}

const nameOf = (learner: AugmentOptions['learner']): string =>
  typeof learner === 'string' ? learner : 'the given learner'

/** The model on augmented rows with its out-of-fold predictions, and the built-in learners that were tried. */
const fitted = async (
  found: Evidence,
  learner: AugmentOptions['learner'],
  rows: Record<string, ArrayLike<unknown>>,
  inputs: readonly ModelInput[],
): Promise<{ model: Model; outOfFold: Float64Array; tried?: Tried[] }> => {
  const { output, labels, folds, seed, signal } = found
  if (learner === undefined) {
    const model = await fitOwn(rows as Table, labels, { inputs, output, folds, seed, signal })
    const { data } = inColumnsOf(output, model.output, model.outOfFold, 'the model on augmented rows')
    const { candidates, chosen } = model.report
    const tried = candidates.map(({ name, ...rest }) => ({
      method: `${name} on augmented rows`,
      weight: name === chosen ? 1 : 0,
      ...rest,
    }))
    return { model, outOfFold: data, tried }
  }
  const fit = (rows: Record<string, ArrayLike<unknown>>, labels: Labels): Model | Promise<Model> => {
    if (typeof learner === 'object') return learner.fit(rows as Table, labels, inputs)
    const settings: FitOptions = { inputs, output }
    return builtin[learner](rows as Table, labels, settings)
  }
  const outOfFold = new Float64Array(found.targets.data.length)
  for (const { fit: seen, judge } of foldsOf(found, folds, seed)) {
    await found.pause()
    const model = await fit(taken(rows, seen), takenOf(labels as ArrayLike<unknown>, seen) as Labels)
    const predicted = await model.predict(taken(rows, judge) as Table, { signal })
    const { data } = inColumnsOf(output, model.output, predicted, 'the model on augmented rows')
    scatter({ columns: found.outputs.width, data }, judge, outOfFold)
    await model.close()
  }
  return { model: await fit(rows, labels), outOfFold }
}

const columnOf = (data: Float64Array, column: number, width: number): Float64Array =>
  Float64Array.from({ length: data.length / width }, (_, i) => data[i * width + column])

const takenOf = (values: ArrayLike<unknown>, rows: Int32Array): unknown[] => Array.from(rows, (i) => values[i])

const taken = (table: Record<string, ArrayLike<unknown>>, rows: Int32Array): Record<string, ArrayLike<unknown>> =>
  Object.fromEntries(Object.entries(table).map(([name, column]) => [name, takenOf(column, rows)]))
