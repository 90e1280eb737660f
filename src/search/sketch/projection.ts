import { whole } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import { type Matrix, matrix, takeRows } from '../../base/matrix.js'
import { permutation, uniforms } from '../../base/random.js'
import { centred } from '../../kernel/centre.js'
import { gram } from '../../kernel/gram.js'
import type { Kernel } from '../../kernel/kernel.js'
import { centredPoints } from '../../kernel/range.js'
import { dot } from '../../qp/lbfgs.js'
import { backSubstitute, choleskyFactor, forwardSubstitute } from '../../qp/triangular.js'
import type { Embedding } from '../../rkme/embedding.js'
import { evaluate, evaluateAt } from '../../rkme/evaluate.js'
import { inner } from '../../rkme/mmd.js'
import { clusterCentres, seedPoints } from '../../rkme/solver/start.js'
import { comparable, joined } from '../products.js'
import { headLength, type Sketch } from './code.js'
import { leadingSubspace, rotation, timesTransposed } from './subspace.js'

/**
 * A contraction of the RKHS into ℝᴰ, z = W(Φ − μ) = map · c(Φ) − offset with c(Φ)_l = Φ(basis_l), where μ = Σ_l mean_l k(basis_l, ·)
 * (ALGORITHMS 15.1). A rest r = √(‖Φ − μ‖² − ‖z‖²) beside z makes a *sketch* y = (z, r), for which ‖y_a − y_b‖ ≤ MMD.
 */
export interface Projection {
  readonly kernel: Kernel
  /** D. */
  readonly dimension: number
  /** M × d. */
  readonly basis: Matrix
  /** D × M. */
  readonly map: Float64Array
  readonly mean: Float64Array
  /** Wμ. */
  readonly offset: Float64Array
  /** ‖μ‖². */
  readonly meanSquared: number
}

const sampled = 1024
const sampledPoints = 8192
const lloydRounds = 3
const jitter = 1e-8

/**
 * The projection for the embeddings of an island, from a seeded sample of at most 1,024: `basis` points by k-means over the
 * sample's reduced points (all of them where they are no more; points themselves for kernels with categories), and the
 * leading principal directions of the sample around its mean. `dimension` is a multiple of 32.
 * @throws RangeError where there are no embeddings or the sizes make no sense.
 */
export const fitProjection = (
  embeddings: readonly Embedding[],
  { dimension = 128, basis: most = 512, seed = 1 }: { dimension?: number; basis?: number; seed?: number } = {},
): Projection => {
  if (embeddings.length === 0) throw new ValueError('"embeddings" expected at least one embedding, got none', 'shape')
  if (whole(dimension, 'dimension', 64, 256) % headLength !== 0) {
    throw new ValueError(`"dimension" expected a multiple of ${headLength}, got ${dimension}`)
  }
  whole(most, 'basis', 1, 4096)
  const random = uniforms(seed)
  const chosen = permutation(random, embeddings.length, Math.min(sampled, embeddings.length)).sort()
  const sample = Array.from(chosen, (i) => embeddings[i])
  const { kernel } = sample[0]
  const basis = basisPoints(sample, most, random)
  const M = basis.rows
  const K = gram(basis, undefined, kernel) as Matrix & { data: Float64Array }
  let trace = 0
  for (let i = 0; i < M; i++) trace += K.data[i * M + i]
  const factor = choleskyFactor(K, (jitter * Math.max(trace, Number.MIN_VALUE)) / M)
  const { features, average } = centredFeatures(sample, basis, factor)
  const rank = Math.min(dimension, M)
  const leading = leadingSubspace(timesTransposed(features, features), rank, seed)
  const map = mapOf(rotated(leading, rank, M, seed), rank, factor, K, dimension)
  const mean = average.slice()
  backSubstitute(factor, M, mean)
  const withBasis = timesTransposed(matrix(mean, 1, M), K).data
  return {
    kernel,
    dimension,
    basis,
    map,
    mean,
    offset: timesTransposed(matrix(map, dimension, M), matrix(withBasis, 1, M)).data,
    meanSquared: dot(mean, withBasis),
  }
}

const basisPoints = (sample: readonly Embedding[], most: number, random: () => number): Matrix => {
  const points = joined(sample)
  if (points.rows <= most) return points
  const rows = permutation(random, points.rows, Math.min(sampledPoints, points.rows)).sort()
  const every = sample.flatMap(({ weights }) => Array.from(weights, (weight) => Math.max(weight, 0)))
  const weights = Float64Array.from(rows, (i) => every[i])
  const taken = takeRows(points, rows)
  return sample[0].kernel.kind === 'gaussian'
    ? clusterCentres(taken, most, lloydRounds, random, weights)
    : seedPoints(taken, most, random, weights)
}

/** L⁻¹c(Φ) of every embedding of the sample around their average: M × sample. */
const centredFeatures = (
  sample: readonly Embedding[],
  basis: Matrix,
  factor: Float64Array,
): { features: Matrix; average: Float64Array } => {
  const M = basis.rows
  const S = sample.length
  const features = new Float64Array(M * S)
  sample.forEach((embedding, s) => {
    const values = evaluate(embedding, basis)
    for (let l = 0; l < M; l++) features[l * S + s] = values[l]
  })
  forwardSubstitute(factor, M, features)
  const average = new Float64Array(M)
  for (let l = 0; l < M; l++) {
    for (let s = 0; s < S; s++) average[l] += features[l * S + s]
    average[l] /= S
    for (let s = 0; s < S; s++) features[l * S + s] -= average[l]
  }
  return { features: matrix(features, M, S), average }
}

/** The head among itself and the tail among itself turned at random: coordinates of one size lose least as int8. */
const rotated = (rows: Float64Array, count: number, n: number, seed: number): Float64Array => {
  const result = new Float64Array(rows.length)
  for (const [start, end] of [
    [0, Math.min(headLength, count)],
    [headLength, count],
  ]) {
    const size = end - start
    if (size <= 0) continue
    const turn = rotation(size, seed + 1 + start)
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const factor = turn[i * size + j]
        for (let k = 0; k < n; k++) result[(start + i) * n + k] += factor * rows[(start + j) * n + k]
      }
    }
  }
  return result
}

/** A = V L⁻¹, scaled so that A K Aᵀ ≼ I whatever rounding did (Gershgorin), with rows of zeros up to the dimension. */
const mapOf = (V: Float64Array, rank: number, factor: Float64Array, K: Matrix, dimension: number): Float64Array => {
  const M = K.rows
  const solved = new Float64Array(M * rank)
  for (let i = 0; i < rank; i++) for (let k = 0; k < M; k++) solved[k * rank + i] = V[i * M + k]
  backSubstitute(factor, M, solved)
  const map = new Float64Array(dimension * M)
  for (let i = 0; i < rank; i++) for (let k = 0; k < M; k++) map[i * M + k] = solved[k * rank + i]
  const A = matrix(map, dimension, M)
  const T = timesTransposed(timesTransposed(A, K), A).data
  let largest = 1
  for (let i = 0; i < dimension; i++) {
    let sum = 0
    for (let j = 0; j < dimension; j++) sum += Math.abs(T[i * dimension + j])
    largest = Math.max(largest, sum)
  }
  const scale = 1 / Math.sqrt(largest * (1 + 1e-9))
  for (let i = 0; i < map.length; i++) map[i] *= scale
  return map
}

// Relative to ‖Φ‖² + ‖μ‖²: what the conditioning of K, 1/jitter, leaves of f64 in squares.
const rounding = 1e-10

/**
 * The sketch of an embedding.
 * @throws MarketError `incompatible` where its kernel or dimension differs.
 */
export const project = (projection: Projection, embedding: Embedding): Sketch => {
  const { kernel, dimension, basis, map, mean, offset, meanSquared } = projection
  comparable({ kernel, points: basis }, embedding)
  const { origin, points } = placed(projection)
  const own = centred(embedding.points, origin, 'f64')
  const values = evaluateAt(points, own, embedding.weights, kernel)
  const z = new Float64Array(dimension)
  for (let i = 0, at = 0; i < dimension; i++) {
    let sum = -offset[i]
    for (let l = 0; l < basis.rows; l++) sum += map[at++] * values[l]
    z[i] = sum
  }
  const squared = inner(embedding, embedding)
  const withMean = dot(mean, values)
  return { z, ...restOf(squared - 2 * withMean + meanSquared - dot(z, z), squared + meanSquared), squared, withMean }
}

const placements = new WeakMap<Projection, { origin: Float64Array; points: Matrix }>()

/** The basis around its own origin, made once: sketches are many. */
const placed = (projection: Projection): { origin: Float64Array; points: Matrix } => {
  const known = placements.get(projection)
  if (known) return known
  const made = centredPoints(projection.basis, projection.kernel)
  placements.set(projection, made)
  return made
}

/** √ of a square that rounding may have changed by 1e-10 of `size`, and how much that changes the root at most. */
export const restOf = (square: number, size: number): { rest: number; doubt: number } => {
  const change = rounding * Math.abs(size)
  const rest = Math.sqrt(Math.max(0, square))
  return { rest, doubt: Math.min(Math.sqrt(change), rest > 0 ? change / rest : Number.POSITIVE_INFINITY) }
}
