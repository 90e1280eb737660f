import { gaussian } from '../../kernel/kernel.js'
import type { Fold } from '../../learnware/learner/folds.js'
import type { Evidence } from '../evidence.js'
import type { Task } from './adapt-task.js'
import { deltaOf, fitAdded } from './added.js'
import type { Scored } from './measures.js'
import type { Goal, Named } from './objective.js'
import type { Risk } from './risks.js'

/** Weights of the labelled rows that are tried, from none. */
const strengths = [0.01, 0.1, 1, 10, 100, 1000]

/** One setting with its loss on rows that its fits have not seen. */
export interface Trial {
  readonly name: string
  readonly C: number
  readonly delta: 'none' | 'linear' | 'kernel'
  /** What is minimised; absent where nothing is. */
  readonly risk?: Risk
  readonly loss: number
  /** The loss without each of the folds. */
  readonly without: readonly number[]
  /** The threshold for scores, from those out of fold. */
  readonly threshold: number
}

/** What was tried: the learnwares as they are, and the best of each way of adapting them. */
export interface Trials {
  readonly unchanged: Trial
  readonly moved?: Trial
  /** By log loss, its setting taken by log loss. */
  readonly byLogLoss?: Trial
  /** By a stand-in for the measure, its setting taken by the measure. */
  readonly byStandIn?: Trial
}

/** Every setting with its loss out of fold, the weakest first; of equals the first is taken. */
export const tried = async (
  found: Evidence,
  task: Task,
  goal: Goal,
  folds: readonly Fold[],
  delta: 'linear' | 'kernel' | undefined,
  C: number | undefined,
): Promise<Trials> => {
  const { y, plain } = task
  const parts = (scores: Float64Array, isMoved: boolean): Scored[] =>
    folds.map(({ fit, judge }) => {
      const cut = isMoved && goal.threshold ? goal.threshold(taken({ scores, y }, fit)) : 0
      const part = taken({ scores, y }, judge)
      return { scores: part.scores.map((value) => value - cut), y: part.y }
    })
  const trial = (
    setting: Pick<Trial, 'name' | 'C' | 'delta' | 'risk'>,
    scores: Float64Array,
    isMoved: boolean,
  ): Trial => {
    const all = parts(scores, isMoved)
    return {
      ...setting,
      loss: goal.loss(all),
      without: all.map((part) => goal.loss(all.filter((other) => other !== part))),
      threshold: isMoved && goal.threshold ? goal.threshold({ scores, y }) : 0,
    }
  }
  const unchanged = trial({ name: 'unchanged', C: 0, delta: 'none' }, plain, false)
  if (C === 0) return { unchanged }

  const kinds = (delta === undefined ? (['linear', 'kernel'] as const) : [delta]).map((kind) => ({
    kind,
    phi: deltaOf(kind, task.X, gaussian(task.space.gamma), found.seed).features(task.X),
  }))
  const best = async (
    risks: readonly Named[],
    isMoved: boolean,
    worth: (trial: Trial, scores: Float64Array) => number,
  ): Promise<Trial> => {
    let least = Infinity
    let chosen: Trial | undefined
    for (const { name, risk } of risks) {
      for (const { kind, phi } of kinds) {
        for (const strength of C === undefined ? strengths : [C]) {
          const scores = new Float64Array(y.length)
          for (const { fit, judge } of folds) {
            await found.pause()
            const judged = fitAdded(phi, task.columns, y, fit, risk, task.start, strength).scores(phi, task.columns)
            for (const i of judge) scores[i] = judged[i]
          }
          const setting = { name: `${kind} δ by ${name}, C = ${strength}`, C: strength, delta: kind, risk }
          const made = trial(setting, scores, isMoved)
          const value = worth(made, scores)
          if (chosen && !(value < least)) continue
          least = value
          chosen = made
        }
      }
    }
    return chosen as Trial
  }
  const { proper, risks, threshold, isSettled } = goal
  const ignored = new Float64Array(y.length)
  return {
    unchanged,
    ...(threshold &&
      C === undefined && { moved: trial({ name: 'another threshold alone', C: 0, delta: 'none' }, plain, true) }),
    ...(proper && { byLogLoss: await best([proper], !isSettled, (_, scores) => proper.risk(scores, y, ignored)) }),
    ...(risks.length > 0 && { byStandIn: await best(risks, true, ({ loss }) => loss) }),
  }
}

/**
 * What is taken: where log loss has a say, its fit, unless another way has a loss that is lower by more than the standard
 * error of the difference (by leaving out each fold), or leaving the learnwares as they are does no worse; else the least loss.
 */
export const chosenOf = ({ unchanged, moved, byLogLoss, byStandIn }: Trials, isGiven: boolean): Trial => {
  const others = [...(isGiven ? [] : [unchanged, moved]), byStandIn].filter((trial) => trial !== undefined)
  if (byLogLoss === undefined) return others.reduce((a, b) => (b.loss < a.loss ? b : a))
  const better = others.filter(
    (trial) =>
      byLogLoss.loss - trial.loss > errorOfDifference(trial, byLogLoss) ||
      (trial === unchanged && trial.loss === byLogLoss.loss),
  )
  return [...better, byLogLoss].reduce((a, b) => (b.loss < a.loss ? b : a))
}

/** The jackknife's standard error of a difference of two losses. */
const errorOfDifference = (a: Trial, b: Trial): number => {
  const differences = a.without.map((loss, k) => loss - b.without[k])
  const count = differences.length
  const mean = differences.reduce((sum, value) => sum + value, 0) / count
  return Math.sqrt((differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) * (count - 1)) / count)
}

const taken = ({ scores, y }: Scored, rows: Int32Array): Scored => ({
  scores: Float64Array.from(rows, (i) => scores[i]),
  y: Float64Array.from(rows, (i) => y[i]),
})
