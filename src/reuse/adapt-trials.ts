import type { Fold } from '../learnware/folds.js'
import type { Task } from './adapt-task.js'
import { deltaOf, fitAdded } from './added.js'
import type { Evidence } from './evidence.js'
import type { Scored } from './measures.js'
import type { Goal } from './objective.js'

/** Weights of the labelled rows that are tried, from none. */
const strengths = [0.01, 0.1, 1, 10, 100, 1000]

/** One setting with its loss on rows that its fits have not seen. */
export interface Trial {
  readonly name: string
  readonly C: number
  readonly delta: 'none' | 'linear' | 'kernel'
  readonly loss: number
  /** The threshold for scores, from those out of fold. */
  readonly threshold: number
}

/** Every setting with its loss out of fold: unchanged, the threshold alone, then δ by δ from the weakest. */
export const tried = async (
  found: Evidence,
  task: Task,
  goal: Goal,
  folds: readonly Fold[],
  delta: 'linear' | 'kernel' | undefined,
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
