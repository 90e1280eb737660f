import { options as checkOptions, lengthOf, oneOf, whole } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import { type Matrix, type Samples, samples, takeRows } from '../../base/matrix.js'
import { uniforms } from '../../base/random.js'
import { gammaByDimension } from '../../kernel/bandwidth.js'
import { checkColumns, discreteColumns, isNormalised } from '../../kernel/form.js'
import { checkKernel, gaussian, type Kernel, nameOf } from '../../kernel/kernel.js'
import { curvature } from '../../qp/lbfgs.js'
import { normals } from '../../wasm/scalar.js'
import type { Embedding } from '../embedding.js'
import { drive } from '../rows/driver.js'
import { descend, stateAt } from '../solver/descend.js'
import { momentsFrom } from '../solver/pilot.js'
import { fitWeights } from '../solver/projection.js'
import { clusterCentres } from '../solver/start.js'
import { heaviestPoints } from '../solver/warm.js'
import { type Basis, basisOf, coordinates, expansion } from './basis.js'
import { gaussianSigma } from './gaussian-mechanism.js'
import { secureNormals } from './secure.js'

/** Options of {@link privateEmbedding}. None of them may be chosen by looking at the rows. */
export interface PrivateOptions {
  /** Points b × d that carry the noise: a grid, or rows of a public set. Few points bring little noise, many little bias. */
  readonly basis: Samples
  /** ε, above 0. Up to 1 is strong; above 10 protects nobody. */
  readonly epsilon: number
  /** δ, below 1/m. */
  readonly delta: number
  /** Gaussian with gamma = 1/(4d) by default; another one must have k(x, x) = 1, which bounds what a row can do. */
  readonly kernel?: Kernel
  /** Points at most; without it, those basis points that receive weight. */
  readonly size?: number
  /** Of the weights: at least 0, and summing to 1 on the simplex. */
  readonly constraint?: 'simplex' | 'cone'
  /** For tests alone: makes the noise repeatable, so that nothing is private. */
  readonly seed?: number
}

/** What {@link privateEmbedding} releases. */
export interface PrivateEmbedding {
  /** Its `error` and `floor` are NaN: both would tell of the rows. */
  readonly embedding: Embedding
  /** What this release spends. A further one of the same rows spends as much again: ε and δ add up. */
  readonly epsilon: number
  readonly delta: number
  /** Standard deviation of the noise on every coordinate. */
  readonly sigma: number
  /** True where a seed made the noise, which protects nothing. */
  readonly seeded: boolean
}

const iterations = 100
const rounds = 3

/**
 * A reduced embedding that tells hardly more with a row than with another in its place: (ε, δ)-differential privacy by the
 * Gaussian mechanism. The empirical embedding of X (m × d) is projected onto span{k(t_l, ·)} of the basis; its coordinates
 * in an orthonormal basis receive normal noise of the smallest σ that suffices for a change of 2/m (Balle & Wang 2018). All that
 * follows sees the noisy element alone: the best weights on the basis points, and where these are more than `size`, fewer
 * points moved to fit it.
 *
 * It protects against replacing one row, with m known to all. Basis, kernel, size and the scaling of the columns must not
 * depend on the rows, which no function can check. The noise comes from the platform's cryptographic generator; that it is
 * rounded to f64 is not accounted for. Source: Balog, Tolstikhin & Schölkopf 2018, from memory.
 * @throws RangeError where ε or δ is out of range, δ ≥ 1/m, the basis is X itself, k(x, x) is not 1, or an option is none of these.
 */
export const privateEmbedding = (X: Samples, options: PrivateOptions): PrivateEmbedding => {
  checkOptions(options, 'options', ['basis', 'epsilon', 'delta', 'kernel', 'size', 'constraint', 'seed'])
  const { epsilon, delta, seed } = options
  const rows = samples(X, 'X')
  const points = samples(options.basis, 'basis')
  lengthOf({ length: points.columns }, 'basis columns', rows.columns)
  if (options.basis === X || overlap(points.data, rows.data)) {
    throw new ValueError('"basis" expected points chosen without the rows, got the rows; take a grid or a public set')
  }
  const kernel = options.kernel ? checkKernel(options.kernel) : gaussian(gammaByDimension(rows.columns))
  if (!isNormalised(kernel)) {
    throw new ValueError(
      `"kernel" expected one with k(x, x) = 1, got ${nameOf(kernel)}, under which one row may weigh anything`,
    )
  }
  checkColumns(kernel, rows, 'X')
  checkColumns(kernel, points, 'basis')
  const constraint = oneOf(options.constraint ?? 'simplex', 'constraint', ['simplex', 'cone'])
  const size = options.size === undefined ? undefined : whole(options.size, 'size', 1)
  const sigma = gaussianSigma(2 / rows.rows, epsilon, delta)
  if (delta * rows.rows >= 1) {
    throw new ValueError(
      `"delta" expected less than 1/${rows.rows}, got ${delta}; at 1/m and above publishing a row would count as private`,
    )
  }
  const basis = basisOf(points, kernel)
  const released = coordinates(rows, basis)
  const noise = seed === undefined ? secureNormals(points.rows) : normals(whole(seed, 'seed'), points.rows)
  for (let l = 0; l < released.length; l++) released[l] += sigma * noise[l]
  return {
    embedding: {
      ...fitted(basis, released, constraint, size),
      samples: rows.rows,
      error: Number.NaN,
      floor: Number.NaN,
    },
    epsilon,
    delta,
    sigma,
    seeded: seed !== undefined,
  }
}

const overlap = (a: Matrix['data'], b: Matrix['data']): boolean =>
  a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength

/** Points and weights near the element with these coordinates. It sees no rows. */
const fitted = (
  basis: Basis,
  released: Float64Array,
  constraint: 'simplex' | 'cone',
  size: number | undefined,
): Pick<Embedding, 'kernel' | 'points' | 'weights'> => {
  const { kernel, points: t, centre } = basis
  const ask = momentsFrom(t, expansion(released, basis), kernel, true)
  const { correlations } = drive(ask(t, false), t)
  const { weights: onBasis, objective } = fitWeights(t, correlations, kernel, constraint)
  let { points, weights } = withWeight(t, onBasis)
  if (size !== undefined && points.rows > size) {
    const start =
      discreteColumns(kernel).length > 0
        ? heaviestPoints({ points, weights }, size)
        : clusterCentres(points, size, rounds, uniforms(0), weights)
    // Nearer to the noisy element than the best weights on the basis are, it would follow the noise.
    const settings = { kernel, constraint, iterations, tolerance: 1e-4, target: objective }
    const begun = drive(stateAt(start, ask, kernel, constraint), t)
    const best = drive(descend(begun, ask, { ...settings, curvature: curvature(10) }), t)
    ;({ points, weights } = withWeight(best.points, best.weights))
  }
  const data = Float64Array.from(points.data, (value, i) => value + centre[i % points.columns])
  return { kernel, points: { ...points, data }, weights }
}

/** Without the points that have no weight; all of them where none has any. */
const withWeight = (points: Matrix, weights: Float64Array): { points: Matrix; weights: Float64Array } => {
  const kept: number[] = []
  for (let j = 0; j < weights.length; j++) if (weights[j] > 0) kept.push(j)
  if (kept.length === 0 || kept.length === weights.length) return { points, weights }
  return { points: takeRows(points, kept), weights: Float64Array.from(kept, (j) => weights[j]) }
}
