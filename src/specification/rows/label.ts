import { ValueError } from '../../base/error.js'
import type { LabelTerms } from '../terms.js'
import { cellReader } from './cells.js'

/** Labels of rows: numbers of a real, or names of classes (or what prints as one); text in a number column is refused. */
export type Labels = ArrayLike<number> | ArrayLike<string> | ArrayLike<unknown>

/** Labels as numbers: values of a real label, or positions in the terms' classes. */
export const readLabels = (labels: Labels, rows: number, terms: LabelTerms): Float64Array => {
  if (terms.kind === 'none') throw new ValueError('"labels" came, but these terms have no labels; leave them out')
  if (typeof labels !== 'object' || labels === null || labels.length !== rows) {
    throw new ValueError(
      `"labels" expected one label for each of the ${rows} rows, got ${labels?.length ?? typeof labels}`,
      'shape',
    )
  }
  const column =
    terms.kind === 'real'
      ? ({ name: 'labels', kind: 'numeric' } as const)
      : ({ name: 'labels', kind: 'categorical', categories: terms.classes } as const)
  const read = cellReader(column, (row) => `in row ${row + 1} of ${rows}`)
  return Float64Array.from({ length: rows }, (_, i) => read(labels[i], i))
}
