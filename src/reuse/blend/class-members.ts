import type { Fold } from '../../learnware/learner/folds.js'
import type { Requirement } from '../../specification/specification.js'
import type { Ran } from '../compose.js'
import { augmented } from '../correct/augment.js'
import { type Correct, correction, type Learner } from '../correct/correction.js'
import { columnMeansOf } from '../correct/features.js'
import { kernelRidgeLearner, ridgeLearner } from '../correct/learners.js'
import type { Evidence } from '../evidence.js'
import { weightedSum } from '../outputs.js'
import { learnt, servedMean } from '../route/learnt.js'
import { boostedWeights, moreBoost } from '../route/more-boost.js'
import { softRouteOf } from '../route/soft.js'
import { spaceOf } from '../space.js'
import { sharpened, sharpnessOf } from '../weigh/sharpen.js'
import type { Stack } from '../weigh/stack.js'
import { residualOf } from './members.js'

/** One way to give each class its chance, among those that are blended. */
export interface ClassMember {
  readonly method: string
  readonly setting?: string
  /** Chances of the labelled rows by fits that did not see them, rows × width. */
  readonly outOfFold: Float64Array
  /** The learnwares' shares in it, summing to 1; those without one are not asked. */
  readonly weights: Float64Array
  /** Chances at rows from what learnwares put out there; undefined where none of those it needs could run. */
  predict(ran: Ran): Float64Array | undefined | Promise<Float64Array | undefined>
}

/** Scores of a way of reuse, which {@link sharper} makes chances of. */
type Scores = Omit<ClassMember, 'setting' | 'predict'> & {
  readonly setting?: string
  predict(ran: Ran): Float64Array | undefined
}

/** Rounds of boosting. */
const rounds = 20

/** The shrunk stack. */
export const stackMember = (found: Evidence, { weights, outOfFold }: Stack): ClassMember =>
  sharper(found, { method: 'stack', outOfFold, weights, predict: (ran) => meanOf(weights, ran) })

/** The soft route and boosting, which ask another learnware at every row. */
export const routedMembers = async (found: Evidence): Promise<ClassMember[]> => {
  const { learnwares, outputs, prior, rows: table, guide } = found
  const { rows, width } = outputs
  const predict = softRouteOf(learnwares, prior)
  const outOfFold = predict({ table, rows, width, of: new Map(outputs.of.entries()) }) as Float64Array
  return [
    sharper(found, { method: 'route', outOfFold, weights: prior, predict }),
    sharper(found, await boosted(found, guide as Requirement)),
  ]
}

const boosted = async (found: Evidence, requirement: Requirement): Promise<Scores> => {
  const { learnwares, prior, rows: table } = found
  const { estimate, outOfFold } = await learnt(found, requirement, table, rounds)
  const everywhere = estimate(
    table,
    learnwares.map((_, l) => l),
  )
  const weights = boostedWeights(moreBoost(everywhere, rounds)) ?? prior
  return {
    method: 'boost',
    outOfFold,
    weights,
    predict({ of, table, rows, width }) {
      const at = [...weights.keys()].filter((l) => weights[l] > 0 && of.has(l))
      if (at.length === 0) return undefined
      return servedMean(
        { rows, width, of: at.map((l) => of.get(l) as Float64Array) },
        at.map((l) => weights[l]),
        estimate(table, at),
      )
    },
  }
}

/** The stack with a ridge or a kernel ridge on what it leaves. */
export const correctedMembers = async (
  found: Evidence,
  stacked: Stack,
  folds: readonly Fold[],
): Promise<ClassMember[]> => {
  const { encode, gamma } = spaceOf(found.learnwares)
  const X = encode(found.rows)
  const residual = residualOf(found, stacked)
  const corrected = async (name: string, learner: Learner): Promise<ClassMember> => {
    const { setting, outOfFold, correct } = await correction(learner, residual, folds, found.pause)
    return sharper(found, {
      method: `stack + ${name} on its residual`,
      setting,
      outOfFold: plus(stacked.outOfFold, outOfFold),
      weights: stacked.weights,
      predict: (at) => correctedMean(stacked.weights, at, correct, encode),
    })
  }
  return [await corrected('ridge', ridgeLearner(X)), await corrected('kernel ridge', kernelRidgeLearner(X, gamma))]
}

const correctedMean = (
  weights: Float64Array,
  at: Ran,
  correct: Correct,
  encode: ReturnType<typeof spaceOf>['encode'],
): Float64Array | undefined => {
  const mean = meanOf(weights, at)
  return mean && plus(mean, correct(encode(at.table)))
}

/** A kernel classifier on augmented rows: of the built-in learners the one that is cheap where columns are many. */
export const augmentedMember = async (found: Evidence): Promise<ClassMember> => {
  const { outputs, learnwares } = found
  const { chosen, tried, outOfFold, predict } = await augmented(found, 'kernelClassification')
  const means = chosen.map((l) => columnMeansOf(outputs.of[l], outputs.width))
  return {
    method: 'augment',
    setting: tried.find(({ weight }) => weight === 1)?.method,
    outOfFold,
    weights: Float64Array.from(learnwares, (_, l) => (chosen.includes(l) ? 1 / chosen.length : 0)),
    predict({ of, table, rows, width, signal }) {
      if (!chosen.some((l) => of.has(l))) return undefined
      const columns = chosen.map(
        (l, k) => of.get(l) ?? Float64Array.from({ length: rows * width }, (_, e) => means[k][e % width]),
      )
      return predict(table, columns, signal)
    },
  }
}

/** Scores raised to the exponent that the labels like best (see {@link sharpnessOf}). */
const sharper = ({ outputs: { width }, targets }: Evidence, { predict, ...member }: Scores): ClassMember => {
  const exponent = sharpnessOf(member.outOfFold, targets)
  return {
    ...member,
    setting: [...(member.setting === undefined ? [] : [member.setting]), `sharpness ${exponent}`].join(', '),
    outOfFold: sharpened(member.outOfFold, width, exponent),
    predict: (ran) => {
      const scores = predict(ran)
      return scores && sharpened(scores, width, exponent)
    },
  }
}

/** The weighted mean of those that ran, their weights scaled up to 1. */
const meanOf = (weights: Float64Array, { rows, width, of }: Ran): Float64Array | undefined => {
  const at = [...of.keys()].filter((l) => weights[l] > 0)
  const total = at.reduce((sum, l) => sum + weights[l], 0)
  if (at.length === 0) return undefined
  return weightedSum(
    { rows, width, of: at.map((l) => of.get(l) as Float64Array) },
    at.map((l) => weights[l] / total),
  )
}

const plus = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value + b[i])
