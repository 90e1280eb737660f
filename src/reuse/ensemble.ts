import { finite, flag, oneOf, options, whole } from '../base/check.js'
import { KindError, shown, ValueError } from '../base/error.js'
import type { Learnware } from '../learnware/learnware.js'
import type { Model } from '../learnware/model.js'
import { quadratic } from '../qp/quadratic.js'
import type { Requirement } from '../specification/specification.js'
import { compose, modelAddition, type Parts, type ReusedModel } from './compose.js'
import { densitiesOf } from './density.js'
import { product } from './products.js'
import { type Guide, isRanking, type Proximity, proximity, requirementOn } from './proximity.js'
import { measureOf, type Report, usedOf } from './report.js'
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
 * Learnwares that the rows cannot tell apart share their weight, which averages out their errors. Distances on several
 * islands (modalities) are not comparable: each has its own mixture, and all count alike.
 */
const mixtureWeights = (learnwares: readonly Learnware[], requirement: Requirement): Float64Array => {
  const islands = [...new Set(learnwares.map(({ specification }) => specification.island))]
  const weights = new Float64Array(learnwares.length)
  for (const island of islands) {
    const at = [...learnwares.keys()].filter((l) => learnwares[l].specification.island === island)
    const members = at.map((l) => learnwares[l])
    islandWeights(members, requirement, island).forEach((weight, k) => {
      weights[at[k]] = weight / islands.length
    })
  }
  return weights
}

const islandWeights = (learnwares: readonly Learnware[], requirement: Requirement, island: string): Float64Array => {
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

/**
 * Weights without labels, by the chosen rule. Where anchors stand in for a requirement there is no embedding to mix: the
 * first ranked count by 1/L² where their expected losses L are known, and alike unless their distances are known and asked for.
 */
export const freeWeights = (
  learnwares: readonly Learnware[],
  requirement: Guide,
  near: Proximity,
  members: number,
  weighting: Weighting,
): Float64Array =>
  weighting === 'mixture' && !isRanking(requirement)
    ? mixtureWeights(learnwares, requirement)
    : near.losses && weighting !== 'uniform'
      ? nearestWeights({ distances: near.losses, order: near.order }, members, 'distance')
      : nearestWeights(
          near,
          members,
          weighting === 'distance' && !near.distances.some(Number.isNaN) ? weighting : 'uniform',
        )

/** The nearest learnware by itself. */
export const direct = (learnwares: readonly Learnware[], requirement: Guide): ReusedModel => {
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
  /** How they are weighed, by default all alike. */
  readonly weighting?: Weighting
  /** A model of the user's own that joins them. */
  readonly own?: Model
  /** The own model's share; by default that of one member, 1/(members + 1). */
  readonly ownWeight?: number
  /** Whether a learnware counts at a row in proportion to its density there, w_l Φ_l(x). */
  readonly gated?: boolean
}

/**
 * The mean output of the nearest learnwares (probabilities for classes, never class labels), with an own model if given:
 * ŷ = (1 − a) Σ_l w_l f_l + a · own. Gated by density, the weights at a row are w_l Φ_l(x) / Σ_k w_k Φ_k(x), and those
 * without a gate where no learnware has been.
 */
export const average = (
  learnwares: readonly Learnware[],
  requirement: Guide,
  settings: AverageOptions = {},
): ReusedModel => {
  options(settings, 'options', ['members', 'weighting', 'own', 'ownWeight', 'gated'])
  const { members = 5, weighting = 'uniform', own, gated = false } = settings
  flag(gated, 'gated')
  whole(members, 'members', 1)
  oneOf(weighting, 'weighting', weightings)
  if (own !== undefined && typeof own?.predict !== 'function') {
    throw new KindError(`"own" expected a model, as fitOwn gives one, got ${shown(own)}`)
  }
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
  const what = `${chosenBy(weighting, members, learnwares.length)}${gated ? ', each where its rows are dense' : ''}${own ? ` with an own model (${share.toFixed(2)})` : ''}`
  return compose({
    learnwares,
    weights,
    output,
    additions: own ? [modelAddition(own, share, output)] : [],
    join: gated ? gate(learnwares.filter((_, l) => weights[l] !== 0)) : undefined,
    report: dataFree(
      `${gated ? 'gated average' : 'average'}${own ? ' with own' : ''}`,
      what,
      learnwares,
      weights,
      near,
    ),
  })
}

// Where all densities together are below this, they say nothing about who knows the row.
const nowhere = 1e-9

/** The weighted mean with weights in proportion to w_l Φ_l(x), their sum as it was. */
const gate =
  (running: readonly Learnware[]): NonNullable<Parts['join']> =>
  ({ rows, width, of, ran }, weights, table) => {
    const densities = densitiesOf(
      ran.map((l) => running[l]),
      table,
    )
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const result = new Float64Array(rows * width)
    for (let i = 0; i < rows; i++) {
      let mass = 0
      for (let l = 0; l < of.length; l++) mass += weights[l] * densities[l][i]
      for (let l = 0; l < of.length; l++) {
        const weight = mass > nowhere * total ? (total * weights[l] * densities[l][i]) / mass : weights[l]
        for (let e = i * width; e < (i + 1) * width; e++) result[e] += weight * of[l][e]
      }
    }
    return result
  }

/** The members of a data-free average, in words. */
export const chosenBy = (weighting: Weighting, members: number, count: number): string =>
  weighting === 'mixture' ? 'the best mixture' : `the ${Math.min(members, count)} nearest`

/** The report of a reuse that has seen no label. */
export const dataFree = (
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
  measure: measureOf(learnwares[0].model.output),
  candidates: [],
  failed: [],
})
