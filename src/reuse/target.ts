import { KindError, shown, ValueError } from '../base/error.js'
import type { Learnware } from '../learnware/learnware.js'
import type { ModelOutput } from '../learnware/model.js'

/** Labels of rows: numbers where the learnwares predict a real, class names (or what prints as one) where they predict classes. */
export type Labels = ArrayLike<number> | ArrayLike<string>

/** Rows with their labels, which stay where `reuse` runs. */
export interface Labelled<Rows> {
  readonly rows: Rows
  readonly labels: Labels
}

/** Columns of an output: 1 for a real, the number of classes for probabilities. */
export const widthOf = (output: ModelOutput): number => (output.kind === 'real' ? 1 : output.classes.length)

/**
 * What a reuse of these learnwares puts out: a real, or the union of their classes (in the order of their terms, then as
 * they come), with further classes that only the labels name at the end.
 * @throws RangeError where there is no learnware, or where some predict a real and others classes.
 */
export const outputOf = (learnwares: readonly Learnware[], labels?: Labels): ModelOutput => {
  if (!Array.isArray(learnwares)) throw new KindError(`"learnwares" expected an array, got ${shown(learnwares)}`)
  if (learnwares.length === 0)
    throw new ValueError('"learnwares" expected at least one, got none; search found nothing to reuse')
  const kinds = new Set(learnwares.map((learnware) => learnware.model.output.kind))
  if (kinds.size > 1) {
    throw new ValueError('"learnwares" expected one kind of output, got reals and classes; reuse each kind by itself')
  }
  if (kinds.has('real')) return { kind: 'real' }
  const classes = new Set<string>()
  for (const { terms } of learnwares)
    if (terms.labels.kind === 'classes') for (const name of terms.labels.classes) classes.add(name)
  for (const { model } of learnwares)
    if (model.output.kind === 'probabilities') for (const name of model.output.classes) classes.add(name)
  for (const label of Array.from((labels ?? []) as ArrayLike<unknown>, String).sort()) classes.add(label)
  return { kind: 'probabilities', classes: [...classes] }
}

/**
 * Labels as numbers, rows × width: the value of a real, 1 in the column of its class and 0 elsewhere.
 * @throws TypeError for text where a real is predicted, RangeError for a number that is not finite or an unknown class.
 */
export const targets = (labels: Labels, output: ModelOutput): Float64Array => {
  if (typeof labels !== 'object' || labels === null || typeof labels.length !== 'number') {
    throw new KindError(`"labelled.labels" expected an array, got ${shown(labels)}`)
  }
  const n = labels.length
  if (output.kind === 'real') {
    return Float64Array.from({ length: n }, (_, i) => {
      const label = labels[i]
      if (typeof label !== 'number') {
        throw new KindError(
          `"labelled.labels" expected numbers, since the learnwares predict a real, got ${shown(label)} in row ${i}`,
        )
      }
      if (!Number.isFinite(label))
        throw new ValueError(`"labelled.labels" expected finite numbers, got ${label} in row ${i}; leave that row out`)
      return label
    })
  }
  const width = output.classes.length
  const column = new Map(output.classes.map((name, c) => [name, c]))
  const result = new Float64Array(n * width)
  for (let i = 0; i < n; i++) {
    const c = column.get(String(labels[i]))
    if (c === undefined) {
      throw new ValueError(
        `"labelled.labels" expected one of ${shown(output.classes.join(', '))}, got ${shown(labels[i])} in row ${i}`,
      )
    }
    result[i * width + c] = 1
  }
  return result
}
