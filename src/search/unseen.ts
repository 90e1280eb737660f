import { finite, whole } from '../base/check.js'
import { type Matrix, matrix } from '../base/matrix.js'
import { gram } from '../kernel/gram.js'
import { dot } from '../qp/lbfgs.js'
import { quadratic } from '../qp/quadratic.js'
import type { Embedding } from '../rkme/embedding.js'
import { inner } from '../rkme/mmd.js'
import { normals } from '../wasm/scalar.js'
import { noiseFloor, significantShare, type UnseenShare } from './decision.js'
import { joined } from './products.js'

/** Options of {@link unseenShare}. */
export interface UnseenOptions {
  readonly seed?: number
  /** Resamplings behind the interval. */
  readonly draws?: number
}

/** A known job in a task: an embedding with its weight in a cone fit. */
export interface KnownPart {
  readonly weight: number
  readonly embedding: Embedding
}

/** The cone fit whose members {@link unseenShare} takes: wider than a shown mixture, since what it leaves out would count as unseen. */
export const wideFit = { constraint: 'cone', support: 20, decrease: 0.01, least: 0 } as const

/**
 * The share of a target that no member of its cone fit ({@link wideFit}) covers: 1 − Σw, from raw inner products (ALGORITHMS 2.2, 4.1).
 * A new job that overlaps known ones is partly taken for them, so the share errs downwards, and the interval's ends have
 * two sources. `low`: the 5% quantile of the share over resamplings of the rows that the reduced points stand for, less
 * what the reduction errors could feign. `high`: one minus the largest part of the fitted mixture that can be taken away
 * from the target while a nonnegative combination of points is left, within a fifth of the noise τ (the idea of KM,
 * ALGORITHMS 4.1b; a larger allowance finds too little unseen), plus the resamplings' spread from median to 95%. A new job
 * without any part of its own, lying wholly inside known ones, cannot be told from them by any method.
 */
export const unseenShare = (
  target: Embedding,
  parts: readonly KnownPart[],
  { seed = 1, draws = 40 }: UnseenOptions = {},
): UnseenShare => {
  whole(draws, 'draws', 1)
  finite(seed, 'seed')
  if (parts.length === 0) return { share: 1, low: 1, high: 1 }
  const embeddings = [target, ...parts.map(({ embedding }) => embedding)]
  const K = gram(joined(embeddings), undefined, target.kernel)
  const known = sum(parts.map(({ weight }) => weight))
  const shares = resampled(embeddings, K, seed, draws)
  const quantile = (part: number): number => shares[Math.floor(part * (draws - 1))]
  const feigned = sum(
    parts.map(({ weight, embedding }) => weight * embedding.error),
    target.error,
  )
  const removed = known * removable(target, parts, K)
  const share = clamp(1 - known)
  return {
    share,
    low: Math.min(share, clamp(quantile(0.05) - feigned / Math.sqrt(inner(target, target)))),
    high: Math.max(share, removed < significantShare ? 1 : clamp(1 - removed + quantile(0.95) - quantile(0.5))),
  }
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value))

const sum = (values: ArrayLike<number>, start = 0): number => {
  let result = start
  for (let i = 0; i < values.length; i++) result += values[i]
  return result
}

/** K β for weights that begin at a row of K and are zero elsewhere. */
const apply = (K: Matrix, weights: Float64Array, start: number): Float64Array => {
  const result = new Float64Array(K.rows)
  for (let i = 0; i < K.rows; i++) {
    let value = 0
    for (let j = 0; j < weights.length; j++) value += weights[j] * K.data[i * K.rows + start + j]
    result[i] = value
  }
  return result
}

/**
 * Rising shares 1 − Σw* of fits to resampled embeddings, the target first. The weights of m rows on reduced points vary as
 * multinomial shares do, β* = β + √(β/m) z − β Σ√(β/m) z; their variance in the RKHS, (1 − ‖Φ‖²)/m, is that of the rows.
 */
const resampled = (embeddings: readonly Embedding[], K: Matrix, seed: number, draws: number): number[] => {
  const n = embeddings.length - 1
  const deviates = normals(seed, draws * K.rows)
  const shares: number[] = []
  for (let draw = 0; draw < draws; draw++) {
    let start = 0
    const drawn = embeddings.map((embedding) => {
      const at = start
      start += embedding.weights.length
      return {
        start: at,
        weights: multinomial(embedding, deviates.subarray(draw * K.rows + at, draw * K.rows + start)),
      }
    })
    const [own, ...others] = drawn
    const G = new Float64Array(n * n)
    const c = new Float64Array(n)
    others.forEach((a, i) => {
      const values = apply(K, a.weights, a.start)
      c[i] = dot(own.weights, values)
      for (let j = i; j < n; j++) G[i * n + j] = G[j * n + i] = dot(others[j].weights, values.subarray(others[j].start))
    })
    shares.push(1 - sum(quadratic(matrix(G, n, n), c, { constraint: 'cone' }).weights))
  }
  return shares.sort((a, b) => a - b)
}

const multinomial = ({ weights, samples }: Embedding, z: Float64Array): Float64Array => {
  const noise = weights.map((weight, j) => Math.sqrt(Math.max(0, weight) / samples) * z[j])
  const common = sum(noise)
  return weights.map((weight, j) => Math.max(0, weight + noise[j] - weight * common))
}

const allowance = 0.2
const halvings = 10

/** The largest s in [0, 1] with min over β ≥ 0 of ‖Φ_u − s Σ w_i Φ_i − Σ_a β_a k(a, ·)‖ ≤ τ/5, a over all points of both. */
const removable = (target: Embedding, parts: readonly KnownPart[], K: Matrix): number => {
  const noise = allowance * noiseFloor(target, parts)
  const mixed = Float64Array.from(
    parts.flatMap(({ weight, embedding }) => Array.from(embedding.weights, (beta) => weight * beta)),
  )
  const start = target.weights.length
  const own = apply(K, target.weights, 0)
  const known = apply(K, mixed, start)
  const squared = [dot(target.weights, own), dot(target.weights, known), dot(mixed, known.subarray(start))]
  const isLeft = (s: number): boolean => {
    const c = own.map((value, i) => value - s * known[i])
    const { objective } = quadratic(K, c, { constraint: 'cone' })
    return squared[0] - 2 * s * squared[1] + s * s * squared[2] + objective <= noise * noise
  }
  if (isLeft(1)) return 1
  let low = 0
  let high = 1
  for (let step = 0; step < halvings; step++) {
    const middle = (low + high) / 2
    if (isLeft(middle)) low = middle
    else high = middle
  }
  return low
}
