import { finite, oneOf, positive, whole } from '../../base/check.js'
import { KindError, shown, ValueError } from '../../base/error.js'
import { checkKernel } from '../../kernel/kernel.js'
import type { Column, LabelTerms, Terms } from '../terms.js'

/**
 * Refuses terms by which rows could not be specified, or would be given away: they come from a market, so they are
 * foreign data. Above all the size rule must be numbers, since no count of rows is below NaN.
 * @throws TypeError where it is nothing like terms; RangeError for the first part that is unsound.
 */
export const checkTerms = (terms: Terms): void => {
  const { island, columns, kernel, size, labels } = terms ?? {}
  if (typeof island !== 'string' || !Array.isArray(columns) || columns.length === 0 || !size || !labels) {
    throw new KindError(
      `"terms" expected the terms of an island, as market.terms(description) gives them, got ${shown(terms)}`,
    )
  }
  columns.forEach(checkColumn)
  checkKernel(kernel, 'terms.kernel')
  oneOf(size.rule, 'terms.size.rule', ['root'])
  whole(size.cap, 'terms.size.cap', 1)
  whole(size.leastRows, 'terms.size.leastRows')
  whole(size.leastRowsRequirement, 'terms.size.leastRowsRequirement')
  checkLabels(labels)
}

const kinds = ['numeric', 'integer', 'binary', 'categorical', 'ordinal'] as const

const checkColumn = (column: Column, i: number): void => {
  const name = `terms.columns[${i}]`
  if (typeof column?.name !== 'string')
    throw new KindError(`"${name}.name" expected a text, got ${shown(column?.name)}`)
  oneOf(column.kind, `${name}.kind`, kinds)
  oneOf(column.missing, `${name}.missing`, ['none', 'allowed'])
  finite(column.centre, `${name}.centre`)
  positive(column.scale, `${name}.scale`)
  const { categories } = column
  if (categories !== undefined || column.kind === 'categorical' || column.kind === 'ordinal') {
    checkWords(categories, `${name}.categories`)
  }
}

const checkLabels = (labels: LabelTerms): void => {
  oneOf(labels.kind, 'terms.labels.kind', ['real', 'classes', 'none'])
  if (labels.kind === 'classes') checkWords(labels.classes, 'terms.labels.classes')
  if (labels.kind === 'real') {
    finite(labels.centre, 'terms.labels.centre')
    positive(labels.scale, 'terms.labels.scale')
  }
}

const checkWords = (words: unknown, name: string): void => {
  if (!Array.isArray(words) || words.length === 0 || !words.every((word) => typeof word === 'string')) {
    throw new ValueError(`"${name}" expected a list of words, got ${shown(words)}`)
  }
}
