import { list } from '../base/check.js'
import { KindError, shown, ValueError } from '../base/error.js'
import type { Learnware } from '../learnware/learnware.js'
import type { ModelOutput } from '../learnware/model.js'
import type { Labels } from '../specification/rows/label.js'

/** Rows with their labels, which stay where `reuse` runs. */
export interface Labelled<Rows> {
  readonly rows: Rows
  /** Numbers where the learnwares predict a real, names of classes where they predict classes. */
  readonly labels: Labels
}

/** Refuses what is not rows with labels. */
export const checkLabelled = (labelled: Labelled<unknown>): void => {
  if (typeof labelled !== 'object' || labelled === null || !('rows' in labelled) || !('labels' in labelled)) {
    throw new KindError(`"labelled" expected { rows, labels }, got ${shown(labelled)}`)
  }
}

/** Columns of an output: 1 for a real, the number of classes for probabilities. */
export const widthOf = (output: ModelOutput): number => (output.kind === 'real' ? 1 : output.classes.length)

/**
 * What a reuse of these learnwares puts out: a real, or the union of their classes (in the order of their terms, then as
 * they come), with further classes that only the labels name at the end.
 * @throws TypeError for what is no learnware; RangeError where there is none, or where some predict a real and others classes.
 */
export const outputOf = (learnwares: readonly Learnware[], labels?: Labels): ModelOutput => {
  if (list(learnwares, 'learnwares').length === 0)
    throw new ValueError('"learnwares" expected at least one, got none; search found nothing to reuse')
  learnwares.forEach(checkLearnware)
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

const checkLearnware = (learnware: Learnware, l: number): void => {
  const { model, terms, specification } = learnware ?? {}
  if (
    typeof model?.predict !== 'function' ||
    typeof model.output?.kind !== 'string' ||
    !Array.isArray(terms?.columns) ||
    specification?.embedding === undefined
  ) {
    throw new KindError(
      `"learnwares[${l}]" expected a learnware with model, terms and specification, as market.fetch gives it, got ${shown(learnware)}`,
    )
  }
  if (model.output.kind === 'real' && terms.labels.kind === 'classes') {
    throw new ValueError(
      `"learnwares[${l}]" puts out a number where its terms name classes; numbers of classes have no mean, so give probabilities`,
    )
  }
}
