import type { Embedding } from '../rkme/embedding.js'
import { inner } from '../rkme/mmd.js'
import { coordinateBounds } from '../specification/encode.js'
import type { Specification } from '../specification/specification.js'
import type { Terms } from '../specification/terms.js'
import { fail, failed, pass, type ReceiptFinding, warn } from './receipt.js'

const again = 'specify again under market.terms(description)'

/**
 * Whether a specification can have been made by `specify` under these terms: island, kernel, dimension, size rule, finite
 * nonnegative weights, points inside the range of coordinates (widened by its width), norm in (0, 1.1], classes and priors.
 */
export const soundnessFindings = (specification: Specification, terms: Terms): ReceiptFinding[] => {
  const { embedding, classes, joint, audit } = specification
  const parts: [string, Embedding, number][] = [['embedding', embedding, 0]]
  for (const { label, embedding: part } of classes ?? []) parts.push([`embedding of the class "${label}"`, part, 0])
  if (joint !== undefined) parts.push(['joint embedding', joint, 1])
  const wrong = parts.flatMap(([name, part, labels]) => {
    const reason = embeddingFault(part, terms, labels)
    return reason === undefined ? [] : [`its ${name} ${reason}`]
  })
  wrong.push(...sizeFaults(embedding, terms), ...labelFaults(specification, terms))
  const findings = wrong.map((reason) => fail('specification', `${reason}; ${again}`))
  if (failed(findings)) return findings
  if (audit.copies > 0) {
    findings.push(
      warn('specification', `${audit.copies} of its points coincide with rows; do not submit it if rows are private`),
    )
  }
  const norm = inner(embedding, embedding)
  return norm > 0 && norm <= 1.1
    ? [
        ...findings,
        pass('specification', `${embedding.points.rows} points for ${embedding.samples} rows, as the terms ask`),
      ]
    : [
        fail(
          'specification',
          `its embedding has the squared norm ${norm.toPrecision(3)}, which no rows can have; ${again}`,
        ),
      ]
}

const embeddingFault = (
  { kernel, points, weights, samples, error, floor }: Embedding,
  terms: Terms,
  labels: number,
): string | undefined => {
  if (kernel.kind !== terms.kernel.kind || kernel.gamma !== terms.kernel.gamma) {
    return `has the kernel ${kernel.kind}(${kernel.gamma}), the terms have ${terms.kernel.kind}(${terms.kernel.gamma})`
  }
  const { low, high } = coordinateBounds(terms)
  const dimension = low.length + labels
  if (points.columns !== dimension) return `has ${points.columns} coordinates, the terms have ${dimension}`
  if (points.rows < 1 || points.rows > terms.size.cap)
    return `has ${points.rows} points, the terms allow 1 to ${terms.size.cap}`
  if (weights.length !== points.rows) return `has ${weights.length} weights for ${points.rows} points`
  if (!weights.every((weight) => Number.isFinite(weight) && weight >= 0))
    return 'has a weight that is negative or not finite'
  if (!Number.isInteger(samples) || samples < 1 || !(error >= 0) || !(floor >= 0))
    return 'has no sensible count of rows, error or floor'
  for (let i = 0; i < points.data.length; i++) {
    const j = i % dimension
    const value = points.data[i]
    const width = j < low.length ? high[j] - low[j] : Infinity
    if (!Number.isFinite(value) || value < low[j] - width || value > high[j] + width) {
      return `has the coordinate ${value} in point ${Math.floor(i / dimension) + 1}, far outside of what the terms can give`
    }
  }
  return undefined
}

const sizeFaults = ({ samples, points }: Embedding, { size }: Terms): string[] => {
  if (samples < size.leastRows) return [`it stands for ${samples} rows, a learnware needs at least ${size.leastRows}`]
  const most = Math.ceil(Math.sqrt(samples))
  return points.rows > most ? [`it has ${points.rows} points for ${samples} rows, privacy allows ${most}`] : []
}

const labelFaults = ({ classes, joint }: Specification, { labels }: Terms): string[] => {
  if (joint !== undefined && labels.kind !== 'real') return ['it carries numbers as labels, the terms have none']
  if (classes === undefined) return []
  if (labels.kind !== 'classes') return ['it carries classes as labels, the terms have none']
  const names = classes.map(({ label }) => label)
  const foreign = names.find((name) => !labels.classes.includes(name))
  if (foreign !== undefined) return [`it carries the class "${foreign}", which the terms do not have`]
  if (new Set(names).size !== names.length) return ['it carries a class twice']
  const sum = classes.reduce((total, { prior }) => total + (prior > 0 ? prior : Number.NaN), 0)
  return Math.abs(sum - 1) <= 1e-6 ? [] : ['the shares of its classes are not positive or do not sum to 1']
}
