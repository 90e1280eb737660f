import { options, signalOf, whole } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import type { Matrix } from '../../base/matrix.js'
import { readTable } from '../../specification/rows/table.js'
import type { Averaged } from '../learner/learner.js'
import { targetsOf } from '../learner/target.js'
import type { FineTuneOptions, Model, ModelInput } from '../model.js'
import { type Fitted, foldsOf, type Training } from './cross-validation.js'
import type { FitRows } from './inputs.js'
import { saved } from './saved-model.js'

/** What a fine-tuned model says of itself: it is a mean of fits. */
export interface FineTuneReport {
  /** How much of it is the model as it was, such as went on from there, and such as began anew. */
  readonly shares: Averaged<unknown>['shares']
  readonly labels: number
  /**
   * All that were weighed, with their shares; `error` says how badly labels were foretold that a fit had not yet seen. Of linear
   * models −log(evidence) / labels; of trees the squared error or the log loss on rows held out.
   */
  readonly fits: Averaged<unknown>['fits']
}

/** Raw values of the columns that a fit takes; cells may be missing. */
export const rawOf = (rows: FitRows, inputs: readonly ModelInput[]): Matrix =>
  readTable(
    rows,
    inputs.map((input) => ({ ...input, missing: 'allowed' as const })),
  )

/** A model of a built-in learner. */
export interface FittedModel extends Model {
  save(): Uint8Array
}

/** A fit as a {@link Model}, with {@link Model.fineTune} where it can go on. */
export const modelOf = ({ inputs, output }: Pick<Training, 'inputs' | 'output'>, fitted: Fitted): FittedModel => {
  const { refit } = fitted
  return {
    inputs,
    output,
    predict: async (rows, given) => {
      const signal = signalOf(given)
      signal?.throwIfAborted()
      return fitted.predict(rawOf(rows, inputs))
    },
    ...(refit && {
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
        const pause = async (): Promise<void> => {
          // Lets clicks, timers and aborts through between two stages.
          await new Promise((resolve) => setTimeout(resolve))
          signal?.throwIfAborted()
        }
        signal?.throwIfAborted()
        const parts = foldsOf({ targets, output }, folds, seed)
        const { fitted: made, shares, fits } = await refit(raw, targets, { folds: parts, pause })
        const report: FineTuneReport = { shares, labels: raw.rows, fits }
        return { ...modelOf({ inputs, output }, made), report }
      },
    }),
    save: () => saved({ inputs, output }, fitted),
    close: async () => {},
  }
}

/** Rows to learn from and rows to hold out. */
const fewest = 4
