import { type Matrix, takeRows } from '../base/matrix.js'
import type { Fitted } from './cross-validation.js'
import type { Fold } from './folds.js'
import { scatter } from './learner.js'

/** Numbers of steps that are looked at; none leaves a fit as it is. */
const stages = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256]

/** A fit that went on for as many steps as held-out rows allowed. */
export interface Stopped {
  readonly fitted: Fitted
  readonly steps: number
  /** Error on held-out rows after each number of steps that was looked at. */
  readonly errors: readonly { readonly steps: number; readonly error: number }[]
}

/**
 * Goes on from a fit on further rows. Each fold is held out in turn while its copy goes on with the others; the number of
 * steps is the one of least error over all held-out rows, the fewest of equals, sought until three stages were no better than
 * the best before; then all rows go that far.
 */
export const earlyStopped = async (
  start: Fitted & Required<Pick<Fitted, 'resume'>>,
  raw: Matrix,
  targets: Matrix,
  folds: readonly Fold[],
  errorOf: (predicted: Matrix) => number,
  pause: () => Promise<void>,
): Promise<Stopped> => {
  const parts = folds.map(({ fit, judge }) => ({
    ...start.resume(takeRows(raw, fit), takeRows(targets, fit)),
    judge,
    held: takeRows(raw, judge),
  }))
  const errors: { steps: number; error: number }[] = []
  let best = { steps: 0, error: Infinity }
  let worse = 0
  for (const steps of stages) {
    const data = new Float64Array(targets.data.length)
    await pause()
    for (const { go, at, judge, held } of parts) {
      go(steps)
      scatter((steps === 0 ? start : at()).predict(held), judge, data)
    }
    const found = { steps, error: errorOf({ ...targets, data }) }
    errors.push(found)
    worse = found.error < best.error ? 0 : worse + 1
    if (worse === 0) best = found
    if (worse === 3) break
  }
  if (best.steps === 0) return { fitted: start, steps: 0, errors }
  const whole = start.resume(raw, targets)
  whole.go(best.steps)
  return { fitted: whole.at(), steps: best.steps, errors }
}
