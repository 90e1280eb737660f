import type { Losses } from '../learnware/fit/cross-validation.js'
import type { Learnware } from '../learnware/learnware.js'
import type { ModelOutput } from '../learnware/model.js'
import type { Failure } from './failure.js'
import type { Proximity } from './proximity.js'

/** One learnware that a reuse runs. */
export interface Used {
  readonly id: string
  /** Its share in the prediction. */
  readonly weight: number
  /** MMD to the requirement (not squared); absent where anchors told the order only. */
  readonly distance?: number
  /** Its loss by itself on the labelled rows. */
  readonly loss?: number
}

/** One method that was tried: its losses on labelled rows that it was not fitted on, and its share in the blend. */
export interface Tried extends Losses {
  readonly method: string
  readonly weight: number
  /** The setting that cross-validation took, where the method has one. */
  readonly setting?: string
}

/** What the losses of a report mean. */
export type LossMeasure = 'squared error' | 'Brier score'

/** The {@link LossMeasure} of an output. */
export const measureOf = ({ kind }: ModelOutput): LossMeasure => (kind === 'real' ? 'squared error' : 'Brier score')

/** How a reuse explains itself. */
export interface Report {
  readonly method: string
  /** Why this method and no other, as a sentence. */
  readonly reason: string
  readonly used: readonly Used[]
  /** Labelled rows that were at hand. */
  readonly labelled: number
  /** What the losses of the candidates mean. */
  readonly measure: LossMeasure
  /** Loss of the result itself: cross-validated where it was fitted, plain where it was not, absent without labels. */
  readonly losses?: Losses
  /** Every method that was tried, the best first; empty without labels. */
  readonly candidates: readonly Tried[]
  /** Learnwares that could not predict, when weights were sought or in a prediction since; the others went on without them. */
  readonly failed: readonly Failure[]
}

/** The learnwares with a weight, the heaviest first. */
export const usedOf = (
  learnwares: readonly Learnware[],
  weights: ArrayLike<number>,
  { distances }: Proximity,
  single?: readonly Losses[],
): Used[] =>
  learnwares
    .map(({ id }, l) => ({
      id,
      weight: weights[l],
      ...(Number.isNaN(distances[l]) ? {} : { distance: distances[l] }),
      ...(single ? { loss: single[l].loss } : {}),
    }))
    .filter(({ weight }) => weight !== 0)
    .sort((a, b) => b.weight - a.weight || (a.distance ?? 0) - (b.distance ?? 0))
