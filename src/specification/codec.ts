import * as v from 'valibot'
import { decodeFrame, encodeFrame, type FrameArray } from '../base/codec.js'
import { KindError, MarketError, shown } from '../base/error.js'
import { isMatrix, matrix } from '../base/matrix.js'
import { gaussian, gaussianOnly } from '../kernel/kernel.js'
import type { Embedding } from '../rkme/embedding.js'
import type { Specification } from './specification.js'

const magic = 'LWSP'
const version = 1

/** A part of an encoded specification: its name in the frame, what it holds, and the numbers. */
export interface Section {
  readonly name: string
  readonly what: string
  readonly array: FrameArray
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const embeddingHead = v.object({
  gamma: v.pipe(v.number(), v.finite()),
  samples: count,
  error: v.number(),
  floor: v.number(),
  rows: count,
  columns: count,
})

const specificationHead = v.object({
  island: v.pipe(v.string(), v.regex(/^isl:[0-9a-f]{16}$/)),
  embedding: embeddingHead,
  classes: v.optional(v.array(v.object({ label: v.string(), prior: v.number(), embedding: embeddingHead }))),
  joint: v.optional(embeddingHead),
  audit: v.object({ copies: v.number(), leastSupport: v.number() }),
})

const head = v.object({ ...specificationHead.entries, others: v.optional(v.array(specificationHead)) })

type EmbeddingHead = v.InferOutput<typeof embeddingHead>
type SpecificationHead = v.InferOutput<typeof specificationHead>
type Head = v.InferOutput<typeof head>

const headOf = ({ kernel, points, samples, error, floor }: Embedding): EmbeddingHead => ({
  gamma: gaussianOnly(kernel).gamma,
  samples,
  error,
  floor,
  rows: points.rows,
  columns: points.columns,
})

const plainHead = ({ island, embedding, classes, joint, audit }: Specification): SpecificationHead => ({
  island,
  embedding: headOf(embedding),
  ...(classes && {
    classes: classes.map(({ label, prior, embedding }) => ({ label, prior, embedding: headOf(embedding) })),
  }),
  ...(joint && { joint: headOf(joint) }),
  audit: { copies: audit.copies, leastSupport: audit.leastSupport },
})

/** Everything in a specification that is not numbers of an embedding: island, kernel, counts, labels, audit. */
export const specificationHeader = (specification: Specification): Head => ({
  ...plainHead(specification),
  ...(specification.others && { others: specification.others.map(plainHead) }),
})

/** The numbers of a specification, part by part, in the order in which they are encoded. */
export const sections = (specification: Specification, prefix = '', of = 'all rows'): Section[] => {
  const { embedding, classes = [], joint, others = [] } = specification
  return [
    ...embeddingSections(embedding, `${prefix}embedding`, of),
    ...classes.flatMap((part, i) =>
      embeddingSections(part.embedding, `${prefix}classes.${i}`, `the rows of class "${part.label}"`),
    ),
    ...(joint ? embeddingSections(joint, `${prefix}joint`, `${of} with their labels`) : []),
    ...others.flatMap((other, i) =>
      sections(other, `${prefix}others.${i}.`, `${of} under the terms of ${other.island}`),
    ),
  ]
}

const embeddingSections = ({ points, weights }: Embedding, name: string, of: string): Section[] => [
  {
    name: `${name}.points`,
    what: `${points.rows} reduced points of ${points.columns} coordinates for ${of}`,
    array: points.data,
  },
  { name: `${name}.weights`, what: `${weights.length} weights of the reduced points for ${of}`, array: weights },
]

/** Bytes of a specification: one checksummed frame (`LWSP`, version 1) with its header and the numbers of its embeddings. */
export const encodeSpecification = (specification: Specification): Uint8Array => {
  checkForm(specification, 'specification')
  return encodeFrame(magic, version, {
    header: specificationHeader(specification),
    arrays: Object.fromEntries(sections(specification).map(({ name, array }) => [name, array])),
  })
}

/** Refuses what has not the form of a specification, whatever its numbers are. */
const checkForm = (value: Specification, name: string): void => {
  const isEmbedding = (part: Embedding | undefined): boolean =>
    part?.kernel?.kind === 'gaussian' && isMatrix(part.points) && part.weights instanceof Float64Array
  const isWhole =
    typeof value?.island === 'string' &&
    isEmbedding(value.embedding) &&
    (value.classes === undefined ||
      (Array.isArray(value.classes) && value.classes.every((part) => isEmbedding(part?.embedding)))) &&
    (value.joint === undefined || isEmbedding(value.joint)) &&
    typeof value.audit === 'object' &&
    value.audit !== null &&
    (value.others === undefined || Array.isArray(value.others))
  if (!isWhole) throw new KindError(`"${name}" expected what specify(terms, rows) makes, got ${shown(value)}`)
  value.others?.forEach((other, i) => {
    checkForm(other, `${name}.others[${i}]`)
  })
}

/**
 * The specification inside bytes that {@link encodeSpecification} made. It is well formed, not yet sound: see `soundness`.
 * @throws MarketError `corrupt` or `version`.
 */
export const decodeSpecification = (bytes: Uint8Array): Specification => {
  const { header, arrays } = decodeFrame(magic, version, bytes)
  return assemble(header, arrays)
}

/** The specification of a header and its arrays. */
export const assemble = (header: unknown, arrays: Readonly<Record<string, FrameArray>>): Specification => {
  const parsed = v.safeParse(head, header)
  if (!parsed.success) throw corrupt('its header is not that of a specification')
  const { others, ...own } = parsed.output
  return {
    ...specificationOf(own, arrays, ''),
    ...(others && { others: others.map((other, i) => specificationOf(other, arrays, `others.${i}.`)) }),
  }
}

const corrupt = (what: string): MarketError =>
  new MarketError('corrupt', `the specification cannot be read: ${what}; build it again with specify`)

const specificationOf = (
  { island, embedding, classes, joint, audit }: SpecificationHead,
  arrays: Readonly<Record<string, FrameArray>>,
  prefix: string,
): Specification => ({
  version: 1,
  island,
  embedding: embeddingOf(embedding, arrays, `${prefix}embedding`),
  ...(classes && {
    classes: classes.map(({ label, prior, embedding }, i) => ({
      label,
      prior,
      embedding: embeddingOf(embedding, arrays, `${prefix}classes.${i}`),
    })),
  }),
  ...(joint && { joint: embeddingOf(joint, arrays, `${prefix}joint`) }),
  audit,
})

const embeddingOf = (
  { gamma, samples, error, floor, rows, columns }: EmbeddingHead,
  arrays: Readonly<Record<string, FrameArray>>,
  name: string,
): Embedding => {
  const points = arrays[`${name}.points`]
  const weights = arrays[`${name}.weights`]
  if (!(points instanceof Float64Array || points instanceof Float32Array) || points.length !== rows * columns) {
    throw corrupt(`the points of ${name} do not fit its header`)
  }
  if (!(weights instanceof Float64Array) || weights.length !== rows)
    throw corrupt(`the weights of ${name} do not fit its header`)
  if (!(gamma > 0)) throw corrupt(`the kernel of ${name} has no positive gamma`)
  return { kernel: gaussian(gamma), points: matrix(points, rows, columns), weights, samples, error, floor }
}
