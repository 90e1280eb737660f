import { finite, whole } from '../base/check.js'
import { type Matrix, matrix } from '../base/matrix.js'
import { gram } from '../kernel/gram.js'
import { quadratic } from '../qp/quadratic.js'
import type { Embedding } from '../rkme/embedding.js'
import { normals } from '../wasm/scalar.js'
import { noiseFloor, type UnseenShare } from './decision.js'
import { frankWolfe, type MixtureOptions } from './mixture.js'
import { type Candidate, products, squaredNorm } from './products.js'

/** Options of {@link unseenShare}. */
export interface UnseenOptions {
  readonly seed?: number
  /** Resamplings behind the lower end. */
  readonly draws?: number
  /** Members of the fit; more than a shown mixture needs, since what is left out would count as unseen. */
  readonly support?: MixtureOptions['support']
  readonly decrease?: MixtureOptions['decrease']
}

interface Part {
  readonly weight: number
  readonly embedding: Embedding
}

/**
 * The share of a target that no candidate covers: 1 − Σw of the cone fit, from raw inner products (ALGORITHMS 2.2, 4.1).
 * A new job that overlaps known ones is partly taken for them, so the share errs downwards and the interval's two ends have
 * two sources. `low`: the 5% quantile of the share over resamplings of the rows that the reduced points stand for.
 * `high`: one minus the largest part of the fitted mixture that can be taken away from the target while a nonnegative
 * combination of points is left, within a fifth of the noise τ (the idea of KM, Ramaswamy, Scott and Tewari 2016; a larger
 * allowance finds too little unseen), or the 95% quantile where that is higher.
 */
export const unseenShare = (
  target: Embedding,
  candidates: readonly Candidate[],
  { seed = 1, draws = 40, support = 20, decrease = 0.01 }: UnseenOptions = {},
): UnseenShare => {
  whole(draws, 'draws', 1)
  finite(seed, 'seed')
  const { members } = frankWolfe(target, candidates, { support, decrease, least: 0 })
  if (members.length === 0) return { share: 1, low: 1, high: 1 }
  const parts = members.map(({ index, weight }) => ({ weight, embedding: candidates[index].embedding }))
  const known = mass(parts.map(({ weight }) => weight))
  const shares = resampled(target, parts, seed, draws)
  const share = clamp(1 - known)
  return {
    share,
    low: Math.min(share, clamp(shares[Math.floor(0.05 * draws)])),
    high: Math.max(share, clamp(shares[Math.ceil(0.95 * draws) - 1]), clamp(1 - known * removable(target, parts))),
  }
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value))

const mass = (weights: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < weights.length; i++) sum += weights[i]
  return sum
}

const gramOf = (parts: readonly Part[]): Matrix => {
  const n = parts.length
  const data = new Float64Array(n * n)
  parts.forEach((a, i) => {
    data[i * n + i] = squaredNorm(a.embedding)
    const rest = parts.slice(i + 1).map(({ embedding }) => embedding)
    products(a.embedding, rest).forEach((value, k) => {
      data[i * n + i + 1 + k] = data[(i + 1 + k) * n + i] = value
    })
  })
  return matrix(data, n, n)
}

/**
 * Rising shares 1 − Σw* of fits to resampled embeddings. The weights of `m` rows on reduced points vary as multinomial shares
 * do, β* = β + √(β/m) z − β Σ√(β/m) z: their variance (1 − ‖Φ‖²)/m in the RKHS is that of the rows' embedding.
 */
const resampled = (target: Embedding, parts: readonly Part[], seed: number, draws: number): number[] => {
  const embeddings = [target, ...parts.map(({ embedding }) => embedding)]
  const sizes = embeddings.map(({ weights }) => weights.length)
  const deviates = normals(seed, draws * mass(sizes))
  const shares: number[] = []
  let at = 0
  for (let draw = 0; draw < draws; draw++) {
    const [own, ...others] = embeddings.map((embedding) => {
      const z = deviates.subarray(at, at + embedding.weights.length)
      at += z.length
      return { ...embedding, weights: multinomial(embedding, z) }
    })
    const drawn = others.map((embedding) => ({ weight: 0, embedding }))
    const { weights } = quadratic(gramOf(drawn), products(own, others), { constraint: 'cone' })
    shares.push(1 - mass(weights))
  }
  return shares.sort((a, b) => a - b)
}

const multinomial = ({ weights, samples }: Embedding, z: Float64Array): Float64Array => {
  const noise = weights.map((weight, j) => Math.sqrt(Math.max(0, weight) / samples) * z[j])
  const common = mass(noise)
  return weights.map((weight, j) => Math.max(0, weight + noise[j] - weight * common))
}

const allowance = 0.2
const halvings = 12

/** The largest s in [0, 1] with min over β ≥ 0 of ‖Φ_u − s Σ w_i Φ_i − Σ_a β_a k(a, ·)‖ ≤ τ/5, a over all points of both. */
const removable = (target: Embedding, parts: readonly Part[]): number => {
  const noise = allowance * noiseFloor(target, parts)
  const points = joined([target, ...parts.map(({ embedding }) => embedding)])
  const G = gram(points, undefined, target.kernel)
  const own = new Float64Array(points.rows)
  const known = new Float64Array(points.rows)
  let at = 0
  for (const [vector, scale, { weights }] of [
    [own, 1, target] as const,
    ...parts.map(({ weight, embedding }) => [known, weight, embedding] as const),
  ]) {
    for (let j = 0; j < weights.length; j++, at++) {
      for (let i = 0; i < points.rows; i++) vector[i] += scale * weights[j] * G.data[i * points.rows + at]
    }
  }
  const cross = products(
    target,
    parts.map(({ embedding }) => embedding),
  )
  const H = gramOf(parts)
  let ownKnown = 0
  let knownKnown = 0
  parts.forEach(({ weight }, i) => {
    ownKnown += weight * cross[i]
    parts.forEach((other, j) => {
      knownKnown += weight * other.weight * H.data[i * parts.length + j]
    })
  })
  const isLeft = (s: number): boolean => {
    const c = own.map((value, i) => value - s * known[i])
    const { objective } = quadratic(G, c, { constraint: 'cone' })
    return squaredNorm(target) - 2 * s * ownKnown + s * s * knownKnown + objective <= noise * noise
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

const joined = (embeddings: readonly Embedding[]): Matrix => {
  const rows = embeddings.reduce((sum, { points }) => sum + points.rows, 0)
  const data = new Float64Array(rows * embeddings[0].points.columns)
  let offset = 0
  for (const { points } of embeddings) {
    data.set(points.data, offset)
    offset += points.data.length
  }
  return matrix(data, rows, embeddings[0].points.columns)
}
