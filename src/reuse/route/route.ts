import { finite, oneOf, options, positive, whole } from '../../base/check.js'
import { KindError, shown, ValueError } from '../../base/error.js'
import type { Learnware } from '../../learnware/learnware.js'
import { type Rows, rowCount } from '../../specification/rows/table.js'
import type { Requirement } from '../../specification/specification.js'
import { type Bound, instanceRisk } from '../../theory/bounds.js'
import { compose, type ReusedModel } from '../compose.js'
import { coordinatesOf } from '../density.js'
import { dataFree, freeWeights, type Weighting, weightings } from '../ensemble.js'
import { tableOf } from '../outputs.js'
import { proximity, requirementOn } from '../proximity.js'
import type { Report } from '../report.js'
import { outputOf } from '../target.js'
import { largest, mimicOf } from './mimic.js'
import { routed } from './routed.js'
import { membersOf, selectionOf } from './selection.js'
import { type SelectorKind, selectorOf, selectors } from './selector.js'
import { selectorErrors } from './support.js'

/** Options of {@link route}. */
export interface RouteOptions {
  /** What tells the learnwares' rows apart: exact moments by default, a classifier on mimic rows, or densities. */
  readonly selector?: SelectorKind
  /** Every row to one learnware (hard), or to all by their shares at the row (soft). */
  readonly mode?: 'hard' | 'soft'
  /** The learnwares' shares of the task; by default those of the best mixture. */
  readonly weighting?: Weighting
  /** How many of the nearest, unless the mixture chooses. */
  readonly members?: number
  /**
   * Where no learnware has been: the average by the learnwares' shares of the task, or the selector's choice all the same.
   */
  readonly outside?: 'average' | 'route'
  /** Part of a learnware's own mimic rows that count as outside; 0 lets the least of them be the border. */
  readonly quantile?: number
  /** Expected loss of each learnware on its own task, in their order; else their claims, where all claim an error or accuracy. */
  readonly losses?: ArrayLike<number>
  /** The largest value that the loss can take. */
  readonly largestLoss?: number
  /** The bound holds with probability 1 − delta. */
  readonly delta?: number
  /** Mimic rows for `classifier`. */
  readonly mimic?: number
  readonly seed?: number
}

/** Who serves which row. */
export interface Routes {
  /** The learnware with the largest share at every row, or undefined where no learnware has been. */
  readonly ids: readonly (string | undefined)[]
  /** Shares at every row, rows × learnwares in the order of `members`. */
  readonly shares: ArrayLike<number>
  readonly members: readonly string[]
}

/** What a router says of itself, besides what every reuse says. */
export interface Routing {
  readonly selector: SelectorKind
  readonly mode: 'hard' | 'soft'
  /** Share of the requirement that lies outside every support: the selector abstains there. */
  readonly outside: number
  /** Share of each member's held-out mimic rows that the selector sends elsewhere, and their weighted mean. */
  readonly errors: { readonly of: Readonly<Record<string, number>>; readonly mean: number; readonly heldOut: number }
  /** The bound of Eq. (8) on the expected loss, where the losses of all members are known. */
  readonly bound?: Bound
}

/** A model that sends every row to the learnware whose rows it resembles. */
export interface RoutedModel extends ReusedModel {
  readonly report: Report & { readonly routing: Routing }
  /** Who serves these rows; nothing is run. */
  routes(rows: Rows): Routes
}

const keys = [
  'selector',
  'mode',
  'weighting',
  'members',
  'outside',
  'quantile',
  'losses',
  'largestLoss',
  'delta',
  'mimic',
  'seed',
]

/**
 * The job selector g (Eq. 8): ŷ(x) = f_{g(x)}(x), or Σ_l p_l(x) f_l(x) softly, from the learnwares' embeddings alone
 * (ALGORITHMS 3). `moments` (default) are heads in the RKHS that use the embeddings' moments exactly ({@link fitHeads});
 * `density` is w_l Φ_l(x); `classifier` is fitted to herded mimic rows. Where Σ_l w_l Φ_l(x) is below that of nearly all mimic
 * rows the selector abstains, and the row gets the average; `routes` tells which rows those are.
 * @throws RangeError or TypeError with one sentence for learnwares or options that do not fit, or learnwares of several islands.
 */
export const route = (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  settings: RouteOptions = {},
): RoutedModel => {
  options(settings, 'options', keys)
  const { selector: kind = 'moments', mode = 'hard', weighting = 'mixture', members: count = 5 } = settings
  const { outside = 'average', quantile = 0.01, mimic = 500, seed = 0 } = settings
  oneOf(kind, 'selector', selectors)
  oneOf(mode, 'mode', ['hard', 'soft'])
  oneOf(weighting, 'weighting', weightings)
  whole(count, 'members', 1)
  oneOf(outside, 'outside', ['average', 'route'])
  finite(quantile, 'quantile', 0, 1)
  whole(mimic, 'mimic', 1)
  whole(seed, 'seed')
  const output = outputOf(learnwares)
  const losses = lossesOf(learnwares, settings)
  const { island } = learnwares[0].terms
  const stranger = learnwares.find(({ terms }) => terms.island !== island)
  if (stranger) {
    throw new ValueError(
      `"learnwares" expected learnwares of one island, got ${island} and ${stranger.terms.island}; route those of each island by themselves`,
    )
  }
  const near = proximity(learnwares, requirement)
  const weights = freeWeights(learnwares, requirement, near, count, weighting)
  const places = [...weights.keys()].filter((l) => weights[l] > 0)
  const members = membersOf(learnwares, weights)
  const selector = selectorOf(kind, members, { seed, mimic })
  const { known, select } = selectionOf(members, selector, quantile, seed)
  const heldOut = mimicOf(members, seed + 2)
  const errors = selectorErrors(selector, heldOut)
  const { terms } = learnwares[0]
  const { embedding } = requirementOn(requirement, island)
  const inside = known(embedding.points)
  const mass = embedding.weights.reduce((sum, weight) => sum + weight, 0)
  const routing: Routing = {
    selector: kind,
    mode,
    outside: embedding.weights.reduce((sum, weight, a) => (inside[a] ? sum : sum + weight), 0) / mass,
    errors: {
      of: Object.fromEntries(members.map(({ learnware }, l) => [learnware.id, errors[l]])),
      mean: members.reduce((sum, { weight }, l) => sum + weight * errors[l], 0),
      heldOut: heldOut[0].rows,
    },
    ...(losses && {
      bound: instanceRisk(
        { losses: places.map((l) => losses[l]), weights: places.map((l) => weights[l]), selectorErrors: errors },
        {
          heldOut: heldOut.map(({ rows }) => rows),
          delta: settings.delta ?? 0.05,
          largestLoss: settings.largestLoss ?? 1,
        },
      ),
    }),
  }
  const model = compose({
    learnwares,
    weights,
    output,
    join: routed(
      terms,
      members.length,
      mode,
      outside === 'average' ? select : (X) => ({ shares: selector(X), abstains: () => false }),
    ),
    report: {
      ...dataFree('route', sentence(kind, mode, routing), learnwares, weights, near),
      routing,
    } as Report,
  })
  const routes = (rows: Rows): Routes => {
    if (rowCount(rows) === 0) throw new ValueError('"rows" expected at least one row, got 0', 'shape')
    const X = coordinatesOf(tableOf(rows, terms))(terms)
    const shares = selector(X)
    const inside = known(X)
    return {
      ids: inside.map((here, i) => (here ? members[largest(shares, members.length, i)].learnware.id : undefined)),
      shares,
      members: members.map(({ learnware }) => learnware.id),
    }
  }
  return Object.assign(model, { routes }) as RoutedModel
}

const ways = {
  moments: 'by the exact moments of their embeddings',
  density: 'by the density of their embeddings',
  classifier: 'by a classifier on rows that mimic theirs',
} as const

const sentence = (kind: SelectorKind, mode: 'hard' | 'soft', { outside, errors }: Routing): string =>
  `every row goes to ${mode === 'hard' ? 'the learnware' : 'the learnwares by the share'} whose rows it resembles, ${ways[kind]}; ` +
  `${(100 * errors.mean).toFixed(1)} % of rows that mimic theirs go astray, and ${(100 * outside).toFixed(0)} % of the requirement lies where no learnware has been`

/** ε_l of every learnware: as given, or as claimed. */
const lossesOf = (
  learnwares: readonly Learnware[],
  { losses, largestLoss, delta }: RouteOptions,
): ArrayLike<number> | undefined => {
  if (largestLoss !== undefined) positive(largestLoss, 'largestLoss')
  if (delta !== undefined && (finite(delta, 'delta') <= 0 || delta >= 1))
    throw new ValueError(`"delta" expected a number between 0 and 1, got ${delta}`)
  if (losses === undefined) {
    const claims = learnwares.map(({ description }) => claimedError(description))
    return claims.every((claim) => claim !== undefined) ? (claims as number[]) : undefined
  }
  if (typeof losses !== 'object' || losses === null || typeof losses.length !== 'number')
    throw new KindError(`"losses" expected an array of numbers, got ${shown(losses)}`)
  if (losses.length !== learnwares.length) {
    throw new ValueError(
      `"losses" expected length ${learnwares.length}, one for each learnware, got ${losses.length}`,
      'shape',
    )
  }
  for (let l = 0; l < losses.length; l++) finite(losses[l], `losses[${l}]`, 0, largestLoss ?? 1)
  return losses
}

const claimedError = ({ LDL }: Learnware['description']): number | undefined => {
  const value = LDL?.claim?.value
  if (value === undefined || !(value >= 0 && value <= 1)) return undefined
  if (LDL?.objective.metric === 'error') return value
  return LDL?.objective.metric === 'accuracy' ? 1 - value : undefined
}
