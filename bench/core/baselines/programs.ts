import { uniforms } from '../../../src/base/random.js'
import { gram } from '../../../src/kernel/gram.js'
import { gaussian, linear } from '../../../src/kernel/kernel.js'
import { normals } from '../../../src/wasm/scalar.js'

/** min w'Gw − 2c'w over the simplex or the cone. */
export interface Program {
  readonly kind: string
  readonly n: number
  readonly G: Float64Array
  readonly c: Float64Array
}

/** Kinds of programs; `random` and `badly scaled` ones have full rank. */
export const kinds = ['random', 'rank-deficient', 'duplicated', 'badly scaled'] as const

/** G = A·A' has the rank of A: of so many columns, and not of more than its distinct rows. */
const columnsOf = (kind: (typeof kinds)[number], n: number): number =>
  kind === 'rank-deficient' ? Math.max(1, Math.floor(n / 4)) : Math.ceil(1.25 * n)

/** A seeded program of n variables with the rank of its G; c is in the range of G, so that a minimum exists. */
export const program = (kind: (typeof kinds)[number], n: number, seed: number): Program & { readonly rank: number } => {
  const random = uniforms(seed * 7919 + 1)
  const width = columnsOf(kind, n)
  const A = normals(seed, n * width)
  let distinct = n
  for (let i = 1; i < n; i++) {
    const row = A.subarray(i * width, (i + 1) * width)
    const scale = 10 ** (6 * random() - 3)
    const twin = Math.floor(random() * i)
    if (kind === 'duplicated' && random() < 0.5) {
      row.set(A.subarray(twin * width, (twin + 1) * width))
      distinct--
    }
    if (kind === 'badly scaled') for (let k = 0; k < width; k++) row[k] *= scale
  }
  const t = normals(seed + 1, width).map((value) => Math.abs(value) + 0.1)
  const G = gram({ rows: n, columns: width, data: A }, undefined, linear()).data as Float64Array
  const c = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < width; k++) c[i] += A[i * width + k] * t[k]
    for (let j = 0; j < i; j++) G[j * n + i] = G[i * n + j]
  }
  return { kind, n, G, c, rank: Math.min(distinct, width) }
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

/** How far weights are from the optimality conditions, in units of the largest scaled |c|. */
export interface Residual {
  /** Of the signs of the weights, and of their sum on the simplex. */
  readonly primal: number
  /** Of the gradient: its size where a weight is not 0, its sign elsewhere. */
  readonly dual: number
}

/** The largest violations of the optimality conditions once the diagonal of G is scaled to 1, u = √G_ii w. */
export const residual = ({ n, G, c }: Program, w: Float64Array, simplex: boolean): Residual => {
  const scale = Float64Array.from({ length: n }, (_, i) => Math.sqrt(G[i * n + i]) || 1)
  const g = Float64Array.from({ length: n }, (_, i) => {
    let sum = -c[i]
    for (let j = 0; j < n; j++) sum += G[i * n + j] * w[j]
    return sum
  })
  const lambda = simplex ? g.reduce((sum, value, i) => sum + value * w[i], 0) : 0
  const unit = Math.max(...c.map((value, i) => Math.abs(value) / scale[i]), 1e-300)
  let primal = simplex ? Math.abs(w.reduce((sum, value) => sum + value, 0) - 1) : 0
  let dual = 0
  for (let i = 0; i < n; i++) {
    const slack = (g[i] - lambda) / scale[i] / unit
    primal = Math.max(primal, (-w[i] * scale[i]) / unit)
    dual = Math.max(dual, w[i] !== 0 ? Math.abs(slack) : -slack)
  }
  return { primal, dual }
}
