import { foldsOf } from '../../learnware/fit/cross-validation.js'
import { gaussianRate, hedged, learningRate, withoutSlight } from '../../learnware/learner/hedge.js'
import { squaredError } from '../../learnware/learner/learner.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { Requirement } from '../../specification/specification.js'
import { type Addition, compose, modelAddition, type ReusedModel } from '../compose.js'
import { type Evidence, evidence, type LabelledOptions } from '../evidence.js'
import { reportOf } from '../evidence-report.js'
import { nameOf } from '../failure.js'
import { takeFlat, takeOutputs, weightedSum } from '../outputs.js'
import { spaceOf } from '../space.js'
import { type Correction, correction, type Learner } from './correction.js'
import { type FineTuned, fineTuned } from './fine-tuned.js'
import { kernelRidgeLearner, ridgeLearner, treesLearner } from './learners.js'

/** With fewer labelled rows a tree has no leaves to grow. */
const fewestForTrees = 20

/**
 * Weights by Hedge over the labelled rows, β_l ∝ π_l exp(−η Σ_i ℓ_l(x_i)): π half of the data-free weights and half uniform,
 * ℓ the squared error, η = 1 / (2 s²) with s² the least mean loss of all, so that a learnware counts by its likelihood.
 */
export const hedgeWeights = (losses: readonly number[], rows: number, prior: ArrayLike<number>): Float64Array => {
  const start = losses.map((_, l) => (prior[l] + 1 / losses.length) / 2)
  return hedged(start, losses, gaussianRate(losses, rows))
}

/** Shares before labels speak: of the learnwares as they are, and of a fine-tuned one where there is one. */
const [asTheyAre, further] = [0.1, 0.6]

/**
 * Learnwares polished on the user's rows: a start f⁰ = Σ_l β_l f_l by {@link hedgeWeights} over all of them (several sources,
 * as in Condor, Zhao, Cai and Zhou 2020, known to us by its summary), and on what it leaves
 *   ridge: min Σ (y − f⁰(x) − w'x)² + λ‖w‖², which for a linear f⁰ = θ₀'x is min Σ ℓ(θ) + λ‖θ − θ₀‖², regularised towards it;
 *   the same in the kernel of the islands; boosted trees with shrinkage; nothing;
 * and, where a model can go on learning (`fineTune`, as the built-in linear models and boosted trees can), the heaviest such
 * learnware fine-tuned. None is picked: the result is their mean, w ∝ π exp(−¼ n ℓ / 2s²) with ℓ the cross-validated squared
 * error, a start of its own in each fold, and s² the least of all.
 * @throws RangeError for fewer than two labelled rows, or labels that do not fit.
 */
export const polish = async (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  options: LabelledOptions,
): Promise<ReusedModel> => {
  const found = await evidence(learnwares, requirement, options, 2)
  const { outputs, targets, output, scored, pause } = found
  const { rows, width } = outputs
  const folds = foldsOf(found, found.folds, found.seed)
  const every = Int32Array.from({ length: rows }, (_, i) => i)
  const weights = startOf(found, every)
  const without = folds.map(({ fit }) => startOf(found, fit))
  const start = new Float64Array(targets.data.length)
  folds.forEach(({ judge }, k) => {
    const judged = weightedSum(takeOutputs(outputs, judge), without[k])
    judge.forEach((row, i) => {
      start.set(judged.subarray(i * width, (i + 1) * width), row * width)
    })
  })
  const left = (w: Float64Array): Float64Array => {
    const predicted = weightedSum(outputs, w)
    return targets.data.map((value, e) => value - predicted[e])
  }
  const residual = { width, all: left(weights), without: without.map(left) }
  const { encode, gamma } = spaceOf(found.learnwares)
  const X = encode(found.rows)
  const learners: [string, Learner][] = [
    ['ridge towards the learnwares', ridgeLearner(X)],
    ['kernel ridge towards the learnwares', kernelRidgeLearner(X, gamma)],
    ...(rows >= fewestForTrees ? [['boosted trees on the residual', treesLearner(X)] as [string, Learner]] : []),
  ]
  const tried: Way[] = [{ method: 'learnwares as they are', outOfFold: start }]
  for (const [method, learner] of learners) {
    const made = await correction(learner, residual, folds, pause)
    const outOfFold = made.outOfFold.map((value, e) => value + start[e])
    tried.push({ method, setting: made.setting, made, outOfFold })
    found.progress(0.5 + (0.4 * (tried.length - 1)) / learners.length)
  }
  const { tuned, failed } = await fineTuned(found, folds, weights, without)
  if (tuned) tried.push({ method: `fine-tuned ${nameOf(tuned.learnware.id)}`, tuned, outOfFold: tuned.outOfFold })
  const losses = tried.map(({ outOfFold }) => scored(outOfFold))
  const shares = sharesOf(
    tried,
    losses.map(({ loss }) => loss),
    rows,
  )
  const mean = weightedSum({ rows, width, of: tried.map(({ outOfFold }) => outOfFold) }, shares)
  found.progress(1)
  const last = tuned ? shares[shares.length - 1] : 0
  const untuned = weights.map((weight) => (1 - last) * weight)
  const heaviest = shares.indexOf(Math.max(...shares))
  return compose({
    learnwares: found.learnwares,
    weights: untuned,
    output,
    additions: tried.map(({ method, made, tuned }, k): Addition => {
      if (tuned) return modelAddition(tuned.learnware.model, shares[k], output, method)
      return { weight: made ? shares[k] : 0, predict: async (table) => (made as Correction).correct(encode(table)) }
    }),
    report: reportOf(
      { ...found, failed: failed ? [...found.failed, failed] : found.failed },
      untuned.map((weight, l) => weight + (l === tuned?.place ? last : 0)),
      {
        method: 'polish',
        reason: `the mean of ${tried.filter((_, k) => shares[k] > 0).length} ways, weighed by cross-validation on ${rows} labelled rows; the heaviest, at ${Math.round(100 * shares[heaviest])}%: ${tried[heaviest].method}`,
        losses: scored(mean),
      },
      tried.map(({ method, setting }, k) => ({
        method,
        ...(setting === undefined ? {} : { setting }),
        weight: shares[k],
        ...losses[k],
      })),
    ),
  })
}

/** Shares of all ways in their mean. */
const sharesOf = (tried: readonly Way[], losses: readonly number[], rows: number): Float64Array => {
  const tuned = tried.some(({ tuned }) => tuned) ? further : 0
  const corrected = tried.filter(({ made }) => made).length
  const start = tried.map((way) => (way.tuned ? further : way.made ? (1 - tuned - asTheyAre) / corrected : asTheyAre))
  return withoutSlight(hedged(start, losses, learningRate * gaussianRate(losses, rows)))
}

/** What was tried, with its predictions of labelled rows by fits that did not see them. */
interface Way {
  readonly method: string
  readonly setting?: string
  readonly made?: Correction
  readonly tuned?: FineTuned
  readonly outOfFold: Float64Array
}

const startOf = ({ outputs, targets, prior }: Evidence, rows: Int32Array): Float64Array => {
  const y = { rows: rows.length, data: takeFlat(targets.data, rows, outputs.width) }
  const losses = takeOutputs(outputs, rows).of.map((data) => squaredError({ data }, y))
  return hedgeWeights(losses, rows.length, prior)
}
