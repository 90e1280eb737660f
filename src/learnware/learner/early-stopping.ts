import { type Matrix, takeRows } from '../../base/matrix.js'
import type { Fold } from './folds.js'
import { hedged, learningRate, leastGap, withoutSlight } from './hedge.js'
import { type Averaged, type Predict, scatter } from './learner.js'

/** Two fits on their way to other rows. */
export interface Tuning {
  /** From where a fit stands; after 0 steps it is that fit. */
  readonly further: Descent
  /** From nothing. */
  readonly afresh: Descent
  /** Both after several numbers of steps as one fit, the mean of their scores by shares. */
  mixed(further: readonly Share[], afresh: readonly Share[]): Predict
}

/** The share of a fit after so many steps. */
export interface Share {
  readonly steps: number
  readonly share: number
}

/** A fit on its way. */
export interface Descent {
  /** Goes on until so many steps have been taken in all. */
  go(steps: number): void
  /** The fit as it stands. */
  at(): Predict
}

/** Numbers of steps that are looked at; none leaves a fit as it is. */
const stages = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256]

/** Shares before held-out rows speak: of all fits that begin anew, and of the fit as it is among those that do not. */
const [anew, asItIs] = [0.3, 0.2]

/** How errors on held-out rows are taken. */
export interface Judge {
  errorOf(predicted: Matrix, Y: Matrix): number
  /** What errors over so many rows are multiplied by to be a negative log-likelihood. */
  rate(errors: readonly number[], rows: number): number
}

interface Stage {
  readonly steps: number
  readonly error: number
}

/**
 * Goes on from a fit on further rows, and begins anew on them. Each fold is held out in turn while copies go on with the others,
 * until three stages in a row were so bad that none could have a share. What few rows say of the best number of steps is mostly
 * noise, so none is picked: the result is the mean of all, w ∝ π exp(−¼ Σ ℓ) with ℓ the loss of a held-out row ({@link hedged});
 * then all rows go that far.
 */
export const earlyStopped = async (
  tune: (X: Matrix, Y: Matrix) => Tuning,
  X: Matrix,
  Y: Matrix,
  { folds, pause }: { readonly folds: readonly Fold[]; readonly pause: () => Promise<void> },
  { errorOf, rate }: Judge,
): Promise<Averaged<Predict>> => {
  const parts = folds.map(({ fit, judge }) => ({
    tuning: tune(takeRows(X, fit), takeRows(Y, fit)),
    judge,
    held: takeRows(X, judge),
  }))
  const held = async (way: 'further' | 'afresh'): Promise<Stage[]> => {
    const errors: Stage[] = []
    let best = Infinity
    let hopeless = 0
    for (const steps of stages) {
      const data = new Float64Array(Y.data.length)
      await pause()
      for (const { tuning, judge, held } of parts) {
        tuning[way].go(steps)
        scatter(tuning[way].at()(held), judge, data)
      }
      const error = errorOf({ ...Y, data }, Y)
      errors.push({ steps, error })
      best = Math.min(best, error)
      hopeless = learningRate * rate([best], Y.rows) * (error - best) > leastGap ? hopeless + 1 : 0
      if (hopeless === 3 || error === 0) break
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
  const shares = withoutSlight(hedged(expected, all, learningRate * rate(all, Y.rows)))
  const sharesOf = (of: readonly Stage[], first: number): Share[] =>
    of.flatMap(({ steps }, k) => (shares[first + k] === 0 ? [] : [{ steps, share: shares[first + k] }]))
  const further = sharesOf(errors, 0)
  const afresh = sharesOf(begun, errors.length)
  const total = (of: readonly Share[]): number => of.reduce((total, { share }) => total + share, 0)
  return {
    fitted: tune(X, Y).mixed(further, afresh),
    shares: {
      kept: total(further.filter(({ steps }) => steps === 0)),
      further: total(further.filter(({ steps }) => steps > 0)),
      afresh: total(afresh),
    },
    fits: [...errors, ...begun].map(({ steps, error }, k) => ({
      name: k >= errors.length ? `${steps} steps afresh` : steps === 0 ? 'as it is' : `${steps} steps further`,
      share: shares[k],
      error,
    })),
  }
}
