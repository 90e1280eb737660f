import { finite, oneOf, options } from '../base/check.js'
import { ValueError } from '../base/error.js'
import type { Matrix } from '../base/matrix.js'
import { foldsOf } from '../learnware/cross-validation.js'
import type { Fold } from '../learnware/folds.js'
import type { Learnware } from '../learnware/learnware.js'
import type { ModelOutput } from '../learnware/model.js'
import { encodeTable } from '../specification/encode.js'
import type { Requirement } from '../specification/specification.js'
import { readTable, type Table } from '../specification/table.js'
import { exp, log } from '../wasm/scalar.js'
import { deltaOf, fitAdded } from './added.js'
import { compose, inputsOf, type ReusedModel } from './compose.js'
import { type Evidence, evidence, type LabelledOptions, labelledOptions } from './evidence.js'
import { noneLeft, reasonOf } from './failure.js'
import { columnMeansOf, type Featured, featured, featuresOf } from './features.js'
import type { Scored } from './measures.js'
import { type Goal, goalOf, type Objective } from './objective.js'
import { tableOf } from './outputs.js'
import { type Report, usedOf } from './report.js'

/** Options of {@link adapt}. */
export interface AdaptOptions extends LabelledOptions {
  readonly objective: Objective
  /** The class that counts as positive; by default the second of two. */
  readonly positive?: string
  /** What is added to the learnwares, a linear function of the coordinates or one of the island's kernel; by default the better. */
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

/** Weights of the labelled rows that are tried, from none. */
const strengths = [0.01, 0.1, 1, 10, 100, 1000]

/**
 * Learnwares adapted to another objective than theirs: f(x) = Σ_l a_l f_l(x) + δ(x), with
 *   min ½‖w‖² + ½‖a − a⁰‖² + C · R̂(f),
 * a⁰ the data-free weights, w the coefficients of δ (linear in the coordinates, or in the island's kernel), R̂ a smooth risk
 * for the objective on the labelled rows. Classes are adapted by log-odds of the positive class, and the threshold is set by
 * the measure itself; reals in units of their deviation. C, δ and the threshold alone are chosen by cross-validation on the
 * measure; C = 0 gives the learnwares unchanged. (After CAPO, Li, Tsang and Zhou 2013, known to us by its summary.)
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
  const unchanged = trials[0]
  const chosen = trials.filter((trial) => C === undefined || trial.C === C).reduce((a, b) => (b.loss < a.loss ? b : a))
  found.progress(1)
  const adapted = { goal: goal.name, C: chosen.C, delta: chosen.delta, loss: chosen.loss, unchanged: unchanged.loss }
  const report: Report = {
    method: 'adapt',
    reason: `${goal.name} ${chosen.loss.toFixed(4)} on rows not seen, ${unchanged.loss.toFixed(4)} with the learnwares as they are; ${chosen.name}`,
    used: [],
    labelled: found.outputs.rows,
    measure: found.output.kind === 'real' ? 'squared error' : 'Brier score',
    candidates: [],
    failed: found.failed,
  }
  const model =
    chosen.name === unchanged.name ? unchangedModel(found, report) : adaptedModel(found, task, goal, chosen, report)
  return {
    ...model,
    get report() {
      return model.report
    },
    adapted,
  }
}

/** The labelled rows as scores: base columns of the learnwares, coordinates of δ, targets. */
interface Task {
  readonly chosen: readonly number[]
  readonly columns: readonly Float64Array[]
  /** The scores of the data-free average as it is. */
  readonly plain: Float64Array
  readonly start: Float64Array
  readonly y: Float64Array
  readonly X: Matrix
  /** The column of the positive class; 0 for a real. */
  readonly place: number
  readonly scale: number
  readonly output: ModelOutput
  scoreOf(outputs: Float64Array): Float64Array
}

/** One setting with its loss on rows that its fits have not seen. */
interface Trial {
  readonly name: string
  readonly C: number
  readonly delta: 'none' | 'linear' | 'kernel'
  readonly loss: number
  /** The threshold for scores, from those out of fold. */
  readonly threshold: number
}

const taskOf = (found: Evidence, goal: Goal, positive: string | undefined): Task => {
  const { output, outputs, targets, learnwares, prior } = found
  if ((goal.kind === 'real') !== (output.kind === 'real')) {
    throw new ValueError(
      `"objective" expected one for ${output.kind === 'real' ? 'a real, such as { quantile: 0.9 }' : "classes, such as 'auc'"}, got ${goal.name}`,
    )
  }
  const place = output.kind === 'real' ? 0 : placeOf(output.classes, positive)
  const { width } = outputs
  const scoreOf = (data: Float64Array): Float64Array =>
    Float64Array.from({ length: data.length / width }, (_, i) =>
      output.kind === 'real' ? data[i] / scale : logOdds(data[i * width + place]),
    )
  const raw = Float64Array.from({ length: targets.rows }, (_, i) => targets.data[i * width + place])
  const mean = raw.reduce((sum, value) => sum + value, 0) / raw.length
  const deviation = Math.sqrt(raw.reduce((sum, value) => sum + (value - mean) ** 2, 0) / raw.length)
  const scale = output.kind === 'real' && deviation > 0 ? deviation : 1
  if (goal.kind === 'classes' && (mean === 0 || mean === 1)) {
    throw new ValueError('"labelled.labels" expected rows of both classes, got only one; label rows of the other')
  }
  const chosen = featured(found)
  const total = chosen.reduce((sum, l) => sum + prior[l], 0)
  const { terms } = learnwares[0]
  const average = new Float64Array(outputs.rows * width)
  outputs.of.forEach((data, l) => {
    if (prior[l] !== 0) for (let e = 0; e < average.length; e++) average[e] += prior[l] * data[e]
  })
  return {
    chosen,
    columns: chosen.map((l) => scoreOf(outputs.of[l])),
    plain: scoreOf(average),
    start: Float64Array.from(chosen, (l) => prior[l] / total),
    y: raw.map((value) => value / scale),
    X: encodeTable(readTable(found.rows, terms.columns), terms),
    place,
    scale,
    output,
    scoreOf,
  }
}

const placeOf = (classes: readonly string[], positive: string | undefined): number => {
  if (positive !== undefined) return classes.indexOf(oneOf(positive, 'positive', classes))
  if (classes.length !== 2) {
    throw new ValueError(
      `"positive" expected the class that counts, since there are ${classes.length}; name one of ${classes.join(', ')}`,
    )
  }
  return 1
}

const leastChance = 1e-6

const logOdds = (p: number): number => {
  const inside = Math.min(1 - leastChance, Math.max(leastChance, p))
  return log(inside / (1 - inside))
}

/** Every setting with its loss out of fold: unchanged, the threshold alone, then δ by δ from the weakest. */
const tried = async (
  found: Evidence,
  task: Task,
  goal: Goal,
  folds: readonly Fold[],
  delta: AdaptOptions['delta'],
  C: number | undefined,
): Promise<Trial[]> => {
  const { y, plain } = task
  const parts = (scores: Float64Array, isMoved: boolean): Scored[] =>
    folds.map(({ fit, judge }) => {
      const cut = isMoved && goal.threshold ? goal.threshold(taken({ scores, y }, fit)) : 0
      const part = taken({ scores, y }, judge)
      return { scores: part.scores.map((value) => value - cut), y: part.y }
    })
  const trial = (name: string, C: number, delta: Trial['delta'], scores: Float64Array, isMoved: boolean): Trial => ({
    name,
    C,
    delta,
    loss: goal.loss(parts(scores, isMoved)),
    threshold: isMoved && goal.threshold ? goal.threshold({ scores, y }) : 0,
  })
  const trials = [trial('unchanged', 0, 'none', plain, false)]
  if (C === 0) return trials
  if (goal.threshold && C === undefined) trials.push(trial('another threshold alone', 0, 'none', plain, true))
  for (const kind of delta === undefined ? (['linear', 'kernel'] as const) : [delta]) {
    const phi = deltaOf(kind, task.X, found.learnwares[0].terms.kernel, found.seed).features(task.X)
    for (const strength of C === undefined ? strengths : [C]) {
      const scores = new Float64Array(y.length)
      for (const { fit, judge } of folds) {
        await found.pause()
        const made = fitAdded(phi, task.columns, y, fit, goal.risk, task.start, strength)
        const judged = made.scores(phi, task.columns)
        for (const i of judge) scores[i] = judged[i]
      }
      trials.push(trial(`${kind} δ, C = ${strength}`, strength, kind, scores, !goal.isSettled))
    }
  }
  return trials
}

const taken = ({ scores, y }: Scored, rows: Int32Array): Scored => ({
  scores: Float64Array.from(rows, (i) => scores[i]),
  y: Float64Array.from(rows, (i) => y[i]),
})

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
    async predict(rows, { signal } = {}) {
      try {
        return await model.predict(tableOf(rows, terms), { signal })
      } catch (error) {
        signal?.throwIfAborted()
        throw noneLeft([{ id, reason: reasonOf(error) }])
      }
    },
  }
}

const adaptedModel = (found: Evidence, task: Task, goal: Goal, trial: Trial, report: Report): ReusedModel => {
  const { learnwares, output, outputs, near, single } = found
  const { chosen, columns, X, y, start, scale, scoreOf } = task
  const { terms } = learnwares[0]
  const every = Int32Array.from(y, (_, i) => i)
  const delta = trial.delta === 'none' ? undefined : deltaOf(trial.delta, X, terms.kernel, found.seed)
  const made = delta && fitAdded(delta.features(X), columns, y, every, goal.risk, start, trial.C)
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
    async predict(rows, { signal } = {}) {
      const table = tableOf(rows, terms)
      const of = await featuresOf(features, table, signal)
      const phi = (table: Table): Matrix => encodeTable(readTable(table, terms.columns), terms)
      const scores =
        made && delta ? made.scores(delta.features(phi(table)), of.map(scoreOf)) : scoreOf(summed(of, start))
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
