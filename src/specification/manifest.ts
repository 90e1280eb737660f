import { canonicalJson } from '../base/codec.js'
import { encodeSpecification, sections, specificationHeader } from './codec.js'
import type { Requirement } from './specification.js'

/** A part of what a search sends. */
export interface ManifestPart {
  readonly name: string
  readonly what: string
  readonly bytes: number
}

/** Every byte that a search sends: `bytes` is the sum of the parts, `text` says the same line by line. */
export interface Manifest {
  readonly bytes: number
  readonly parts: readonly ManifestPart[]
  readonly text: string
}

/** What leaves the machine with a requirement, part by part: exactly the bytes of `encodeSpecification(requirement)`. */
export const manifest = (requirement: Requirement): Manifest => {
  const bytes = encodeSpecification(requirement).length
  const numbers = sections(requirement).map(({ name, what, array }) => ({ name, what, bytes: array.byteLength }))
  const header = new TextEncoder().encode(canonicalJson(specificationHeader(requirement))).length
  const carried = numbers.reduce((sum, part) => sum + part.bytes, header)
  const { samples } = requirement.embedding
  const labels = requirement.classes?.map(({ label }) => label) ?? []
  const parts = [
    {
      name: 'header',
      what:
        `island, kernel, number of rows (${samples}), error and noise, audit` +
        `${labels.length > 0 ? `, and the share of each class (${labels.length})` : ''}`,
      bytes: header,
    },
    ...numbers,
    { name: 'frame', what: 'names and lengths of the parts, format version, checksum', bytes: bytes - carried },
  ]
  const width = String(bytes).length
  const lines = parts.map((part) => `${String(part.bytes).padStart(width)} bytes  ${part.name}: ${part.what}`)
  return { bytes, parts, text: [...lines, `${bytes} bytes altogether; none of the ${samples} rows`].join('\n') }
}
