import { canonicalJson } from '../../base/codec.js'
import { MarketError, ValueError } from '../../base/error.js'
import { type RequirementDescription, validateDescription } from '../../specification/description/description.js'
import { descriptionSpace } from '../../specification/description/island.js'
import { foundTerms } from '../../specification/specify/found.js'
import type { Terms } from '../../specification/terms.js'
import { type Catalogue, type Island, searched } from '../catalogue.js'
import { mostOthers } from './match.js'

/** The standing island whose learnwares serve the task that a description names, if there is one. */
export const islandOf = ({ islands }: Catalogue, description: RequirementDescription): Island | undefined => {
  const space = canonicalJson(descriptionSpace(description))
  return [...islands.values()].find((island) => canonicalJson(descriptionSpace(island.description)) === space)
}

/**
 * The terms under which rows become comparable for a description: those of its standing island, else those that it would
 * found (they stand from the first accepted learnware). A description that leaves its inputs or its kind of data open meets
 * several islands: the one with the most learnwares comes first, the next {@link mostOthers} as `others`.
 * @throws RangeError with every finding on the description; MarketError `absent` where an open description meets nothing.
 */
export const marketTerms = (catalogue: Catalogue, value: unknown): Terms => {
  const { description, findings } = validateDescription(value, { requirement: true })
  if (description === undefined) {
    throw new ValueError(
      `"description" is not valid: ${findings.map(({ path, message }) => `${path || 'it'} ${message}`).join('; ')}`,
    )
  }
  if (isComplete(description)) return islandOf(catalogue, description)?.terms ?? foundTerms(description)
  const size = ({ terms }: Island): number => searched(catalogue, terms.island).length
  const [first, ...others] = [...catalogue.islands.values()]
    .filter((island) => isMet(island, description))
    .sort((a, b) => size(b) - size(a) || (a.terms.island < b.terms.island ? -1 : 1))
    .map(({ terms }) => terms)
    .slice(0, 1 + mostOthers)
  if (first === undefined) {
    throw new MarketError(
      'absent',
      'no island of this market meets "description"; name its inputs in LDL.inputs, or leave more of it open',
    )
  }
  return others.length === 0 ? first : { ...first, others }
}

const isComplete = ({ Data, LDL }: RequirementDescription): boolean =>
  Data.Values.length === 1 && LDL !== undefined && LDL.inputs.length > 0

/** Whether the learnwares of an island can be what an open description wants: what it says must be so, the rest is free. */
const isMet = ({ description }: Island, wanted: RequirementDescription): boolean => {
  for (const part of ['Data', 'Task'] as const) {
    const { Values } = wanted[part]
    if (Values.length > 0 && !description[part].Values.some((value) => (Values as readonly string[]).includes(value))) {
      return false
    }
  }
  if (wanted.LDL === undefined) return true
  const offered = descriptionSpace(description)
  const space = descriptionSpace(wanted)
  return (
    offered.objective === space.objective &&
    offered.output.kind === space.output.kind &&
    (space.output.unit === undefined || offered.output.unit === space.output.unit) &&
    (space.output.classes === undefined ||
      canonicalJson(offered.output.classes ?? []) === canonicalJson(space.output.classes)) &&
    (space.inputs.length === 0 || canonicalJson(offered.inputs) === canonicalJson(space.inputs))
  )
}
