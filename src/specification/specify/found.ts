import { KindError, shown, ValueError } from '../../base/error.js'
import { gaussian } from '../../kernel/kernel.js'
import type { Field, OutputField, RequirementDescription } from '../description/description.js'
import { descriptionSpace, islandKey } from '../description/island.js'
import type { Finding } from '../plain.js'
import { dimensionOf, effectiveDimension } from '../rows/encode.js'
import type { Column, LabelTerms, SizeRule, Terms } from '../terms.js'

const tabular = ['numeric', 'integer', 'binary', 'categorical', 'ordinal'] as const
const mostCoordinates = 4096

/** The size rule of every new island. */
export const sizeRule: SizeRule = { rule: 'root', cap: 256, leastRows: 50, leastRowsRequirement: 30 }

/** What keeps a valid description from founding an island: no columns, or columns that no public encoder makes comparable. */
export const termsFindings = ({ LDL }: RequirementDescription): Finding[] => {
  if (LDL === undefined || LDL.inputs.length === 0) {
    return [
      { path: 'LDL.inputs', message: 'is empty; name each input column with its kind, so that rows become comparable' },
    ]
  }
  const findings: Finding[] = []
  LDL.inputs.forEach((field, i) => {
    const path = `LDL.inputs[${i}]`
    if (!isTabular(field.kind)) {
      findings.push({
        path: `${path}.kind`,
        message: `"${field.name}" is of the kind ${field.kind}, which these terms cannot compare; run a public encoder first and describe each of its outputs as a numeric input`,
      })
    } else if ((field.kind === 'categorical' || field.kind === 'ordinal') && !field.categories?.length) {
      findings.push({ path: `${path}.categories`, message: `is missing; list the known words of "${field.name}"` })
    }
  })
  const { kind, classes } = LDL.output
  if ((kind === 'label' || kind === 'probabilities') && !classes?.length) {
    findings.push({ path: 'LDL.output.classes', message: 'is missing; list the classes' })
  }
  if (findings.length === 0) {
    const columns = LDL.inputs.map(columnOf)
    const dimension = dimensionOf({ columns, kernel: gaussian(1) })
    if (dimension > mostCoordinates) {
      findings.push({
        path: 'LDL.inputs',
        message: `need ${dimension} coordinates together, at most ${mostCoordinates} are allowed; group rare categories`,
      })
    }
  }
  return findings
}

/**
 * The terms that a description founds: its inputs as columns, gamma = 1/(4d) by `effectiveDimension`, the size rule,
 * its labels. Centre and scale are the proposed ones, else the mean and standard deviation of the uniform distribution on
 * the proposed range (or on the ranks of an ordinal or binary column), else 0 and 1.
 * @throws RangeError with the findings of {@link termsFindings}.
 */
export const foundTerms = (description: RequirementDescription): Terms => {
  if (typeof description !== 'object' || description === null) {
    throw new KindError(`"description" expected an object, got ${shown(description)}`)
  }
  const findings = termsFindings(description)
  const { LDL } = description
  if (findings.length > 0 || LDL === undefined) {
    throw new ValueError(
      `"description" founds no terms: ${findings.map(({ path, message }) => `${path} ${message}`).join('; ')}`,
    )
  }
  const columns = LDL.inputs.map(columnOf)
  const terms = {
    version: 1,
    columns,
    kernel: gaussian(1 / (4 * effectiveDimension(columns))),
    size: { ...sizeRule },
    labels: labelTerms(LDL.output),
  } as const
  return { island: islandKey(terms, descriptionSpace(description)), ...terms }
}

const isTabular = (kind: Field['kind']): kind is Column['kind'] => (tabular as readonly string[]).includes(kind)

const columnOf = (field: Field): Column => {
  const { name, concept, unit, categories, missing = 'none' } = field
  const kind = field.kind as Column['kind']
  const isWords = categories !== undefined && kind !== 'numeric' && kind !== 'integer'
  return {
    name,
    kind,
    ...(unit === undefined ? {} : { unit }),
    ...(concept === undefined ? {} : { concept }),
    ...(isWords ? { categories: [...categories] } : {}),
    ...scaling(field),
    missing,
  }
}

const scaling = ({ kind, categories = [], ...field }: Field): { centre: number; scale: number } => {
  if (kind === 'categorical') return { centre: 0, scale: 1 }
  if (kind === 'ordinal' || kind === 'binary') {
    const levels = kind === 'binary' ? 2 : categories.length
    return { centre: field.centre ?? (levels - 1) / 2, scale: field.scale ?? Math.sqrt((levels * levels - 1) / 12) }
  }
  return proposed(field)
}

const proposed = ({
  centre,
  scale,
  range,
}: Pick<Field, 'centre' | 'scale' | 'range'>): { centre: number; scale: number } => ({
  centre: centre ?? (range === undefined ? 0 : range[0] + (range[1] - range[0]) / 2),
  scale: scale ?? (range === undefined ? 1 : (range[1] - range[0]) / Math.sqrt(12)),
})

const labelTerms = (output: OutputField): LabelTerms => {
  const { kind, classes, unit } = output
  if (kind === 'real') return { kind: 'real', ...proposed(output), ...(unit === undefined ? {} : { unit }) }
  if (kind === 'label' || kind === 'probabilities') return { kind: 'classes', classes: [...(classes ?? [])] }
  return { kind: 'none' }
}
