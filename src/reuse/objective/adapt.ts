import { finite, oneOf, options, signalOf } from '../../base/check.js'
import { gaussian } from '../../kernel/kernel.js'
import { foldsOf } from '../../learnware/fit/cross-validation.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { ModelOutput } from '../../learnware/model.js'
import type { Requirement } from '../../specification/specification.js'
import { exp } from '../../wasm/scalar.js'
import { compose, inputsOf, type ReusedModel } from '../compose.js'
import { columnMeansOf, type Featured, featuresOf } from '../correct/features.js'
import { type Evidence, evidence, type LabelledOptions, labelledOptions } from '../evidence.js'
import { noneLeft, reasonOf } from '../failure.js'
import { tableOf } from '../outputs.js'
import { measureOf, type Report, usedOf } from '../report.js'
import { type Task, taskOf } from './adapt-task.js'
import { chosenOf, type Trial, tried } from './adapt-trials.js'
import { deltaOf, fitAdded } from './added.js'
import { goalOf, type Objective } from './objective.js'

/** Options of {@link adapt}. */
export interface AdaptOptions extends LabelledOptions {
  /** What the user wants the model to be good at. */
  readonly objective: Objective
  /** The class that counts as positive; by default the second of two. */
  readonly positive?: string
  /** What is added to the learnwares, a linear function of the coordinates or one of the islands' kernel; by default the better. */
  readonly delta?: 'linear' | 'kernel'
  /** How much the labelled rows count against the learnwares; by default by cross-validation. 0 leaves them as they are. */
  readonly C?: number
}

/** The report of an adaptation: `measure` says what the losses of a plain report would mean, `goal` what these mean. */
export interface AdaptedModel extends ReusedModel {
  readonly adapted: {
    readonly goal: string
    readonly C: number
    readonly delta: 'none' | 'linear' | 'kernel'
    /** Loss by the goal of the result, on rows that its fits have not seen, and of the learnwares as they are. */
    readonly loss: number
    readonly unchanged: number
  }
}

/**
 * Learnwares adapted to another objective than theirs: f(x) = Σ_l a_l f_l(x) + δ(x), with
 *   min ½‖w‖² + ½‖a − a⁰‖² + C · R̂(f),
 * a⁰ the data-free weights, w the coefficients of δ (linear in the coordinates, or in the islands' kernel), R̂ a smooth risk
 * on the labelled rows: log loss, whose δ and C are cross-validated by log loss, or a stand-in for the objective, whose are
 * by the objective. The second, another threshold alone or the learnwares as they are must be better than the first by more
 * than a standard error: few labels say more by log loss. Classes are adapted by log-odds of the positive class, and the
 * threshold is set by the objective; reals in units of their deviation. C = 0 gives the learnwares unchanged. (After CAPO,
 * Li, Tsang and Zhou 2013, known to us by its summary.)
 * @throws RangeError for labels of one class only, or an objective that does not suit the output.
 */
export const adapt = async (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  settings: AdaptOptions,
): Promise<AdaptedModel> => {
  options(settings, 'options', [...labelledOptions, 'objective', 'positive', 'delta', 'C'])
  const { objective, positive, delta, C, ...rest } = settings
  const goal = goalOf(objective)
  if (delta !== undefined) oneOf(delta, 'delta', ['linear', 'kernel'])
  if (C !== undefined) finite(C, 'C', 0)
  const found = await evidence(learnwares, requirement, rest, 2)
  const task = taskOf(found, goal, positive)
  const folds = foldsOf(found, found.folds, found.seed)
  const trials = await tried(found, task, goal, folds, delta, C)
  const { unchanged } = trials
  const chosen = C === 0 ? unchanged : chosenOf(trials, C !== undefined)
  found.progress(1)
  const adapted = { goal: goal.name, C: chosen.C, delta: chosen.delta, loss: chosen.loss, unchanged: unchanged.loss }
  const report: Report = {
    method: 'adapt',
    reason: `${goal.name} ${chosen.loss.toFixed(4)} on rows not seen, ${unchanged.loss.toFixed(4)} with the learnwares as they are; ${chosen.name}`,
    used: [],
    labelled: found.outputs.rows,
    measure: measureOf(found.output),
    candidates: [],
    failed: found.failed,
  }
  const model =
    chosen.name === unchanged.name ? unchangedModel(found, report) : adaptedModel(found, task, chosen, report)
  return {
    ...model,
    get report() {
      return model.report
    },
    adapted,
  }
}

/** One learnware by itself with its own bytes, or the data-free average. */
const unchangedModel = (found: Evidence, report: Report): ReusedModel => {
  const { learnwares, prior, output, near, single } = found
  const average = compose({
    learnwares,
    weights: prior,
    output,
    report: { ...report, used: usedOf(learnwares, prior, near, single) },
  })
  const alone = learnwares.filter((_, l) => prior[l] !== 0)
  if (alone.length > 1) return average
  const [{ id, model, terms }] = alone
  return {
    ...average,
    output: model.output,
    async predict(rows, given) {
      const signal = signalOf(given)
      try {
        return await model.predict(tableOf(rows, terms), { signal })
      } catch (error) {
        signal?.throwIfAborted()
        throw noneLeft([{ id, reason: reasonOf(error) }])
      }
    },
  }
}

const adaptedModel = (found: Evidence, task: Task, trial: Trial, report: Report): ReusedModel => {
  const { learnwares, output, outputs, near, single } = found
  const { chosen, columns, X, y, start, scale, scoreOf } = task
  const { terms } = learnwares[0]
  const every = Int32Array.from(y, (_, i) => i)
  const delta = trial.delta === 'none' ? undefined : deltaOf(trial.delta, X, gaussian(task.space.gamma), found.seed)
  const made = delta && trial.risk && fitAdded(delta.features(X), columns, y, every, trial.risk, start, trial.C)
  const features: Featured = {
    learnwares: chosen.map((l) => learnwares[l]),
    output,
    means: chosen.map((l) => columnMeansOf(outputs.of[l], outputs.width)),
    failures: new Map(found.failed.map((failure) => [failure.id, failure])),
  }
  const weights = new Float64Array(learnwares.length)
  chosen.forEach((l, at) => {
    weights[l] = made ? made.a[at] : start[at]
  })
  const used = usedOf(learnwares, weights, near, single)
  return {
    inputs: inputsOf(learnwares),
    output: adaptedOutput(output, task.place),
    get report() {
      return { ...report, used, failed: [...features.failures.values()] }
    },
    async predict(rows, given) {
      const signal = signalOf(given)
      const table = tableOf(rows, terms)
      const of = await featuresOf(features, table, signal)
      const scores =
        made && delta
          ? made.scores(delta.features(task.space.encode(table)), of.map(scoreOf))
          : scoreOf(summed(of, start))
      const count = scores.length
      if (output.kind === 'real') return { rows: count, columns: 1, data: scores.map((value) => value * scale) }
      const positive = task.output.kind === 'probabilities' && task.output.classes.length === 2 ? task.place : 1
      const data = new Float64Array(2 * count)
      for (let i = 0; i < count; i++) {
        const s = scores[i] - trial.threshold
        data[2 * i + positive] = s >= 0 ? 1 / (1 + exp(-s)) : exp(s) / (1 + exp(s))
        data[2 * i + 1 - positive] = 1 - data[2 * i + positive]
      }
      return { rows: count, columns: 2, data }
    },
    async close() {},
  }
}

const summed = (of: readonly Float64Array[], weights: Float64Array): Float64Array => {
  const sum = new Float64Array(of[0].length)
  of.forEach((data, l) => {
    for (let e = 0; e < sum.length; e++) sum[e] += weights[l] * data[e]
  })
  return sum
}

/** Two classes as they are; of more, the positive one against the rest. */
const adaptedOutput = (output: ModelOutput, place: number): ModelOutput => {
  if (output.kind === 'real' || output.classes.length === 2) return output
  return { kind: 'probabilities', classes: [`not ${output.classes[place]}`, output.classes[place]] }
}
