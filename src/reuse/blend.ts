import { ValueError } from '../base/error.js'
import { fitOwn, type OwnModel } from '../learnware/builtin.js'
import { foldsOf } from '../learnware/cross-validation.js'
import type { Learnware } from '../learnware/learnware.js'
import { encodeTable } from '../specification/encode.js'
import type { Requirement } from '../specification/specification.js'
import { readTable } from '../specification/table.js'
import { type Addition, compose, modelAddition, type ReusedModel } from './compose.js'
import { type Correction, correction, type Residual } from './correction.js'
import { type Evidence, evidence, type LabelledOptions } from './evidence.js'
import { kernelRidgeLearner, ridgeLearner } from './learners.js'
import { inColumnsOf, weightedSum } from './outputs.js'
import { type Tried, usedOf } from './report.js'
import { shrunkWeights } from './simplex.js'
import { dataFreeCandidates, ranked, type Stack, stackOf } from './stack.js'

/** Share that the own model's column has before the labels speak. */
const ownPrior = 0.15

/**
 * The blend of {shrunk stack, shrunk stack with an own column, shrunk stack + ridge on its residual, + kernel ridge on its
 * residual}: simplex weights over their out-of-fold predictions, shrunk towards the uniform blend as the stack is shrunk
 * towards its prior. All parts are linear in the learnwares, so the result runs each of them once.
 */
export const blendModel = async (found: Evidence, reason: string): Promise<ReusedModel> => {
  const { learnwares, output, outputs, targets, prior, strength, near, single, scored, pause } = found
  const { rows, width } = outputs
  const folds = foldsOf(found, found.folds, found.seed)

  const stacked = stackOf(outputs, targets.data, prior, strength, folds)
  found.progress(0.55)
  const own = await ownOf(found)
  found.progress(0.7)
  const withOwn = own && stackWithOwn(found, own, folds)
  const terms = learnwares[0].terms
  const X = encodeTable(readTable(found.rows, terms.columns), terms)
  const residual = residualOf(found, stacked)
  const ridge = await correction(ridgeLearner(X), residual, folds, pause)
  found.progress(0.75)
  const kernelRidge = await correction(kernelRidgeLearner(X, terms.kernel.gamma), residual, folds, pause)
  found.progress(0.95)

  const corrected = ({ outOfFold }: Correction): Float64Array =>
    outOfFold.map((value, i) => value + stacked.outOfFold[i])
  const members = [
    { method: 'stack', outOfFold: stacked.outOfFold },
    ...(withOwn
      ? [
          {
            method: 'stack with own',
            outOfFold: withOwn.outOfFold,
            setting: `own weight ${withOwn.ownWeight.toFixed(3)}`,
          },
        ]
      : []),
    { method: 'stack + ridge on its residual', outOfFold: corrected(ridge), setting: ridge.setting },
    { method: 'stack + kernel ridge on its residual', outOfFold: corrected(kernelRidge), setting: kernelRidge.setting },
  ]
  const columns = { rows, width, of: members.map(({ outOfFold }) => outOfFold) }
  const uniform = new Float64Array(members.length).fill(1 / members.length)
  const shares = shrunkWeights(columns, targets.data, uniform, strength)
  const share = (method: string): number => shares[members.findIndex((member) => member.method === method)] ?? 0

  const ownShare = share('stack with own')
  const weights = stacked.weights.map(
    (weight, l) => (1 - ownShare) * weight + (withOwn ? ownShare * withOwn.weights[l] : 0),
  )
  const correctionAddition = ({ correct }: Correction, weight: number): Addition => ({
    weight,
    predict: async (table) => correct(encodeTable(readTable(table, terms.columns), terms)),
  })
  const result = scored(weightedSum(columns, shares))
  found.progress(1)
  return compose({
    learnwares,
    weights,
    output,
    additions: [
      ...(own && withOwn ? [modelAddition(own.model, ownShare * withOwn.ownWeight, output)] : []),
      correctionAddition(ridge, share('stack + ridge on its residual')),
      correctionAddition(kernelRidge, share('stack + kernel ridge on its residual')),
    ],
    report: {
      method: 'blend',
      reason,
      used: usedOf(learnwares, weights, near, single),
      labelled: rows,
      measure: output.kind === 'real' ? 'squared error' : 'Brier score',
      losses: result,
      failed: found.failed,
      candidates: ranked([
        ...dataFreeCandidates(found),
        ...(own
          ? [{ method: 'own', weight: 0, setting: settingOf(own.model), ...scored(own.outOfFold) } satisfies Tried]
          : []),
        ...members.map(({ outOfFold, ...member }, j) => ({ ...member, weight: shares[j], ...scored(outOfFold) })),
      ]),
    },
  })
}

/** The user's own model with its out-of-fold predictions, unless the labels have nothing to tell apart. */
const ownOf = async (found: Evidence): Promise<{ model: OwnModel; outOfFold: Float64Array } | undefined> => {
  if (new Set(Array.from(found.labels as ArrayLike<unknown>)).size < 2) return undefined
  const { output, folds, seed, signal } = found
  const inputs = found.learnwares[0].terms.columns
  const model = found.own ?? (await fitOwn(found.rows, found.labels, { inputs, output, folds, seed, signal }))
  if (model.outOfFold?.rows !== found.outputs.rows) {
    throw new ValueError(
      `"own" expected a model that fitOwn made of the ${found.outputs.rows} labelled rows, got one of ${model.outOfFold?.rows}`,
    )
  }
  return { model, outOfFold: inColumnsOf(output, model.output, model.outOfFold, 'the own model').data }
}

/** The stack over the learnwares and the own model's out-of-fold predictions. */
const stackWithOwn = (
  { outputs, targets, prior, strength }: Evidence,
  own: { outOfFold: Float64Array },
  folds: Parameters<typeof stackOf>[4],
) => {
  const columns = { ...outputs, of: [...outputs.of, own.outOfFold] }
  const start = [...Array.from(prior, (weight) => (1 - ownPrior) * weight), ownPrior]
  const made = stackOf(columns, targets.data, start, strength, folds)
  return { outOfFold: made.outOfFold, weights: made.weights, ownWeight: made.weights[prior.length] }
}

/** What the stack leaves, on all rows and without each fold. */
const residualOf = ({ outputs, targets }: Evidence, { weights, without }: Stack): Residual => {
  const left = (w: Float64Array): Float64Array => {
    const predicted = weightedSum(outputs, w)
    return targets.data.map((value, i) => value - predicted[i])
  }
  return { width: outputs.width, all: left(weights), without: without.map(left) }
}

/**
 * The blend of shrunk stacks, own model and corrections (see {@link blendModel}).
 * @throws RangeError for fewer than two labelled rows, or labels that do not fit.
 */
export const blend = async (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  options: LabelledOptions,
): Promise<ReusedModel> => {
  const found = await evidence(learnwares, requirement, options, 2)
  return blendModel(found, `four ways of reuse, blended by cross-validation on ${found.outputs.rows} labelled rows`)
}

const settingOf = ({ report: { chosen, setting } }: OwnModel): string =>
  [chosen, ...Object.entries(setting).map(([name, value]) => `${name} ${value.toPrecision(3)}`)].join(', ')
