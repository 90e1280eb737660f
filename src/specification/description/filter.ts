import { partialRatio } from '../fuzzy.js'
import type { ClassValues, Description, RequirementDescription, TextValue } from './description.js'

/** From this partial ratio on, a text counts as found in spite of misspellings. */
const alike = 75
/** The fuzzy comparison takes the product of both lengths, so it looks at the beginnings of long texts only. */
const mostWanted = 200
const mostOffered = 2000

/**
 * Whether a learnware's description is what a requirement asks for. An empty or absent part of the requirement is met by
 * anything; a class when the learnware's value is in the list, tags when one is shared, name and description when the
 * wanted text is part of the learnware's, or nearly (partial ratio of at least 75; of its first 200 characters in the first
 * 2,000 of the learnware's). Letters' case does not count.
 */
export const meets = (description: Description, requirement: RequirementDescription): boolean =>
  hasClass(description.Data, requirement.Data) &&
  hasClass(description.Task, requirement.Task) &&
  hasClass(description.Library, requirement.Library) &&
  hasClass(description.License, requirement.License) &&
  sharesTag(description.Scenario.Values, requirement.Scenario.Values) &&
  hasText(description.Name, requirement.Name) &&
  hasText(description.Description, requirement.Description)

const hasClass = (offered: ClassValues, wanted: ClassValues): boolean =>
  wanted.Values.length === 0 || offered.Values.some((value) => wanted.Values.includes(value))

const sharesTag = (offered: readonly string[], wanted: readonly string[]): boolean =>
  wanted.length === 0 || offered.some((tag) => wanted.includes(tag))

const hasText = (offered: TextValue, wanted: TextValue | undefined): boolean => {
  if (wanted === undefined || wanted.Values.length === 0) return true
  const text = offered.Values.toLowerCase()
  const part = wanted.Values.toLowerCase()
  if (text.includes(part)) return true
  return part.length <= text.length && partialRatio(part.slice(0, mostWanted), text.slice(0, mostOffered)) >= alike
}
