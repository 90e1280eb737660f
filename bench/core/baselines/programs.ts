import { uniforms } from '../../../src/base/random.js'
import { gram } from '../../../src/kernel/gram.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import { normals } from '../../../src/wasm/scalar.js'

/** min w'Gw − 2c'w over the simplex or the cone. */
export interface Program {
  readonly kind: string
  readonly n: number
  readonly G: Float64Array
  readonly c: Float64Array
}

export const kinds = ['random', 'rank-deficient', 'duplicated', 'badly scaled'] as const

/** A seeded program of n variables; c is in the range of G, so that a minimum exists. */
export const program = (kind: (typeof kinds)[number], n: number, seed: number): Program => {
  const random = uniforms(seed * 7919 + 1)
  const rank = kind === 'rank-deficient' ? Math.max(1, Math.floor(n / 4)) : n
  const width = Math.min(rank, 400)
  const A = normals(seed, n * width)
  for (let i = 1; i < n; i++) {
    const scale = 10 ** (6 * random() - 3)
    const twin = Math.floor(random() * i)
    const doubled = random() < 0.5
    for (let k = 0; k < width; k++) {
      if (kind === 'duplicated' && doubled) A[i * width + k] = A[twin * width + k]
      if (kind === 'badly scaled') A[i * width + k] *= scale
    }
  }
  const t = normals(seed + 1, width).map((value) => Math.abs(value) + 0.1)
  const G = new Float64Array(n * n)
  const c = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const a = A.subarray(i * width, (i + 1) * width)
    for (let k = 0; k < width; k++) c[i] += a[k] * t[k]
    for (let j = 0; j <= i; j++) {
      const b = A.subarray(j * width, (j + 1) * width)
      let sum = 0
      for (let k = 0; k < width; k++) sum += a[k] * b[k]
      G[i * n + j] = G[j * n + i] = sum
    }
  }
  return { kind, n, G, c }
}

/** Weights for n points of a Gaussian mixture in ten dimensions: what a reduced set asks for. Positive definite. */
export const kernelProgram = (n: number, seed: number): Program => {
  const d = 10
  const Z = { rows: n, columns: d, data: normals(seed, n * d) }
  const X = { rows: 1000, columns: d, data: normals(seed + 1, 1000 * d).map((value) => 0.8 * value) }
  const kernel = gaussian(0.1)
  const cross = gram(Z, X, kernel).data
  const c = Float64Array.from({ length: n }, (_, i) => {
    let sum = 0
    for (let s = 0; s < 1000; s++) sum += cross[i * 1000 + s]
    return sum / 1000
  })
  return { kind: 'kernel', n, G: gram(Z, undefined, kernel).data as Float64Array, c }
}

/**
 * The largest violation of the optimality conditions once the diagonal of G is scaled to 1 (u = √G_ii w), in units of the
 * largest scaled |c|: sign and sum of the weights (primal), sign and complementarity of the gradient (dual).
 */
export const residual = ({ n, G, c }: Program, w: Float64Array, simplex: boolean): number => {
  const scale = Float64Array.from({ length: n }, (_, i) => Math.sqrt(G[i * n + i]) || 1)
  const g = Float64Array.from({ length: n }, (_, i) => {
    let sum = -c[i]
    for (let j = 0; j < n; j++) sum += G[i * n + j] * w[j]
    return sum
  })
  const lambda = simplex ? g.reduce((sum, value, i) => sum + value * w[i], 0) : 0
  const unit = Math.max(...c.map((value, i) => Math.abs(value) / scale[i]), 1e-300)
  let worst = simplex ? Math.abs(w.reduce((sum, value) => sum + value, 0) - 1) : 0
  for (let i = 0; i < n; i++) {
    const slack = (g[i] - lambda) / scale[i] / unit
    worst = Math.max(worst, -w[i], w[i] > 0 ? Math.abs(slack) : -slack)
  }
  return worst
}
