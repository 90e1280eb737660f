import * as v from 'valibot'
import { canonicalJson, type FrameArray, sha256Hex } from '../base/codec.js'
import { MarketError } from '../base/error.js'
import { formed } from '../rkme/embedding.js'
import { assemble, sections, specificationHeader } from './codec.js'
import type { Specification } from './specification.js'

const format = 'learnware specification'

const file = v.object({
  format: v.literal(format),
  version: v.number(),
  header: v.unknown(),
  numbers: v.record(v.string(), v.object({ type: v.picklist(['f32', 'f64']), values: v.array(v.number()) })),
  checksum: v.string(),
})

/** A specification as readable text: canonical JSON with format, version, header, numbers and their SHA-256. */
export const specificationToJson = (specification: Specification): string => {
  formed(specification?.embedding, 'specification.embedding')
  const content = {
    format,
    version: 1,
    header: specificationHeader(specification),
    numbers: Object.fromEntries(
      sections(specification).map(({ name, array }) => [
        name,
        { type: array instanceof Float32Array ? 'f32' : 'f64', values: Array.from(array) },
      ]),
    ),
  }
  return canonicalJson({ ...content, checksum: sha256Hex(canonicalJson(content)) })
}

/**
 * The specification in a text that {@link specificationToJson} made.
 * @throws MarketError `corrupt` or `version`.
 */
export const specificationFromJson = (text: string): Specification => {
  const corrupt = (what: string): MarketError =>
    new MarketError('corrupt', `"text" expected a specification as JSON, but ${what}; build it again with specify`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw corrupt('it is no JSON')
  }
  const parsed = v.safeParse(file, value)
  if (!parsed.success) throw corrupt('its members are not those of a specification')
  const { checksum, ...content } = parsed.output
  if (content.version !== 1) {
    throw new MarketError('version', `"text" is version ${content.version}, this library reads version 1; update it`)
  }
  if (checksum !== sha256Hex(canonicalJson(content))) throw corrupt('its checksum does not match')
  const arrays: Record<string, FrameArray> = Object.create(null)
  for (const [name, { type, values }] of Object.entries(content.numbers)) {
    arrays[name] = type === 'f32' ? Float32Array.from(values) : Float64Array.from(values)
  }
  return assemble(content.header, arrays)
}
