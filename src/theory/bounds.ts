import { finite, lengthOf, oneOf, options, positive, whole } from '../base/check.js'
import { KindError, shown, ValueError } from '../base/error.js'
import { logarithm } from './logarithm.js'

/** Which form of a bound: as the founding paper prints it, or with what was measured in place of its worst case. */
export type BoundForm = 'paper' | 'sharp'

/** An upper bound. */
export interface Bound {
  readonly bound: number
  readonly form: BoundForm
  /** True where the bound says nothing: the bounded number can never be larger. */
  readonly vacuous: boolean
}

/** What a bound has to know of an embedding; an `Embedding` fits, and then brings its measured `error`. */
export interface Reduced {
  /** Rows m that it stands for. */
  readonly samples: number
  /** ‖Φ̃ − Φ̂‖ as measured. Its bound is sharp. */
  readonly error?: number
  /** Points n. Without a measured error the paper's worst case 2√(2/n) stands in. */
  readonly size?: number
}

/** Two embeddings of unit mass under a nonnegative kernel with k(x, x) = 1 are never farther apart. */
const farthest = Math.SQRT2

const confidence = (delta: unknown, name = 'delta'): number => {
  if (finite(delta, name) <= 0 || (delta as number) >= 1) {
    throw new ValueError(`"${name}" expected a number between 0 and 1, got ${delta}`)
  }
  return delta as number
}

const distanceBound = (reduced: Reduced, delta: number, form: BoundForm, name: string): number => {
  const { samples, error, size } = known(reduced, name)
  whole(samples, `${name}.samples`, 1)
  const reduction =
    form === 'paper' ? 2 * Math.sqrt(2 / whole(size, `${name}.size`, 1)) : finite(error, `${name}.error`, 0)
  return reduction + Math.sqrt(1 / samples) + Math.sqrt((-2 * logarithm(delta)) / samples)
}

/** The facts that a bound takes, in an object. */
const known = <T extends object>(facts: T, name: string): T => {
  if (typeof facts !== 'object' || facts === null)
    throw new KindError(`"${name}" expected an object, got ${shown(facts)}`)
  return facts
}

/** The form asked for; else the sharp one wherever every error has been measured. */
const formFor = (form: BoundForm | undefined, reduced: readonly Reduced[]): BoundForm =>
  form === undefined
    ? reduced.every((facts) => facts?.error !== undefined && !Number.isNaN(facts.error))
      ? 'sharp'
      : 'paper'
    : oneOf(form, 'form', ['paper', 'sharp'])

/**
 * How far a reduced embedding Φ̃ may be from the population's Φ, with probability at least 1 − δ: ‖Φ̃ − Φ‖ ≤ B (Eq. 2).
 *
 * Paper: B(n, m, δ) = 2√(2/n) + √(1/m) + √(2 ln(1/δ)/m). Sharp: ‖Φ̃ − Φ̂‖ as measured + √(1/m) + √(2 ln(1/δ)/m).
 *
 * It assumes m rows drawn independently from the population and 0 ≤ k ≤ 1 (the sampling terms then follow from McDiarmid's
 * inequality); the paper's form also that the n points are as good as herded ones whose worst case is 2√(2/n), and weights
 * that add up to 1. `vacuous` from √2 on, the largest distance of two distributions.
 *
 * Source: "Learnware: small models do big", Eq. (2); the sharp form is derived here.
 * @throws RangeError where δ is not between 0 and 1, `samples` or `size` is no whole number from 1, or `error` is negative.
 */
export const embeddingBound = (reduced: Reduced, delta: number, given: { readonly form?: BoundForm } = {}): Bound => {
  const { form } = options(given, 'options', ['form'])
  const chosen = formFor(form, [reduced])
  const bound = distanceBound(reduced, confidence(delta), chosen, 'reduced')
  return { bound, form: chosen, vacuous: bound >= farthest }
}

/** What the bound of a reused learnware has to know. */
export interface TaskReuse {
  /** ε, the learnware's expected loss on its own task. */
  readonly loss: number
  /** η = ‖Φ̃_learnware − Φ̃_user‖, the distance of the two reduced embeddings (`mmd`). */
  readonly distance: number
  readonly learnware: Reduced
  readonly requirement: Reduced
}

/** What {@link taskRisk} takes besides. */
export interface TaskRiskOptions {
  /** U, the RKHS norm of x ↦ ℓ(f(x), h(x)). */
  readonly norm?: number
  /** The largest value that the loss can take: U by default, since |g(x)| ≤ ‖g‖ wherever k(x, x) = 1. */
  readonly largestLoss?: number
  readonly form?: BoundForm
}

/**
 * The expected loss of one learnware on a user's whole task, with probability at least 1 − δ (Eq. 6):
 * ε + U·(η + B(n_i, m_i, δ/2) + B(n_u, m_u, δ/2)), with B of {@link embeddingBound} in the same form.
 *
 * It assumes that the user's labels follow the same rule as the learnware's (only the rows are distributed otherwise), and
 * that U bounds the **RKHS norm** of x ↦ ℓ(f(x), h(x)). The paper writes the supremum there, which is smaller and does
 * not suffice: a step function has supremum 1 and no RKHS norm at all. `vacuous` where the loss can never be larger.
 *
 * Source: "Learnware: small models do big", Eq. (6); the sharp form is derived here.
 * @throws RangeError where a number is out of range; see {@link embeddingBound}.
 */
export const taskRisk = (reuse: TaskReuse, delta: number, given: TaskRiskOptions = {}): Bound => {
  const { norm = 1, largestLoss = norm, form } = options(given, 'options', ['norm', 'largestLoss', 'form'])
  const { loss, distance, learnware, requirement } = known(reuse, 'reuse')
  const chosen = formFor(form, [learnware, requirement])
  const half = confidence(delta) / 2
  const bound =
    finite(loss, 'loss', 0) +
    positive(norm, 'norm') *
      (finite(distance, 'distance', 0) +
        distanceBound(learnware, half, chosen, 'learnware') +
        distanceBound(requirement, half, chosen, 'requirement'))
  return { bound, form: chosen, vacuous: bound >= positive(largestLoss, 'largestLoss') }
}

/** What the bound of a job selector has to know, learnware by learnware. */
export interface InstanceReuse {
  /** ε_i, the expected loss of learnware i on its own task. */
  readonly losses: ArrayLike<number>
  /** w_i, the share of the user's rows that come from task i; they add up to 1. */
  readonly weights: ArrayLike<number>
  /** The share of task i's rows that the selector sends to another learnware, P_i(g(x) ≠ i). */
  readonly selectorErrors: ArrayLike<number>
}

/** What {@link instanceRisk} takes besides. */
export interface InstanceRiskOptions {
  /** Rows on which the selector errors were counted, held out from its training: T_i of each task, or T of the mixture. */
  readonly heldOut?: number | ArrayLike<number>
  /** Confidence of the counted errors; needed with `heldOut`. */
  readonly delta?: number
  /** The largest value that the loss can take. */
  readonly largestLoss?: number
  /** 'sharp' by default. */
  readonly form?: BoundForm
}

/**
 * The expected loss of learnwares on a user's mixture of their tasks, row by row chosen by a selector g (Eq. 8).
 *
 * Paper: max_i ε_i + R, R = L Σ_i w_i P_i(g(x) ≠ i), L the largest loss (1 in the paper). Sharp (default): Σ_i w_i ε_i + R.
 * Where the errors were counted on held-out rows, R grows by Hoeffding's L√(ln(1/δ)/(2T)), with 1/T = Σ w_i²/T_i where
 * each task was counted by itself; the bound then holds with probability at least 1 − δ.
 *
 * It assumes that the user's rows are a mixture of the learnwares' tasks with these weights (no unseen job), and a loss
 * between 0 and L. Both forms follow from splitting the loss by whether the selector is right.
 *
 * Source: "Learnware: small models do big", Eq. (8); the sharp form and Hoeffding's term are derived here.
 * @throws RangeError where lengths differ, weights do not add up to 1, or a number is out of range.
 */
export const instanceRisk = (reuse: InstanceReuse, given: InstanceRiskOptions = {}): Bound => {
  const keys = ['heldOut', 'delta', 'largestLoss', 'form']
  const { heldOut, delta, largestLoss = 1, form = 'sharp' } = options(given, 'options', keys)
  const { losses, weights, selectorErrors } = known(reuse, 'reuse')
  for (const [name, values] of Object.entries({ losses, weights, selectorErrors })) known(values, name)
  oneOf(form, 'form', ['paper', 'sharp'])
  positive(largestLoss, 'largestLoss')
  const count = losses.length
  if (count === 0) throw new ValueError('"losses" expected at least one number, got none', 'shape')
  lengthOf(weights, 'weights', count)
  lengthOf(selectorErrors, 'selectorErrors', count)
  if (typeof heldOut === 'object') lengthOf(heldOut, 'heldOut', count)
  let worst = 0
  let average = 0
  let wrong = 0
  let total = 0
  let spread = 0
  for (let i = 0; i < count; i++) {
    const loss = finite(losses[i], `losses[${i}]`, 0, largestLoss)
    const weight = finite(weights[i], `weights[${i}]`, 0, 1)
    if (weight > 0) worst = Math.max(worst, loss)
    average += weight * loss
    wrong += weight * finite(selectorErrors[i], `selectorErrors[${i}]`, 0, 1)
    total += weight
    if (typeof heldOut === 'object') spread += (weight * weight) / whole(heldOut[i], `heldOut[${i}]`, 1)
  }
  if (Math.abs(total - 1) > 1e-6) {
    throw new ValueError(`"weights" expected a sum of 1, got ${total}; divide them by it, or treat the rest as unseen`)
  }
  if (typeof heldOut === 'number') spread = 1 / whole(heldOut, 'heldOut', 1)
  const chance = spread === 0 ? 0 : Math.sqrt((-logarithm(confidence(delta)) * spread) / 2)
  const bound = (form === 'paper' ? worst : average) + largestLoss * (wrong + chance)
  return { bound, form, vacuous: bound >= largestLoss }
}
