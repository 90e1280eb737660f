import { finite, oneOf, options, positive } from '../../base/check.js'
import { KindError, shown } from '../../base/error.js'
import {
  bestThreshold,
  breakEvenThreshold,
  type Decided,
  decided,
  f1,
  orderedPairs,
  pinball,
  type Scored,
} from './measures.js'
import { pairwiseHinge, type Risk, smoothPinball, softBreakEven, softF1, weightedLogistic } from './risks.js'

/**
 * What a reuse is to be good at: the area under the ROC curve, F1, the point where precision and recall are equal, the cost
 * of decisions (a missed positive against a false alarm), or a quantile of a real.
 */
export type Objective =
  | 'auc'
  | 'f1'
  | 'break-even'
  | { readonly cost: { readonly missed: number; readonly alarm: number } }
  | { readonly quantile: number }

/** A risk with what a report calls it. */
export interface Named {
  readonly name: string
  readonly risk: Risk
}

/** An objective as numbers. */
export interface Goal {
  readonly name: string
  readonly kind: 'classes' | 'real'
  /** Smooth stand-ins for the measure, whose settings are taken by the measure. */
  readonly risks: readonly Named[]
  /** Log loss whose setting is taken by its own value: where the measure is coarse, few labels say more by that. */
  readonly proper?: Named
  /** Where scores become decisions; none for an order of rows. */
  readonly threshold?: (scored: Scored) => number
  /** Whether the minimiser of the log loss decides at 0 by itself. */
  readonly isSettled?: boolean
  /** What is to be small on rows that a fit has not seen, from one part for each fold, scores less their threshold. */
  readonly loss: (parts: readonly Scored[]) => number
}

const pooled = (parts: readonly Scored[]): Decided =>
  parts
    .map((part) => decided(part, 0))
    .reduce((a, b) => ({
      hits: a.hits + b.hits,
      alarms: a.alarms + b.alarms,
      positives: a.positives + b.positives,
      rows: a.rows + b.rows,
    }))

const logLoss: Named = { name: 'log loss', risk: weightedLogistic(1, 1) }

const auc: Goal = {
  name: '1 − AUC',
  kind: 'classes',
  risks: [{ name: 'pairs in order', risk: pairwiseHinge }, logLoss],
  // Scores of two fits have no common scale, so pairs are taken within a fold.
  loss: (parts) => {
    const counts = parts.map(orderedPairs)
    const pairs = counts.reduce((sum, count) => sum + count.pairs, 0)
    return pairs > 0 ? 1 - counts.reduce((sum, { right }) => sum + right, 0) / pairs : 0.5
  },
}

const byF1: Goal = {
  name: '1 − F1',
  kind: 'classes',
  risks: [{ name: 'soft F1', risk: softF1 }],
  proper: logLoss,
  threshold: (scored) => bestThreshold(scored, f1),
  loss: (parts) => 1 - f1(pooled(parts)),
}

const byBreakEven: Goal = {
  name: '1 − break-even of precision and recall',
  kind: 'classes',
  risks: [{ name: 'soft break-even', risk: softBreakEven }],
  proper: logLoss,
  threshold: breakEvenThreshold,
  loss: (parts) => {
    const found = parts.map((part) => ({ threshold: breakEvenThreshold(part), part }))
    const all = found.map(({ part, threshold }) => decided(part, threshold))
    const positives = all.reduce((sum, counts) => sum + counts.positives, 0)
    return positives > 0 ? 1 - all.reduce((sum, { hits }) => sum + hits, 0) / positives : 1
  },
}

const byCost = (missed: number, alarm: number): Goal => {
  const costOf = ({ hits, alarms, positives, rows }: Decided): number =>
    (missed * (positives - hits) + alarm * alarms) / rows
  return {
    name: 'cost',
    kind: 'classes',
    isSettled: true,
    risks: [],
    proper: { name: 'weighted log loss', risk: weightedLogistic(missed, alarm) },
    threshold: (scored) => bestThreshold(scored, (counts) => -costOf(counts)),
    loss: (parts) => costOf(pooled(parts)),
  }
}

const byQuantile = (q: number): Goal => ({
  name: `pinball loss of quantile ${q}`,
  kind: 'real',
  risks: [{ name: 'pinball loss', risk: smoothPinball(q) }],
  loss: (parts) =>
    parts.reduce((sum, part) => sum + part.y.length * pinball(part, q), 0) /
    parts.reduce((sum, { y }) => sum + y.length, 0),
})

/** The {@link Goal} of an objective. */
export const goalOf = (objective: Objective): Goal => {
  if (typeof objective === 'object' && objective !== null) {
    options(objective, 'objective', ['cost', 'quantile'])
    if ('quantile' in objective) return byQuantile(finite(objective.quantile, 'objective.quantile', 0.001, 0.999))
    const { cost } = objective
    if (typeof cost !== 'object' || cost === null)
      throw new KindError(`"objective.cost" expected { missed, alarm }, got ${shown(cost)}`)
    return byCost(positive(cost.missed, 'objective.cost.missed'), positive(cost.alarm, 'objective.cost.alarm'))
  }
  return { auc, f1: byF1, 'break-even': byBreakEven }[oneOf(objective, 'objective', ['auc', 'f1', 'break-even'])]
}
