import { type Matrix, matrix } from '../../base/matrix.js'
import { gram } from '../../kernel/gram.js'
import { dot } from '../../qp/lbfgs.js'
import { quadratic } from '../../qp/quadratic.js'
import type { Embedding } from '../../rkme/embedding.js'
import { whitened } from '../../rkme/resolvent.js'
import { joined } from '../products.js'
import type { Misfit } from './decision.js'

/** A known job in a task: an embedding with its weight in a cone fit. */
export interface KnownPart {
  readonly weight: number
  readonly embedding: Embedding
}

/**
 * How far a target lies from given parts in the metric of generalised least squares, and how far noise alone would put it:
 * ‖Φ_u − Σw_iΦ_i‖² and its expectation were there no difference (ratios near 1 mean that none can be shown).
 */
export const misfit = (target: Embedding, parts: readonly KnownPart[]): Misfit => {
  const embeddings = [target, ...parts.map(({ embedding }) => embedding)]
  const K = gram(joined(embeddings), undefined, target.kernel)
  const weights = parts.map(({ weight }) => weight)
  const { rho, lambda } = spread(embeddings, weights)
  const W = whitened(K, rho, lambda)
  const difference = new Float64Array(K.rows)
  measuresOf(embeddings).forEach(({ start, weights: beta }, i) => {
    const factor = i === 0 ? 1 : -weights[i - 1]
    beta.forEach((value, j) => {
      difference[start + j] = factor * value
    })
  })
  const whole = { start: 0, weights: difference }
  return { left: product(apply(W, whole), whole), noise: trace(rho, W) }
}

export const sum = (values: ArrayLike<number>, start = 0): number => {
  let result = start
  for (let i = 0; i < values.length; i++) result += values[i]
  return result
}

/** Weights on points that begin at `start` among all points. */
export interface Measure {
  readonly start: number
  readonly weights: Float64Array
}

export const measuresOf = (embeddings: readonly Embedding[]): Measure[] => {
  let start = 0
  return embeddings.map(({ weights }) => {
    start += weights.length
    return { start: start - weights.length, weights }
  })
}

/** Variance of all weights under sampling, and the squared reduction errors: the covariance of Φ_u − Σ w_i Φ_i. */
export const spread = (embeddings: readonly Embedding[], weights: readonly number[]) => {
  const rho: number[] = []
  let lambda = 0
  embeddings.forEach(({ weights: beta, samples, error }, i) => {
    const factor = i === 0 ? 1 : weights[i - 1] * weights[i - 1]
    lambda += factor * error * error
    for (const value of beta) rho.push((factor * Math.max(0, value)) / samples)
  })
  // Embeddings whose error was never measured, or is 0, still have points in place of rows.
  const least = 1e-3 * sum(rho)
  return { rho, lambda: Math.max(lambda, least) }
}

/** What noise makes of a squared distance: Σ_a ρ_a W_aa. */
export const trace = (rho: readonly number[], W: Matrix): number =>
  rho.reduce((total, variance, a) => total + variance * W.data[a * W.rows + a], 0)

/** W μ at all points. */
export const apply = (W: Matrix, { start, weights }: Measure): Float64Array => {
  const result = new Float64Array(W.rows)
  for (let i = 0; i < W.rows; i++) result[i] = dot(weights, W.data.subarray(i * W.rows + start) as Float64Array)
  return result
}

export const product = (values: Float64Array, { start, weights }: Measure): number =>
  dot(weights, values.subarray(start))

export interface Fit {
  readonly weights: readonly number[]
  /** Squared distance that is left, in the metric W. */
  readonly left: number
}

/** The cone fit of the first measure by the others in the metric W. */
export const fitted = ([own, ...others]: readonly Measure[], W: Matrix): Fit => {
  const n = others.length
  const G = new Float64Array(n * n)
  const c = new Float64Array(n)
  others.forEach((a, i) => {
    const values = apply(W, a)
    c[i] = product(values, own)
    for (let j = i; j < n; j++) G[i * n + j] = G[j * n + i] = product(values, others[j])
  })
  const { weights, objective } = quadratic(matrix(G, n, n), c, { constraint: 'cone' })
  return { weights: Array.from(weights), left: product(apply(W, own), own) + objective }
}
