import { canonicalJson } from '../../base/codec.js'

/** What tells a column from others: its concept (else its name) and its unit. */
export interface Meaning {
  readonly name: string
  readonly concept?: string
  readonly unit?: string
}

const meaningOf = ({ name, concept, unit }: Meaning): string => canonicalJson([concept ?? name, unit ?? ''])

/**
 * The entry of `among` that means the same as a column: the one of the same name, concept and unit, else the only one of
 * the same concept and unit; undefined where there is none, or where several could be meant. So a learnware may call its
 * inputs as it likes, and rows under the names of the terms still reach them.
 */
export const counterpart = <T extends Meaning>(column: Meaning, among: readonly T[]): T | undefined => {
  const alike = among.filter((other) => meaningOf(other) === meaningOf(column))
  return alike.find(({ name }) => name === column.name) ?? (alike.length === 1 ? alike[0] : undefined)
}
