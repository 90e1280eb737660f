import { KindError, shown, ValueError } from '../../base/error.js'
import type { Matrix } from '../../base/matrix.js'
import type { Labels } from '../../specification/rows/label.js'
import type { ModelOutput } from '../model.js'
import type { Dense } from './product.js'

/**
 * Labels as numbers, one row each (`name` is what a message calls them): the value of a real, or 1 in the column of its class and 0 elsewhere.
 * @throws TypeError for text where a real is predicted; RangeError for a number that is not finite, or an unknown class.
 */
export const targetsOf = (labels: Labels, output: ModelOutput, rows: number, name = 'labels'): Dense => {
  if (typeof labels !== 'object' || labels === null || typeof labels.length !== 'number') {
    throw new KindError(`"${name}" expected an array, got ${shown(labels)}`)
  }
  if (labels.length !== rows) {
    throw new ValueError(`"${name}" expected length ${rows}, one for each row, got ${labels.length}`, 'shape')
  }
  if (output.kind === 'real')
    return { rows, columns: 1, data: Float64Array.from({ length: rows }, (_, i) => real(labels[i], i, name)) }
  const { classes } = output
  const data = new Float64Array(rows * classes.length)
  for (let i = 0; i < rows; i++) {
    const place = classes.indexOf(String(labels[i]))
    if (place < 0) {
      throw new ValueError(
        `"${name}" has the unknown class ${shown(String(labels[i]))} in row ${i}; "output.classes" names ${classes.map(shown).join(', ')}`,
      )
    }
    data[i * classes.length + place] = 1
  }
  return { rows, columns: classes.length, data }
}

const real = (label: unknown, row: number, name: string): number => {
  if (typeof label !== 'number') {
    throw new KindError(`"${name}" expected a number in row ${row}, since a real is predicted, got ${shown(label)}`)
  }
  if (!Number.isFinite(label))
    throw new ValueError(`"${name}" expected a finite number in row ${row}, got ${label}; leave the row out`)
  return label
}

/** The class of each row of one-hot targets. */
export const classesOf = ({ rows, columns, data }: Matrix): Int32Array =>
  Int32Array.from({ length: rows }, (_, i) => data.subarray(i * columns, (i + 1) * columns).indexOf(1))
