import { finite, whole } from '../base/check.js'
import { type Matrix, matrix } from '../base/matrix.js'
import { gram } from '../kernel/gram.js'
import { quadratic } from '../qp/quadratic.js'
import type { Embedding } from '../rkme/embedding.js'
import { whitened } from '../rkme/resolvent.js'
import { normals } from '../wasm/scalar.js'
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
import { joined } from './products.js'

/** Options of {@link unseenShare}. */
export interface UnseenOptions {
  readonly seed?: number
  /** Resamplings behind the standard error. */
  readonly draws?: number
}

/** The cone fit whose members {@link unseenShare} takes: wider than a shown mixture, since what it leaves out would count as unseen. */
export const wideFit = { constraint: 'cone', support: 20, decrease: 0.01, least: 0 } as const

/**
 * The share of a target that no member of its cone fit ({@link wideFit}) covers (ALGORITHMS 4.1), from embeddings alone, by
 * two estimates in the metric of generalised least squares ({@link whitened}), where parts that the kernel blurs stand apart:
 * - from below 1 − Σw of the cone fit: what a new job has in common with known ones is taken for known;
 * - from above by kernel mixture-proportion estimation (KM of Ramaswamy, Scott & Tewari 2016, its idea; the rule is ours):
 *   e(s) is the least of ‖Φ_u − s Σw_iΦ_i/Σw − Σ_a β_a k(a, ·)‖² over β ≥ 0 on the target's points, for a known share s. Beyond the
 *   true share √(e − f/2) rises in a line, whose zero is taken from e = 2f and 6f, with f the e that noise alone makes;
 *   `high` takes it from f/2 and 2f.
 * `share` is three parts of the second and one of the first (measured: they err to opposite sides), or the first where noise
 * explains its residual. Two standard errors of a parametric bootstrap go to each end. A new job without any part of its
 * own, lying wholly inside known ones, cannot be told from them by any method.
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
  const covered = profile(measures, fit.weights, W, noise)
  const error = deviation(resampled(embeddings, W, seed, draws))
  const below = clamp(1 - known)
  const isExplained = fit.left <= 2 * noise
  const share = isExplained ? below : clamp((below + 3 * (1 - covered(2, 6, 0.5))) / 4)
  const high = Math.max(share, 1 - covered(0.5, 2, 0.3))
  return {
    share,
    low: isExplained ? 0 : clamp((1 - slack) * Math.min(share, below) - 2 * error),
    high: clamp((1 + slack) * high + 2 * error),
    weights: fit.weights.map((weight) => (weight * (1 - share)) / known),
  }
}

/** What KM finds too little of a new job that overlaps known ones, and what few points lose of a small known one. */
const slack = 0.05

const rounds = 3

const clamp = (value: number): number => Math.min(1, Math.max(0, value))

const deviation = (values: readonly number[]): number => {
  const mean = sum(values) / values.length
  return Math.sqrt(sum(values.map((value) => (value - mean) * (value - mean))) / (values.length - 1))
}

const halvings = 12

/**
 * The known share by extrapolation: with s(t) the largest s where e(s) ≤ t · noise, the place where the line of
 * √(e − floor · noise) through s(low) and s(high) is 0.
 */
const profile = ([own, ...others]: readonly Measure[], weights: readonly number[], W: Matrix, noise: number) => {
  const n = own.weights.length
  const known = sum(weights)
  const target = apply(W, own)
  const mixed = new Float64Array(W.rows)
  others.forEach((part, i) => {
    const values = apply(W, part)
    for (let a = 0; a < mixed.length; a++) mixed[a] += (weights[i] / known) * values[a]
  })
  const points = new Float64Array(n * n)
  for (let a = 0; a < n; a++) points.set(W.data.subarray(a * W.rows, a * W.rows + n), a * n)
  const Q = matrix(points, n, n)
  const squared = [
    product(target, own),
    product(mixed, own),
    others.reduce((total, part, i) => total + (weights[i] / known) * product(mixed, part), 0),
  ]
  const left = (s: number): number => {
    const c = Float64Array.from({ length: n }, (_, a) => target[a] - s * mixed[a])
    return squared[0] - 2 * s * squared[1] + s * s * squared[2] + quadratic(Q, c, { constraint: 'cone' }).objective
  }
  const largest = (bound: number): number => {
    let low = 0
    let high = 2
    for (let step = 0; step < halvings; step++) {
      const middle = (low + high) / 2
      if (left(middle) <= bound * noise) low = middle
      else high = middle
    }
    return low
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
