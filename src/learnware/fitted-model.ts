import { options, whole } from '../base/check.js'
import { ValueError } from '../base/error.js'
import type { Matrix } from '../base/matrix.js'
import { readTable } from '../specification/rows/table.js'
import { type Fitted, foldsOf, type Training } from './cross-validation.js'
import { earlyStopped } from './early-stopping.js'
import type { FitRows } from './inputs.js'
import { squaredError } from './learner.js'
import type { FineTuneOptions, Model, ModelInput } from './model.js'
import { logLoss } from './softmax.js'
import { targetsOf } from './target.js'

/** What a fine-tuned model says of itself. */
export interface FineTuneReport {
  /** Steps (of a descent, or trees) that were taken; 0 where none did good. */
  readonly steps: number
  readonly labels: number
  /** Error on held-out rows by number of steps: squared error of a real, log loss of classes. */
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
  const { resume } = fitted
  return {
    inputs,
    output,
    predict: async (rows, { signal } = {}) => {
      signal?.throwIfAborted()
      return fitted.predict(rawOf(rows, inputs))
    },
    ...(resume && {
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
        const {
          fitted: tuned,
          steps,
          errors,
        } = await earlyStopped({ ...fitted, resume }, raw, targets, parts, errorOf, pause)
        const report: FineTuneReport = { steps, labels: raw.rows, errors }
        return { ...modelOf(made, tuned), report }
      },
    }),
    close: async () => {},
  }
}

/** Rows to learn from and rows to hold out. */
const fewest = 4
