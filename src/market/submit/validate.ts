import { canonicalJson, sha256Hex } from '../../base/codec.js'
import { KindError, shown } from '../../base/error.js'
import { decodeSpecification, encodeSpecification } from '../../specification/codec.js'
import { type Description, validateDescription } from '../../specification/description/description.js'
import type { Specification } from '../../specification/specification.js'
import { foundTerms, termsFindings } from '../../specification/specify/found.js'
import { soundness } from '../../specification/specify/soundness.js'
import type { Terms } from '../../specification/terms.js'
import type { Catalogue } from '../catalogue.js'
import { islandOf } from '../match/terms.js'
import { fail, failed, pass, type ReceiptFinding, warn } from '../receipt.js'
import { islandFindings } from './columns.js'

/** What a developer hands in: the model's bytes, its description, and its specification (or the bytes of one). */
export interface Submission {
  /** The model's file, as the market's runtime opens it. */
  readonly model: Uint8Array
  /** What it is for. */
  readonly description: Description
  /** What `specify` made of rows and labels, or its bytes. */
  readonly specification: Specification | Uint8Array
}

/** Bytes that a submission may have. */
export interface Limits {
  /** Of a model's file, 256 MiB by default. */
  readonly modelBytes: number
  /** Of a specification's bytes, 64 MiB by default. */
  readonly specificationBytes: number
}

/** A submission whose parts were copied and read; a part that is not as it must be is missing. */
export interface Read {
  readonly id: string
  readonly model: Uint8Array
  readonly description?: Description
  readonly specification?: Specification
  readonly bytes?: Uint8Array
  readonly findings: readonly ReceiptFinding[]
}

/** A submission that belongs to terms; it is sound where `content` is there. */
export interface Placed {
  readonly id: string
  readonly island: string
  readonly findings: readonly ReceiptFinding[]
  readonly content?: Content
}

/** The parts of a sound submission. */
export interface Content {
  readonly model: Uint8Array
  readonly description: Description
  readonly specification: Specification
  readonly bytes: Uint8Array
  readonly terms: Terms
}

/** Id of a learnware: SHA-256 over the SHA-256 of model, encoded specification and canonical description. */
const contentId = (model: Uint8Array, specification: Uint8Array, description: unknown): string =>
  sha256Hex(
    ['learnware 1', sha256Hex(model), sha256Hex(specification), sha256Hex(canonicalJson(description ?? null))].join(
      '\n',
    ),
  )

/**
 * Copies a submission and checks what it is by itself: sizes, and all that is wrong with its description.
 * @throws TypeError where it is no object or its model no bytes: a mistake of the caller, not of a developer.
 */
export const readSubmission = (submission: Submission, limits: Limits): Read => {
  if (typeof submission !== 'object' || submission === null) {
    throw new KindError(`"submission" expected { model, description, specification }, got ${shown(submission)}`)
  }
  if (!(submission.model instanceof Uint8Array)) {
    throw new KindError(
      `"submission.model" expected the bytes of a model as a Uint8Array, got ${shown(submission.model)}`,
    )
  }
  const model = submission.model.slice()
  const validation = validateDescription(submission.description)
  const wrong = [...validation.findings, ...(validation.description ? termsFindings(validation.description) : [])]
  const description = wrong.length === 0 ? validation.description : undefined
  const { specification, bytes, finding } = readSpecification(submission.specification, limits)
  return {
    id: contentId(model, bytes ?? new Uint8Array(0), validation.description),
    model,
    description,
    specification,
    bytes,
    findings: [
      sizeFinding(model, limits),
      ...wrong.map(({ path, message }) => fail('description', `${path || 'the description'} ${message}`)),
      ...(description ? [pass('description', 'names its inputs, output and objective')] : []),
      ...(finding ? [finding] : []),
    ],
  }
}

/** Checks a submission against the terms that its description has in this market: island, columns, specification. */
export const placeSubmission = (read: Read, catalogue: Catalogue): Placed => {
  const { id, model, description, specification, bytes } = read
  const terms = description && termsOf(catalogue, description)
  const findings = [...read.findings]
  if (description && terms) {
    findings.push(...islandFindings(description, terms, specification))
    if (specification?.island === terms.island) findings.push(...specificationFindings(specification, terms))
  }
  const isWhole = description && specification && bytes && terms && !failed(findings)
  return {
    id,
    island: specification?.island ?? terms?.island ?? '',
    findings,
    ...(isWhole && { content: { model, description, specification, bytes, terms } }),
  }
}

const termsOf = (catalogue: Catalogue, description: Description): Terms =>
  islandOf(catalogue, description)?.terms ?? foundTerms(description)

const sizeFinding = ({ length }: Uint8Array, { modelBytes }: Limits): ReceiptFinding =>
  length === 0
    ? fail('size', 'the model has 0 bytes; pass the content of the model file')
    : length > modelBytes
      ? fail('size', `the model has ${length} bytes, this market takes at most ${modelBytes}; make it smaller`)
      : pass('size', `${length} bytes`)

const readSpecification = (
  value: Specification | Uint8Array,
  { specificationBytes }: Limits,
): { specification?: Specification; bytes?: Uint8Array; finding?: ReceiptFinding } => {
  try {
    const bytes = value instanceof Uint8Array ? value.slice() : encodeSpecification(value)
    if (bytes.length > specificationBytes) {
      return {
        finding: fail(
          'size',
          `the specification has ${bytes.length} bytes, this market takes at most ${specificationBytes}`,
        ),
      }
    }
    const { others, ...own } = decodeSpecification(bytes)
    // A learnware stands on one island; what it says of others is neither checked nor kept.
    return { specification: own, bytes: others === undefined ? bytes : encodeSpecification(own) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return {
      finding: fail('specification', `it cannot be read: ${reason}; make it with specify(terms, rows, { labels })`),
    }
  }
}

const specificationFindings = (specification: Specification, terms: Terms): ReceiptFinding[] => {
  const wrong = soundness(specification, terms)
  if (wrong.length > 0) {
    return wrong.map(({ path, message }) =>
      fail('specification', `${path} ${message}; make it with specify(terms, rows, { labels })`),
    )
  }
  const { embedding, audit } = specification
  return [
    pass('specification', `${embedding.points.rows} points for ${embedding.samples} rows, as the terms ask`),
    ...(audit.copies > 0
      ? [
          warn(
            'specification',
            `${audit.copies} of its points coincide with rows; keep it back if the rows are private`,
          ),
        ]
      : []),
  ]
}
