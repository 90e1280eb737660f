import type { Fold } from '../../learnware/learner/folds.js'
import { scatter } from '../../learnware/learner/learner.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { Model } from '../../learnware/model.js'
import { cellsTable, columnNames, type Table } from '../../specification/rows/table.js'
import type { Evidence } from '../evidence.js'
import { type Failure, nameOf, reasonOf } from '../failure.js'
import { aligned } from '../outputs.js'

/** With fewer labelled rows there is nothing to hold out. */
const fewestLabels = 10

/** A learnware that went on learning on the labelled rows. */
export interface FineTuned {
  /** The learnware with its tuned model, and its place. */
  readonly learnware: Learnware
  readonly place: number
  /** Predictions of the labelled rows by models that were tuned without them, rows × width. */
  readonly outOfFold: Float64Array
}

type Tunable = Learnware & { readonly model: Required<Pick<Model, 'fineTune'>> & Model }

/**
 * The heaviest of the learnwares whose models can go on learning and know all classes of the labels, tuned on all labelled
 * rows; and out of fold, where each fold takes the heaviest by its own weights. Nothing where there is none, or where
 * tuning fails, which is then said.
 */
export const fineTuned = async (
  found: Evidence,
  folds: readonly Fold[],
  weights: Float64Array,
  without: readonly Float64Array[],
): Promise<{ tuned?: FineTuned; failed?: Failure }> => {
  const { learnwares, output, outputs, rows, labels, seed, signal } = found
  const all = Array.from(labels as ArrayLike<string>)
  const places = [...learnwares.keys()].filter((l) => isTunable(learnwares[l], all))
  if (places.length === 0 || all.length < fewestLabels) return {}
  const names = columnNames(rows) ?? []
  const part = (indices: Int32Array): Table => cellsTable(rows, names, indices)
  const heaviest = (of: Float64Array): number => places.reduce((best, l) => (of[l] > of[best] ? l : best))
  const tune = (l: number, indices: Int32Array): Promise<Model> =>
    (learnwares[l] as Tunable).model.fineTune(
      part(indices),
      Array.from(indices, (i) => all[i]),
      {
        folds: found.folds,
        seed,
        signal,
      },
    )
  const outOfFold = new Float64Array(outputs.rows * outputs.width)
  const place = heaviest(weights)
  try {
    for (const [k, { fit, judge }] of folds.entries()) {
      await found.pause()
      const l = heaviest(without[k])
      const model = await tune(l, fit)
      const { data } = await aligned(model, part(judge), output, nameOf(learnwares[l].id), signal)
      scatter({ columns: outputs.width, data }, judge, outOfFold)
    }
    const model = await tune(place, Int32Array.from(all.keys()))
    return { tuned: { learnware: { ...learnwares[place], model }, place, outOfFold } }
  } catch (error) {
    signal?.throwIfAborted()
    return { failed: { id: learnwares[place].id, reason: `fine-tuning: ${reasonOf(error)}` } }
  }
}

const isTunable = ({ model }: Learnware, labels: readonly unknown[]): boolean => {
  if (typeof model.fineTune !== 'function') return false
  const { output } = model
  return output.kind === 'real' || labels.every((label) => output.classes.includes(String(label)))
}
