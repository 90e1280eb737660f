import { canonicalJson, decodeFrame, encodeFrame, type FrameArray, sha256Hex } from '../base/codec.js'
import { MarketError } from '../base/error.js'
import type { Kernel } from '../kernel/kernel.js'
import type { Embedding, LabelledEmbedding } from './embedding.js'
import { checkLabelledEmbedding, fromPlain, type PlainEmbedding, toPlain } from './plain.js'

const magic = 'LWEM'
const version = 1
const format = 'learnware-embedding'

interface Head {
  kernel: Kernel
  columns: number
  samples: number
  error: number | null
  floor: number | null
}

interface Header extends Head {
  classes?: (Head & { label: string; prior: number })[]
  joint?: Head
}

const head = (embedding: Embedding): Head => {
  const { kernel, columns, samples, error, floor } = toPlain(embedding)
  return { kernel, columns, samples, error, floor }
}

/** Bytes of an embedding with its classes and joint embedding: magic, version, sizes, numbers in f64, checksum. */
export const encode = (embedding: LabelledEmbedding): Uint8Array => {
  const { classes, joint } = checkLabelledEmbedding(embedding)
  const arrays: Record<string, FrameArray> = {}
  const add = (name: string, { points, weights }: Embedding): void => {
    arrays[`${name}points`] = points.data
    arrays[`${name}weights`] = weights
  }
  add('', embedding)
  classes?.forEach((part, c) => {
    add(`${c}.`, part.embedding)
  })
  if (joint) add('joint.', joint)
  const header: Header = {
    ...head(embedding),
    classes: classes?.map(({ label, prior, embedding: part }) => ({ label, prior, ...head(part) })),
    joint: joint && head(joint),
  }
  return encodeFrame(magic, version, { header, arrays })
}

/**
 * The embedding inside bytes that {@link encode} made.
 * @throws MarketError `corrupt` where a byte is missing or wrong or a part is unsound, `version` where a newer library wrote it.
 */
export const decode = (bytes: Uint8Array): LabelledEmbedding => {
  const { header, arrays } = decodeFrame(magic, version, bytes)
  return sound(() => {
    const { classes, joint, ...own } = header as Header
    const part = (name: string, { columns, ...rest }: Head): Embedding => {
      const data = arrays[`${name}points`] as Float64Array
      const points = { rows: data.length / columns, columns, data }
      return { ...rest, points, weights: arrays[`${name}weights`] } as Embedding
    }
    return checkLabelledEmbedding({
      ...part('', own),
      classes: classes?.map(({ label, prior, ...rest }, c) => ({ label, prior, embedding: part(`${c}.`, rest) })),
      joint: joint && part('joint.', joint),
    })
  })
}

/** What {@link toJson} makes: plain data with a checksum over its canonical JSON. */
export interface EmbeddingJson {
  readonly format: typeof format
  readonly version: typeof version
  readonly embedding: PlainEmbedding
  readonly classes?: readonly { readonly label: string; readonly prior: number; readonly embedding: PlainEmbedding }[]
  readonly joint?: PlainEmbedding
  readonly checksum: string
}

const checksum = (body: object): string => sha256Hex(canonicalJson(body)).slice(0, 16)

/** An embedding as plain data for `JSON.stringify`; every number comes back exactly. */
export const toJson = (embedding: LabelledEmbedding): EmbeddingJson => {
  const { classes, joint } = checkLabelledEmbedding(embedding)
  const body = {
    format,
    version,
    embedding: toPlain(embedding),
    ...(classes && {
      classes: classes.map(({ label, prior, embedding: part }) => ({ label, prior, embedding: toPlain(part) })),
    }),
    ...(joint && { joint: toPlain(joint) }),
  } as const
  return { ...body, checksum: checksum(body) }
}

/**
 * The embedding inside data (or its JSON text) that {@link toJson} made.
 * @throws MarketError `corrupt` where it is damaged, `version` where a newer library wrote it.
 */
export const fromJson = (json: string | EmbeddingJson): LabelledEmbedding =>
  sound(() => {
    const { checksum: written, ...body } = ((typeof json === 'string' ? JSON.parse(json) : json) ?? {}) as EmbeddingJson
    if (body.format !== format) throw new RangeError(`"format" expected '${format}'`)
    if (body.version !== version) {
      throw new MarketError(
        'version',
        `the embedding is version ${body.version}, this library reads version ${version}; update it`,
      )
    }
    if (checksum(body) !== written) throw new RangeError('its checksum does not match')
    return checkLabelledEmbedding({
      ...fromPlain(body.embedding),
      classes: body.classes?.map((part, c) => ({ ...part, embedding: fromPlain(part.embedding, `classes[${c}]`) })),
      joint: body.joint && fromPlain(body.joint, 'joint'),
    })
  })

const sound = <T>(read: () => T): T => {
  try {
    return read()
  } catch (error) {
    if (error instanceof MarketError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new MarketError('corrupt', `the embedding is damaged: ${reason}; fetch or build it again`, { cause: error })
  }
}
