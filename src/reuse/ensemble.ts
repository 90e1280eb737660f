import { finite, oneOf, options, whole } from '../base/check.js'
import { ValueError } from '../base/error.js'
import type { Learnware } from '../learnware/learnware.js'
import type { Model } from '../learnware/model.js'
import { quadratic } from '../qp/quadratic.js'
import type { Requirement } from '../specification/specification.js'
import { compose, modelAddition, type ReusedModel } from './compose.js'
import type { Outputs } from './outputs.js'
import { product } from './products.js'
import { type Proximity, proximity, requirementOn } from './proximity.js'
import { type Report, usedOf } from './report.js'
import { outputOf } from './target.js'

/**
 * How members are chosen and weighed: the nearest all alike, the nearest by 1/distance², or by their shares in the mixture
 * of embeddings that best resembles the requirement (as many members as that needs).
 */
export type Weighting = 'uniform' | 'distance' | 'mixture'

/** The words of {@link Weighting}. */
export const weightings = ['uniform', 'distance', 'mixture'] as const

/** Weights of the `members` nearest, summing to 1; all others are 0. */
export const nearestWeights = (
  { distances, order }: Proximity,
  members: number,
  weighting: 'uniform' | 'distance' = 'uniform',
): Float64Array => {
  const weights = new Float64Array(distances.length)
  const chosen = order.subarray(0, Math.min(members, order.length))
  // A coinciding embedding must not take all the weight, nor divide by zero.
  const least = Math.max(chosen.reduce((sum, l) => sum + distances[l], 0) / chosen.length / 10, 1e-9)
  let sum = 0
  for (const l of chosen) sum += weights[l] = weighting === 'uniform' ? 1 : 1 / Math.max(distances[l], least) ** 2
  for (const l of chosen) weights[l] /= sum
  return weights
}

/** How much a mixture's weights are held apart, in units of the sampling noise of the requirement. */
const spread = 10

/**
 * Weights of the best mixture that does not follow the noise of the rows:
 *   min over w ≥ 0, Σw = 1 of ‖Φ_u − Σ_l w_l Φ_l‖² + spread · floor² · ‖w‖²,  floor² = (1 − ‖Φ_u‖²) / m.
 * Learnwares that the rows cannot tell apart share their weight, which averages out their errors.
 */
const mixtureWeights = (learnwares: readonly Learnware[], requirement: Requirement): Float64Array => {
  const island = learnwares[0].specification.island
  const stranger = learnwares.find(({ specification }) => specification.island !== island)
  if (stranger) {
    throw new ValueError(
      `"weighting" expected learnwares of one island for a mixture, got ${island} and ${stranger.specification.island}; take 'uniform'`,
    )
  }
  const { embedding } = requirementOn(requirement, island)
  const of = learnwares.map(({ specification }) => specification.embedding)
  const size = of.length
  const penalty = spread * embedding.floor ** 2
  const data = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++)
      data[i * size + j] = data[j * size + i] = product(of[i], of[j]) + (i === j ? penalty : 0)
  }
  const linear = Float64Array.from(of, (candidate) => product(embedding, candidate))
  return quadratic({ rows: size, columns: size, data }, linear, { constraint: 'simplex' }).weights
}

/** Weights without labels, by the chosen rule. */
export const freeWeights = (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  near: Proximity,
  members: number,
  weighting: Weighting,
): Float64Array =>
  weighting === 'mixture' ? mixtureWeights(learnwares, requirement) : nearestWeights(near, members, weighting)

/** The nearest learnware by itself. */
export const direct = (learnwares: readonly Learnware[], requirement: Requirement): ReusedModel => {
  const output = outputOf(learnwares)
  const near = proximity(learnwares, requirement)
  const weights = nearestWeights(near, 1)
  return compose({
    learnwares,
    weights,
    output,
    report: dataFree('direct', 'the nearest learnware', learnwares, weights, near),
  })
}

/** Options of {@link average}. */
export interface AverageOptions {
  /** How many of the nearest take part; a mixture chooses for itself. */
  readonly members?: number
  readonly weighting?: Weighting
  /** A model of the user's own that joins them. */
  readonly own?: Model
  /** The own model's share; by default that of one member, 1/(members + 1). */
  readonly ownWeight?: number
}

/**
 * The mean output of the nearest learnwares (probabilities for classes, never class labels), with an own model if given:
 * ŷ = (1 − a) Σ_l w_l f_l + a · own.
 */
export const average = (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  settings: AverageOptions = {},
): ReusedModel => {
  options(settings, 'options', ['members', 'weighting', 'own', 'ownWeight'])
  const { members = 5, weighting = 'uniform', own } = settings
  whole(members, 'members', 1)
  oneOf(weighting, 'weighting', weightings)
  const output = outputOf(learnwares, own?.output.kind === 'probabilities' ? own.output.classes : undefined)
  if (own && own.output.kind !== output.kind) {
    throw new ValueError(
      `"own" expected a model of ${output.kind === 'real' ? 'a real' : 'classes'}, got ${own.output.kind}`,
    )
  }
  const near = proximity(learnwares, requirement)
  const share = own
    ? finite(settings.ownWeight ?? 1 / (Math.min(members, learnwares.length) + 1), 'ownWeight', 0, 1)
    : 0
  const weights = freeWeights(learnwares, requirement, near, members, weighting).map((weight) => weight * (1 - share))
  const what = `${chosenBy(weighting, members, learnwares.length)}${own ? ` with an own model (${share.toFixed(2)})` : ''}`
  return compose({
    learnwares,
    weights,
    output,
    additions: own ? [modelAddition(own, share, output)] : [],
    report: dataFree(own ? 'average with own' : 'average', what, learnwares, weights, near),
  })
}

/**
 * The majority of the nearest learnwares: each gives its share to its likeliest class, and the shares come out as
 * probabilities.
 * @throws RangeError where the learnwares predict a real.
 */
export const vote = (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  settings: Pick<AverageOptions, 'members' | 'weighting'> = {},
): ReusedModel => {
  options(settings, 'options', ['members', 'weighting'])
  const { members = 5, weighting = 'uniform' } = settings
  whole(members, 'members', 1)
  oneOf(weighting, 'weighting', weightings)
  const output = outputOf(learnwares)
  if (output.kind === 'real') throw new ValueError('"learnwares" expected classes to vote on, got reals; average them')
  const near = proximity(learnwares, requirement)
  const weights = freeWeights(learnwares, requirement, near, members, weighting)
  const what = `the majority of ${chosenBy(weighting, members, learnwares.length)}`
  return compose({
    learnwares,
    weights,
    output,
    join: ballots,
    report: dataFree('vote', what, learnwares, weights, near),
  })
}

const chosenBy = (weighting: Weighting, members: number, count: number): string =>
  weighting === 'mixture' ? 'the best mixture' : `the ${Math.min(members, count)} nearest`

const ballots = ({ rows, width, of }: Outputs, weights: Float64Array): Float64Array => {
  const result = new Float64Array(rows * width)
  of.forEach((data, l) => {
    for (let i = 0; i < rows; i++) {
      let best = 0
      for (let c = 1; c < width; c++) if (data[i * width + c] > data[i * width + best]) best = c
      result[i * width + best] += weights[l]
    }
  })
  return result
}

const dataFree = (
  method: string,
  reason: string,
  learnwares: readonly Learnware[],
  weights: Float64Array,
  near: Proximity,
): Report => ({
  method,
  reason,
  used: usedOf(learnwares, weights, near),
  labelled: 0,
  measure: learnwares[0].model.output.kind === 'real' ? 'squared error' : 'Brier score',
  candidates: [],
  failed: [],
})
