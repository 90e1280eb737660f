import { ValueError } from '../../base/error.js'
import { fitOwn, type OwnModel } from '../../learnware/builtin.js'
import type { Fold } from '../../learnware/learner/folds.js'
import { type Correct, correction, type Learner, type Residual } from '../correct/correction.js'
import { kernelRidgeLearner, ridgeLearner, treesLearner } from '../correct/learners.js'
import type { Evidence } from '../evidence.js'
import { inColumnsOf, weightedSum } from '../outputs.js'
import { spaceOf } from '../space.js'
import { type Stack, stackOf } from '../weigh/stack.js'

/** With fewer labelled rows trees find only noise in what a stack leaves. */
const fewestForTrees = 100

/** Share that the own model's column has before the labels speak. */
const ownPrior = 0.15

/** One way of reuse among those that are blended: ŷ = Σ_l weights_l f_l + ownWeight · own + correct. */
export interface Member {
  readonly method: string
  readonly setting?: string
  /** Predictions of the labelled rows by fits that did not see them, rows × width. */
  readonly outOfFold: Float64Array
  readonly weights: Float64Array
  readonly ownWeight: number
  readonly correct?: Correct
}

/** The user's own model with its out-of-fold predictions in the columns of the output. */
export interface Own {
  readonly model: OwnModel
  readonly outOfFold: Float64Array
}

/**
 * The ways of reuse that a blend weighs: the shrunk stack, the same with a column of the own model, with a ridge, a
 * kernel ridge or (from 100 labelled rows) boosted trees on its residual, and the own model by itself.
 */
export const membersOf = async (
  found: Evidence,
  folds: readonly Fold[],
): Promise<{ members: readonly Member[]; own?: Own }> => {
  const { outputs, targets, prior, strength, pause, learnwares } = found
  const stacked = stackOf(outputs, targets.data, prior, strength, folds)
  found.progress(0.55)
  const own = await ownOf(found)
  found.progress(0.7)
  const { encode, gamma } = spaceOf(learnwares)
  const X = encode(found.rows)
  const residual = residualOf(found, stacked)
  const corrected = async (method: string, learner: Learner): Promise<Member> => {
    const { setting, outOfFold, correct } = await correction(learner, residual, folds, pause)
    return {
      method: `stack + ${method} on its residual`,
      setting,
      outOfFold: outOfFold.map((value, i) => value + stacked.outOfFold[i]),
      weights: stacked.weights,
      ownWeight: 0,
      correct,
    }
  }
  const members: Member[] = [
    { method: 'stack', outOfFold: stacked.outOfFold, weights: stacked.weights, ownWeight: 0 },
    ...(own ? [stackWithOwn(found, own, folds)] : []),
    await corrected('ridge', ridgeLearner(X)),
    await corrected('kernel ridge', kernelRidgeLearner(X, gamma)),
    ...(outputs.rows >= fewestForTrees ? [await corrected('boosted trees', treesLearner(X))] : []),
  ]
  found.progress(0.95)
  if (own === undefined) return { members }
  const alone = {
    method: 'own',
    setting: settingOf(own.model),
    outOfFold: own.outOfFold,
    weights: new Float64Array(prior.length),
    ownWeight: 1,
  }
  return { members: [...members, alone], own }
}

/** The user's own model with its out-of-fold predictions, unless the labels have nothing to tell apart. */
export const ownOf = async (found: Evidence): Promise<Own | undefined> => {
  if (new Set(Array.from(found.labels as ArrayLike<unknown>)).size < 2) return undefined
  const { output, folds, seed, signal } = found
  const inputs = spaceOf(found.learnwares).columns
  const model = found.own ?? (await fitOwn(found.rows, found.labels, { inputs, output, folds, seed, signal }))
  if (model.outOfFold?.rows !== found.outputs.rows) {
    throw new ValueError(
      `"own" expected a model that fitOwn made of the ${found.outputs.rows} labelled rows, got one of ${model.outOfFold?.rows}`,
    )
  }
  return { model, outOfFold: inColumnsOf(output, model.output, model.outOfFold, 'the own model').data }
}

/** The stack over the learnwares and the own model's out-of-fold predictions. */
const stackWithOwn = ({ outputs, targets, prior, strength }: Evidence, own: Own, folds: readonly Fold[]): Member => {
  const columns = { ...outputs, of: [...outputs.of, own.outOfFold] }
  const start = [...Array.from(prior, (weight) => (1 - ownPrior) * weight), ownPrior]
  const { outOfFold, weights } = stackOf(columns, targets.data, start, strength, folds)
  const ownWeight = weights[prior.length]
  return {
    method: 'stack with own',
    setting: `own weight ${ownWeight.toFixed(3)}`,
    outOfFold,
    weights: weights.slice(0, prior.length),
    ownWeight,
  }
}

/** What the stack leaves, on all rows and without each fold. */
export const residualOf = ({ outputs, targets }: Evidence, { weights, without }: Stack): Residual => {
  const left = (w: Float64Array): Float64Array => {
    const predicted = weightedSum(outputs, w)
    return targets.data.map((value, i) => value - predicted[i])
  }
  return { width: outputs.width, all: left(weights), without: without.map(left) }
}

export const settingOf = ({ report: { chosen, setting } }: OwnModel): string =>
  [chosen, ...Object.entries(setting).map(([name, value]) => `${name} ${value.toPrecision(3)}`)].join(', ')
