import { options, whole } from '../base/check.js'
import { ValueError } from '../base/error.js'
import type { Matrix } from '../base/matrix.js'
import { readTable } from '../specification/rows/table.js'
import { type Fitted, foldsOf, type Training } from './cross-validation.js'
import { earlyStopped } from './early-stopping.js'
import { gaussianRate } from './hedge.js'
import type { FitRows } from './inputs.js'
import { type Share, squaredError } from './learner.js'
import type { FineTuneOptions, Model, ModelInput } from './model.js'
import { logLoss } from './softmax.js'
import { targetsOf } from './target.js'

/** What a fine-tuned model says of itself. */
export interface FineTuneReport {
  /** Steps (of a descent, or trees) from where the model stood that held-out rows like best; 0 where none did good. */
  readonly steps: number
  /** The result is the mean of the model as it was, of it after some numbers of steps, and of one begun anew: their shares. */
  readonly shares: { readonly kept: number; readonly further: number; readonly afresh: number }
  readonly labels: number
  /** Error on held-out rows of the model that went on, by number of steps: squared error of a real, log loss of classes. */
  readonly errors: readonly { readonly steps: number; readonly error: number }[]
}

/** Raw values of the columns that a fit takes; cells may be missing. */
export const rawOf = (rows: FitRows, inputs: readonly ModelInput[]): Matrix =>
  readTable(
    rows,
    inputs.map((input) => ({ ...input, missing: 'allowed' as const })),
  )

/** A fit as a {@link Model}, with {@link Model.fineTune} where it can go on. */
export const modelOf = (made: Pick<Training, 'inputs' | 'output'>, fitted: Fitted): Model => {
  const { inputs, output } = made
  const { tune } = fitted
  return {
    inputs,
    output,
    predict: async (rows, { signal } = {}) => {
      signal?.throwIfAborted()
      return fitted.predict(rawOf(rows, inputs))
    },
    ...(tune && {
      fineTune: async (rows, labels, settings: FineTuneOptions = {}) => {
        options(settings, 'options', ['folds', 'seed', 'signal'])
        const { folds = 5, seed = 0, signal } = settings
        whole(folds, 'folds', 2)
        whole(seed, 'seed')
        const raw = rawOf(rows, inputs)
        const targets = targetsOf(labels, output, raw.rows)
        if (raw.rows < fewest) {
          throw new ValueError(
            `"labels" expected at least ${fewest} labelled rows to fine-tune on, got ${raw.rows}; label more rows`,
            'shape',
          )
        }
        const errorOf = (predicted: Matrix): number =>
          output.kind === 'real' ? squaredError(predicted, targets) : logLoss(predicted, targets)
        const pause = async (): Promise<void> => {
          // Lets clicks, timers and aborts through between two stages.
          await new Promise((resolve) => setTimeout(resolve))
          signal?.throwIfAborted()
        }
        signal?.throwIfAborted()
        const parts = foldsOf({ targets, output }, folds, seed)
        const rate = output.kind === 'real' ? gaussianRate : (_: readonly number[], rows: number) => rows
        const { further, afresh, ...stopped } = await earlyStopped(
          { ...fitted, tune },
          raw,
          targets,
          parts,
          { errorOf, rate },
          pause,
        )
        const { errors } = stopped
        const total = (shares: readonly Share[]): number => shares.reduce((sum, { share }) => sum + share, 0)
        const report: FineTuneReport = {
          steps: errors.reduce((best, stage) => (stage.error < best.error ? stage : best)).steps,
          shares: {
            kept: total(further.filter(({ steps }) => steps === 0)),
            further: total(further.filter(({ steps }) => steps > 0)),
            afresh: total(afresh),
          },
          labels: raw.rows,
          errors,
        }
        return { ...modelOf(made, stopped.fitted), report }
      },
    }),
    close: async () => {},
  }
}

/** Rows to learn from and rows to hold out. */
const fewest = 4
