import { list } from '../../base/check.js'
import { canonicalJson, sha256Hex } from '../../base/codec.js'
import type { Terms } from '../terms.js'
import type { RequirementDescription } from './description.js'

/** What two descriptions must share for their learnwares to serve the same task. */
export interface DescriptionSpace {
  readonly data: string
  /** Sorted: concept (else name) and unit of each input; for an encoded input its encoder and dimension. */
  readonly inputs: readonly string[]
  readonly output: {
    readonly kind: string
    readonly classes?: readonly string[]
    readonly unit?: string
    readonly transform?: string
  }
  readonly objective: string
}

const byLetters = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The space of a description: kind of data, inputs, output and metric, whatever their order in the description. */
export const descriptionSpace = (description: RequirementDescription): DescriptionSpace => {
  const { Data, LDL } = description ?? {}
  return {
    data: list(Data?.Values, 'description.Data.Values')[0] ?? '',
    inputs: (LDL?.inputs ?? [])
      .map(({ name, concept, unit, encoder, dim }) =>
        canonicalJson([concept ?? name, unit ?? '', encoder ?? '', dim ?? 1]),
      )
      .sort(byLetters),
    output: {
      kind: LDL?.output.kind ?? '',
      ...(LDL?.output.classes === undefined ? {} : { classes: [...LDL.output.classes].sort(byLetters) }),
      ...(LDL?.output.unit === undefined ? {} : { unit: LDL.output.unit }),
      ...(LDL?.output.transform === undefined ? {} : { transform: LDL.output.transform }),
    },
    objective: LDL?.objective.metric ?? '',
  }
}

/** The key of an island: `isl:` and the first 16 hexadecimal digits of the SHA-256 of terms and description space in canonical JSON. */
export const islandKey = (terms: Omit<Terms, 'island' | 'others'>, space: DescriptionSpace): string => {
  const { version, columns, kernel, size, labels } = terms ?? {}
  list(columns, 'terms.columns')
  return `isl:${sha256Hex(canonicalJson({ space, terms: { version, columns, kernel, size, labels } })).slice(0, 16)}`
}
