import { KindError, MarketError, shown } from '../../base/error.js'
import { decodeSpecification, encodeSpecification } from '../../specification/codec.js'
import type { Requirement } from '../../specification/specification.js'
import { soundness } from '../../specification/specify/soundness.js'
import type { Terms } from '../../specification/terms.js'
import { partsOf } from './match.js'

const again = 'call market.terms(description) here and specify again under what it returns'

/**
 * A well-formed copy of a requirement, whether an object or bytes came.
 * @throws TypeError for anything else; MarketError `corrupt` or `version` for bytes that cannot be read.
 */
export const readRequirement = (value: Requirement | Uint8Array): Requirement => {
  if (!(value instanceof Uint8Array) && typeof value?.island !== 'string') {
    throw new KindError(`"requirement" expected what specify(terms, rows) makes, or its bytes, got ${shown(value)}`)
  }
  return decodeSpecification(value instanceof Uint8Array ? value : encodeSpecification(value))
}

/**
 * The parts of a requirement that were made under terms of this market, each sound under them.
 * @throws RangeError for too many parts; MarketError `incompatible` where no part is, or where one is not sound.
 */
export const partsUnder = (
  requirement: Requirement,
  termsOf: (island: string) => Terms | undefined,
): [Requirement, ...Requirement[]] => {
  const [first, ...others] = partsOf(requirement).filter((part) => {
    const terms = termsOf(part.island)
    if (terms) checkRequirement(part, terms)
    return terms !== undefined
  })
  if (first !== undefined) return [first, ...others]
  throw new MarketError(
    'incompatible',
    `the requirement was made under the terms ${requirement.island}, which do not stand in this market; ${again}`,
  )
}

const checkRequirement = (requirement: Requirement, terms: Terms): void => {
  const findings = soundness(requirement, terms, { role: 'requirement' })
  if (findings.length === 0) return
  const reasons = findings.map(({ path, message }) => `${path} ${message}`).join('; ')
  const isSmall = requirement.embedding.samples < terms.size.leastRowsRequirement
  const advice = isSmall ? 'so few rows are served by anchors: solveByAnchors(market, rows, …)' : again
  throw new MarketError('incompatible', `the requirement does not fit the terms ${terms.island}: ${reasons}; ${advice}`)
}
