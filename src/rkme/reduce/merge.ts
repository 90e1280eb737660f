import { options as checkOptions, list, oneOf, whole } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import type { Matrix } from '../../base/matrix.js'
import { isNormalised } from '../../kernel/form.js'
import { centredPoints } from '../../kernel/range.js'
import type { Constraint } from '../../qp/quadratic.js'
import type { ClassEmbedding, Embedding, LabelledEmbedding } from '../embedding.js'
import { evaluate } from '../evaluate.js'
import { comparable, inner, meanDiagonal, mmd } from '../mmd.js'
import { checkLabelledEmbedding } from '../plain.js'
import { fitWeights } from '../solver/projection.js'
import { type Part, unionOf } from '../union.js'
import { reduce } from './reduce.js'

/** Options of {@link merge}. */
export interface MergeOptions {
  /** Points at most, or 'auto': doubled from 4 until `reduction` ≤ 0.3 · `floor`, at most ⌈√samples⌉. */
  readonly size?: number | 'auto'
  /** Of the weights, as in `reduce`. */
  readonly constraint?: Constraint
  readonly seed?: number
}

/** The embedding of the rows of several embeddings together. */
export interface Merged extends LabelledEmbedding {
  /** ‖merged − Σ s_i Φ̃_i‖, worked out exactly: what the merge itself added to `error`. */
  readonly reduction: number
}

interface Settings {
  readonly size: number | 'auto'
  readonly constraint: Constraint
  readonly seed: number
}

const floorShare = 0.3
const firstSize = 4

/**
 * The embedding of the rows of several machines, from the embedding of each: Σ s_i Φ̃_i with s_i = samples_i / Σ samples,
 * reduced again where it has more than `size` points. No row may stand in two of them. The order of the embeddings does
 * not change a byte. A single one comes back as it is, if it is small enough and its weights keep to `constraint`.
 *
 * `error` = Σ s_i error_i + `reduction` bounds the distance to the rows' empirical embedding (triangle inequality); it is
 * exact where the embeddings were. `floor` takes ‖Σ s_i Φ̃_i‖ for the norm of the rows' embedding. Class-wise embeddings are
 * merged class by class, with priors Σ s_i π_i, joint ones likewise.
 * @throws RangeError where there are no embeddings, kernels or dimensions differ, only some have labels, or weights below 0
 * stand in the way of a reduction.
 */
export const merge = (embeddings: readonly LabelledEmbedding[], options: MergeOptions = {}): Merged => {
  checkOptions(options, 'options', ['size', 'constraint', 'seed'])
  const { size = 'auto', constraint = 'cone', seed = 0 } = options
  const settings: Settings = {
    size: size === 'auto' ? size : whole(size, 'size', 1),
    constraint: oneOf(constraint, 'constraint', ['cone', 'simplex', 'free']),
    seed: whole(seed, 'seed'),
  }
  const parts = list(embeddings, 'embeddings')
    .map((embedding, i) => checkLabelledEmbedding(embedding, `embeddings[${i}]`))
    .sort(inOrder)
  if (parts.length === 0) throw new ValueError('"embeddings" expected at least one embedding, got none', 'shape')
  const total = parts.reduce((sum, { samples }) => sum + samples, 0)
  const shares = parts.map(({ samples }) => samples / total)
  const { embedding, reduction } = together(
    parts.map((part, i) => ({ embedding: part, share: shares[i] })),
    settings,
  )
  const classes = allOrNone(parts, 'classes')
  const joint = allOrNone(parts, 'joint')
  return {
    ...embedding,
    ...(classes && { classes: mergedClasses(classes, shares, settings) }),
    ...(joint && {
      joint: together(
        joint.map((part, i) => ({ embedding: part, share: shares[i] })),
        settings,
      ).embedding,
    }),
    reduction,
  }
}

const allOrNone = <K extends 'classes' | 'joint'>(
  parts: readonly LabelledEmbedding[],
  kind: K,
): NonNullable<LabelledEmbedding[K]>[] | undefined => {
  const present: NonNullable<LabelledEmbedding[K]>[] = []
  for (const { [kind]: part } of parts) if (part !== undefined) present.push(part)
  if (present.length > 0 && present.length < parts.length) {
    throw new ValueError(
      `"embeddings" expected ${kind} in all of them or in none, got ${present.length} of ${parts.length}; reduce all with labels`,
    )
  }
  return present.length > 0 ? present : undefined
}

const mergedClasses = (
  classes: readonly (readonly ClassEmbedding[])[],
  shares: readonly number[],
  settings: Settings,
): ClassEmbedding[] => {
  const members = new Map<string, Part[]>()
  classes.forEach((list, i) => {
    for (const { label, prior, embedding } of list.filter(({ prior }) => prior > 0)) {
      const part = { embedding, share: shares[i] * prior }
      const known = members.get(label)
      if (known) known.push(part)
      else members.set(label, [part])
    }
  })
  // Code-unit order, the same in every locale.
  const labels = [...members.keys()].sort((a, b) => (a < b ? -1 : 1))
  return labels.map((label) => {
    const parts = members.get(label) as Part[]
    const prior = parts.reduce((sum, { share }) => sum + share, 0)
    const size = settings.size === 'auto' ? settings.size : Math.max(2, Math.round(settings.size * prior))
    const normalised = parts.map((part) => ({ ...part, share: part.share / prior }))
    return { label, prior, embedding: together(normalised, { ...settings, size }).embedding }
  })
}

/** Σ share · embedding, reduced where it has too many points. */
const together = (
  parts: readonly Part[],
  { size, constraint, seed }: Settings,
): { embedding: Embedding; reduction: number } => {
  for (const { embedding } of parts) comparable(parts[0].embedding, embedding)
  const union = unionOf(parts)
  const { kernel, points, weights, samples, error } = union
  const self = inner(union, union)
  const diagonal = isNormalised(kernel)
    ? 1
    : parts.reduce((sum, part) => sum + part.share * meanDiagonal(part.embedding), 0)
  const floor = parts.length === 1 ? parts[0].embedding.floor : Math.sqrt(Math.max(0, diagonal - self) / samples)
  const limit = size === 'auto' ? Math.ceil(Math.sqrt(samples)) : size
  const done = (at: Matrix, w: Float64Array, reduction: number) => ({
    embedding: { kernel, points: at, weights: w, samples, error: error + reduction, floor },
    reduction,
  })
  const fitted = (at: Matrix): ReturnType<typeof done> => {
    const fit = fitWeights(centredPoints(at, kernel).points, evaluate(union, at), kernel, constraint)
    const reduction = isNormalised(kernel)
      ? Math.sqrt(Math.max(0, self + fit.objective))
      : mmd(union, { ...union, points: at, weights: fit.weights })
    return done(at, fit.weights, reduction)
  }
  if (points.rows <= limit) return keeps(weights, constraint) ? done(points, weights, 0) : fitted(points)
  if (weights.some((weight) => weight < 0)) {
    throw new ValueError(
      `"embeddings" expected weights of at least 0 where ${points.rows} points become ${limit}; reduce the rows with constraint 'cone'`,
    )
  }
  const reduced = (n: number): ReturnType<typeof done> =>
    fitted(reduce(points, { kernel, size: n, rowWeights: weights, constraint, seed, measure: false }).points)
  if (size !== 'auto') return reduced(size)
  for (let n = Math.min(firstSize, limit); ; n = Math.min(2 * n, limit)) {
    const result = reduced(n)
    if (n === limit || result.reduction <= floorShare * floor) return result
  }
}

const keeps = (weights: Float64Array, constraint: Constraint): boolean => {
  if (constraint === 'free') return true
  if (weights.some((weight) => weight < 0)) return false
  return constraint === 'cone' || Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) <= 1e-12
}

/** More rows first, then more points, then the larger numbers: the same for any order in which embeddings are given. */
const inOrder = (a: Embedding, b: Embedding): number =>
  b.samples - a.samples ||
  b.points.rows - a.points.rows ||
  later(a.points.data, b.points.data) ||
  later(a.weights, b.weights)

const later = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return b[i] - a[i]
  return 0
}
