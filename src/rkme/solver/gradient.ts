import type { Matrix } from '../../base/matrix.js'
import { power } from '../../kernel/form.js'
import type { Kernel } from '../../kernel/kernel.js'

/** Sums over rows at the points, in the form that the core takes them for a kernel. */
export interface Sums {
  readonly sums: ArrayLike<number>
  readonly vectors: ArrayLike<number>
}

/** gamma of every column where the kernel is exp(−Σ_k γ_k(x_k − z_k)²); 0 for categories. */
const gammas = (kernel: Kernel, columns: number): Float64Array | undefined => {
  if (kernel.kind === 'gaussian') return new Float64Array(columns).fill(kernel.gamma)
  if (kernel.kind !== 'product') return undefined
  return Float64Array.from(kernel.parts, (part) => (part.kind === 'numeric' ? part.gamma : 0))
}

const noise = 1e-14

/**
 * The gradient of β'K(z, z)β − 2β'c in the points: 2β_i [Σ_j β_j ∂k(z_j, z_i) − Σ_s a_s ∂k(x_s, z_i)], the derivative taken by z_i.
 * Gaussian and product: ∂k(x, z) = 2γ_k k(x, z)(x − z), 0 in categories; Laplacian: γ k(x, z) sign(x − z), with sign 0 = 0 the
 * middle of the subgradients at equal coordinates; polynomial: k'(x·z) x.
 */
export const pointGradient = (
  kernel: Kernel,
  points: Matrix,
  weights: ArrayLike<number>,
  { sums: c, vectors: v }: Sums,
  { sums: own, vectors: ownVectors }: Sums,
): Float64Array => {
  const { rows: n, columns: d, data } = points
  const gradient = new Float64Array(n * d)
  const gamma = gammas(kernel, d)
  const slope = kernel.kind === 'laplacian' ? 2 * kernel.gamma : 2
  for (let i = 0, at = 0; i < n; i++) {
    const excess = c[i] - own[i]
    for (let k = 0; k < d; k++, at++) {
      const pull = excess * data[at] - v[at] + ownVectors[at]
      // Of points far from the origin nothing may be left but what rounding makes: it must not lead the others.
      const isNoise = Math.abs(pull) <= noise * Math.abs(c[i] * data[at])
      gradient[at] = gamma
        ? 4 * gamma[k] * weights[i] * (isNoise ? 0 : pull)
        : slope * weights[i] * (ownVectors[at] - v[at])
    }
  }
  return gradient
}

/**
 * One over the curvature to expect in every coordinate of point i, 0 where it cannot move: 4γβ_i c_i of the Gaussian (one
 * step is a mean shift), 2γ²β_i c_i of the Laplacian, 2β_i² k'(z_i·z_i) of a polynomial.
 */
export const inverseCurvature = (
  kernel: Kernel,
  points: Matrix,
  weights: ArrayLike<number>,
  correlations: ArrayLike<number>,
): Float64Array => {
  const { rows: n, columns: d, data } = points
  const result = new Float64Array(n * d)
  const gamma = gammas(kernel, d)
  for (let i = 0; i < n; i++) {
    const weight = Math.abs(weights[i])
    if (gamma) {
      for (let k = 0; k < d; k++) {
        const curved = 4 * gamma[k] * weight * correlations[i]
        if (curved > 0) result[i * d + k] = 1 / curved
      }
      continue
    }
    let curved = 0
    if (kernel.kind === 'laplacian') curved = 2 * kernel.gamma * kernel.gamma * weight * correlations[i]
    else {
      let norm = 0
      for (let k = 0; k < d; k++) norm += data[i * d + k] * data[i * d + k]
      curved = 2 * weight * weight * power(kernel, norm, true)
    }
    if (curved > 0) result.fill(1 / curved, i * d, (i + 1) * d)
  }
  return result
}
