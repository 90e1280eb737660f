import { finite, whole } from '../../base/check.js'
import { type Matrix, matrix } from '../../base/matrix.js'
import { gram } from '../../kernel/gram.js'
import { quadratic } from '../../qp/quadratic.js'
import type { Embedding } from '../../rkme/embedding.js'
import { whitened } from '../../rkme/resolvent.js'
import { normals } from '../../wasm/scalar.js'
import { joined } from '../products.js'
import type { UnseenShare } from './decision.js'
import {
  apply,
  type Fit,
  fitted,
  type KnownPart,
  type Measure,
  measuresOf,
  product,
  spread,
  sum,
  trace,
} from './misfit.js'

/** Options of {@link unseenShare}. */
export interface UnseenOptions {
  readonly seed?: number
  /** Resamplings behind the standard error. */
  readonly draws?: number
}

/**
 * The share of a target that none of its known parts ({@link knownParts}) covers (ALGORITHMS 4.1), from embeddings alone, by
 * two estimates in the metric of generalised least squares ({@link whitened}), where parts that the kernel blurs stand apart:
 * - from below 1 − Σw of the cone fit: what a new job has in common with known ones is taken for known;
 * - from above by kernel mixture-proportion estimation (KM of Ramaswamy, Scott & Tewari 2016, its idea; the rule is ours):
 *   e(s) is the least of ‖Φ_u − Σw_iΦ_i − Σ_a β_a k(a, ·)‖² over w, β ≥ 0 with Σw = s, the a on the target's points, for a known
 *   share s. Beyond the true share √(e − f/2) rises in a line, whose zero is taken from e = 2f and 6f, with f the e that noise
 *   alone makes; `high` takes it from f/2 and 2f, and is at least as far above the second estimate as the first is below it.
 * `share` is the second, below 0.2 drawn towards the first (so small it is found too large: measured), or the first where noise
 * explains its residual. Standard errors come from a parametric bootstrap of the first: two go to the lower end, three to the
 * upper, enlarged as the second estimate enlarges the first. Of 1,850 answers on jobs 2 to 6 standard deviations apart two
 * truths lay above `high`, by 0.002 at most, none below `low`: a new job that overlaps known ones is seen as too small. One
 * without any part of its own, lying wholly inside known ones, cannot be told from them by any method.
 */
export const unseenShare = (
  target: Embedding,
  parts: readonly KnownPart[],
  options: UnseenOptions = {},
): UnseenShare => {
  const { share, low, high } = unseenFit(target, parts, options)
  return { share, low, high }
}

/** {@link unseenShare} with the shares of the known parts, which add up to 1 − share. */
export const unseenFit = (
  target: Embedding,
  parts: readonly KnownPart[],
  { seed = 1, draws = 40 }: UnseenOptions = {},
): UnseenShare & { readonly weights: readonly number[] } => {
  whole(draws, 'draws', 2)
  finite(seed, 'seed')
  const all = { share: 1, low: 1, high: 1, weights: parts.map(() => 0) }
  if (parts.length === 0) return all
  const embeddings = [target, ...parts.map(({ embedding }) => embedding)]
  const K = gram(joined(embeddings), undefined, target.kernel)
  const measures = measuresOf(embeddings)
  let fit: Fit = { weights: parts.map(({ weight }) => weight), left: 0 }
  let W = K
  let noise = 0
  for (let round = 0; round < rounds; round++) {
    const { rho, lambda } = spread(embeddings, fit.weights)
    W = whitened(K, rho, lambda)
    noise = trace(rho, W)
    fit = fitted(measures, W)
  }
  const known = sum(fit.weights)
  if (!(known > 0)) return all
  const covered = profile(measures, W, noise)
  const error = deviation(resampled(embeddings, W, seed, draws))
  const below = clamp(1 - known)
  const isExplained = fit.left <= 2 * noise
  const above = clamp(1 - covered(2, 6, 0.5))
  const trust = Math.min(1, above / small)
  const share = isExplained ? below : clamp(below + trust * (above - below))
  const high = Math.max(share, 1 - covered(0.5, 2, 0.3), 2 * above - below)
  const enlarged = below > 0 ? Math.min(mostEnlarged, Math.max(1, high / below)) : mostEnlarged
  return {
    share,
    low: isExplained ? 0 : clamp((1 - slack) * Math.min(share, below) - 2 * error),
    high: clamp((1 + slack) * high + 3 * enlarged * error),
    weights: fit.weights.map((weight) => (weight * (1 - share)) / known),
  }
}

/** What KM finds too little of a new job that overlaps known ones, and what few points lose of a small known one. */
const slack = 0.05

/** Smaller shares than this are found too large from above, the more so the smaller they are. */
const small = 0.2

/** Of the first estimate's standard error: where it sees hardly anything, its ratio to the second says nothing. */
const mostEnlarged = 3

const rounds = 3

const clamp = (value: number): number => Math.min(1, Math.max(0, value))

const deviation = (values: readonly number[]): number => {
  const mean = sum(values) / values.length
  return Math.sqrt(sum(values.map((value) => (value - mean) * (value - mean))) / (values.length - 1))
}

const halvings = 12

/**
 * The known share by extrapolation: with s(t) the largest Σw that leaves e ≤ t · noise over w, β ≥ 0, the place where the line
 * of √(e − floor · noise) through s(low) and s(high) is 0. A price τ on the known mass traces that edge: the w of least e − τ Σw.
 */
const profile = ([own, ...others]: readonly Measure[], W: Matrix, noise: number) => {
  const n = own.weights.length
  const size = n + others.length
  const target = apply(W, own)
  const Q = new Float64Array(size * size)
  const c = new Float64Array(size)
  for (let a = 0; a < n; a++) {
    c[a] = target[a]
    Q.set(W.data.subarray(a * W.rows, a * W.rows + n), a * size)
  }
  others.forEach((part, i) => {
    const values = apply(W, part)
    for (let a = 0; a < n; a++) Q[a * size + n + i] = Q[(n + i) * size + a] = values[a]
    for (let j = i; j < others.length; j++) {
      Q[(n + i) * size + n + j] = Q[(n + j) * size + n + i] = product(values, others[j])
    }
    c[n + i] = product(values, own)
  })
  const squared = product(target, own)
  const G = matrix(Q, size, size)
  const at = (price: number): { left: number; known: number } => {
    const priced = c.map((value, i) => (i < n ? value : value + price / 2))
    const { weights, objective } = quadratic(G, priced, { constraint: 'cone' })
    const known = sum(weights.subarray(n))
    return { left: squared + objective + price * known, known }
  }
  const largest = (bound: number): number => {
    let low = 0
    let high = bound * noise
    let found = at(high)
    for (let step = 0; step < 40 && found.left <= bound * noise; step++) {
      low = high
      high *= 2
      found = at(high)
    }
    for (let step = 0; step < halvings; step++) {
      const middle = (low + high) / 2
      if (at(middle).left <= bound * noise) low = middle
      else high = middle
    }
    return at(low).known
  }
  return (low: number, high: number, floor: number): number => {
    const near = Math.sqrt(low - floor)
    const far = Math.sqrt(high - floor)
    return (largest(low) * far - largest(high) * near) / (far - near)
  }
}

/**
 * Shares 1 − Σw* of fits to resampled embeddings, the target first. The weights of m rows on reduced points vary as
 * multinomial shares do, β* = β + √(β/m) z − β Σ√(β/m) z; their variance in the RKHS, (1 − ‖Φ‖²)/m, is that of the rows.
 */
const resampled = (embeddings: readonly Embedding[], W: Matrix, seed: number, draws: number): number[] => {
  const deviates = normals(seed, draws * W.rows)
  return Array.from({ length: draws }, (_, draw) => {
    const drawn = measuresOf(embeddings).map(({ start, weights }, i) => {
      const z = deviates.subarray(draw * W.rows + start, draw * W.rows + start + weights.length)
      return { start, weights: multinomial(embeddings[i], z) }
    })
    return 1 - sum(fitted(drawn, W).weights)
  })
}

const multinomial = ({ weights, samples }: Embedding, z: Float64Array): Float64Array => {
  const noise = weights.map((weight, j) => Math.sqrt(Math.max(0, weight) / samples) * z[j])
  const common = sum(noise)
  return weights.map((weight, j) => Math.max(0, weight + noise[j] - weight * common))
}
