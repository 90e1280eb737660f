import { type Matrix, takeRows } from '../base/matrix.js'
import type { Fitted } from './cross-validation.js'
import type { Fold } from './folds.js'
import { hedged } from './hedge.js'
import { type Share, scatter } from './learner.js'

/** Numbers of steps that are looked at; none leaves a fit as it is. */
const stages = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256]

/** Shares before held-out rows speak: of all fits that begin anew, and of the fit as it is among those that do not. */
const [anew, asItIs] = [0.3, 0.2]

/** So much of a likelihood the errors on held-out rows count: these rows are few, and have told the number of steps, too. */
const learningRate = 0.25

/** A fit of less is not worth carrying on. */
const leastShare = 0.01

/** Error on held-out rows after so many steps. */
export interface Stage {
  readonly steps: number
  readonly error: number
}

/** How errors on held-out rows are taken. */
export interface Judge {
  errorOf(predicted: Matrix): number
  /** What errors over so many rows are multiplied by to be a negative log-likelihood. */
  rate(errors: readonly number[], rows: number): number
}

/** A fit that went on as far as held-out rows allowed. */
export interface Stopped {
  readonly fitted: Fitted
  readonly further: readonly Share[]
  readonly afresh: readonly Share[]
  /** Of the fit that went on, after each number of steps that was looked at. */
  readonly errors: readonly Stage[]
}

/**
 * Goes on from a fit on further rows, and begins anew on them. Each fold is held out in turn while copies go on with the others,
 * until three stages were no better on all held-out rows than the best before. What few rows say of the best number of steps is
 * mostly noise, so none is picked: the result is the mean of all, w ∝ π exp(−¼ Σ ℓ) with ℓ the loss of a held-out row
 * ({@link hedged}); then all rows go that far.
 */
export const earlyStopped = async (
  start: Fitted & Required<Pick<Fitted, 'tune'>>,
  raw: Matrix,
  targets: Matrix,
  folds: readonly Fold[],
  { errorOf, rate }: Judge,
  pause: () => Promise<void>,
): Promise<Stopped> => {
  const parts = folds.map(({ fit, judge }) => ({
    tuning: start.tune(takeRows(raw, fit), takeRows(targets, fit)),
    judge,
    held: takeRows(raw, judge),
  }))
  const held = async (way: 'further' | 'afresh'): Promise<Stage[]> => {
    const errors: Stage[] = []
    let best = Infinity
    let worse = 0
    for (const steps of stages) {
      const data = new Float64Array(targets.data.length)
      await pause()
      for (const { tuning, judge, held } of parts) {
        const descent = tuning[way]
        descent.go(steps)
        scatter((way === 'further' && steps === 0 ? start : descent.at()).predict(held), judge, data)
      }
      const error = errorOf({ ...targets, data })
      errors.push({ steps, error })
      worse = error < best ? 0 : worse + 1
      best = Math.min(best, error)
      if (worse === 3 || error === 0) break
    }
    return errors
  }
  const errors = await held('further')
  const begun = await held('afresh')
  const all = [...errors, ...begun].map(({ error }) => error)
  const expected = [
    ...errors.map(({ steps }) => (1 - anew) * (steps === 0 ? asItIs : (1 - asItIs) / (errors.length - 1))),
    ...begun.map(() => anew / begun.length),
  ]
  const shares = hedged(expected, all, learningRate * rate(all, raw.rows))
  const kept = shares.map((share) => (share < leastShare ? 0 : share))
  const sum = kept.reduce((total, share) => total + share, 0)
  const sharesOf = (of: readonly Stage[], first: number): Share[] =>
    of.flatMap(({ steps }, k) => (kept[first + k] === 0 ? [] : [{ steps, share: kept[first + k] / sum }]))
  const further = sharesOf(errors, 0)
  const afresh = sharesOf(begun, errors.length)
  const alone = afresh.length === 0 && further.length === 1 && further[0].steps === 0
  return { fitted: alone ? start : start.tune(raw, targets).mixed(further, afresh), further, afresh, errors }
}
