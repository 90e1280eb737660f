import { canonicalJson } from '../../base/codec.js'
import type { Learnware } from '../../learnware/learnware.js'
import { anchorManifest } from '../../reuse/anchor/sent.js'
import type { RequirementDescription } from '../../specification/description/description.js'
import { type Manifest, type ManifestPart, manifest } from '../../specification/manifest.js'
import type { Requirement } from '../../specification/specification.js'
import type { SolvedByAnchors } from './few.js'

/**
 * All that leaves a machine from a description to fetched learnwares: the description, the parts of the requirement or of
 * the last report on anchors (which repeats those before it), the ids that were asked for. The bytes are those of the contents, whatever carries them.
 */
export const sentManifest = ({
  description,
  requirement,
  byAnchors,
  learnwares = [],
}: {
  readonly description?: RequirementDescription
  readonly requirement?: Requirement
  readonly byAnchors?: Pick<SolvedByAnchors, 'report' | 'asked'>
  readonly learnwares?: readonly Learnware[]
}): Manifest => {
  const parts: ManifestPart[] = []
  if (description) {
    const bytes = new TextEncoder().encode(canonicalJson(description)).length
    parts.push({ name: 'description', what: 'what is wanted, as it was given', bytes })
  }
  if (requirement) {
    for (const { name, what, bytes } of manifest(requirement).parts)
      parts.push({ name: `requirement: ${name}`, what, bytes })
  }
  if (byAnchors) {
    for (const { name, what, bytes } of anchorManifest(byAnchors.report).parts)
      parts.push({ name: `report: ${name}`, what, bytes })
  }
  const ids = byAnchors?.asked ?? learnwares.map(({ id }) => id)
  if (ids.length > 0) {
    const bytes = ids.reduce((sum, id) => sum + id.length, 0)
    parts.push({ name: 'ids', what: `the ${ids.length} learnwares that were fetched`, bytes })
  }
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  const width = String(bytes).length
  const lines = parts.map((part) => `${String(part.bytes).padStart(width)} bytes  ${part.name}: ${part.what}`)
  return { bytes, parts, text: [...lines, `${bytes} bytes altogether; none of your rows`].join('\n') }
}
