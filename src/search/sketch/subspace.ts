import { type Matrix, matrix } from '../../base/matrix.js'
import { gram } from '../../kernel/gram.js'
import { linear } from '../../kernel/kernel.js'
import { dot } from '../../qp/lbfgs.js'
import { normals } from '../../wasm/scalar.js'

const rounds = 12

/** X Zᵀ, f64. */
export const timesTransposed = (X: Matrix, Z: Matrix): Matrix & { data: Float64Array } =>
  gram(X, Z, linear()) as Matrix & { data: Float64Array }

/**
 * Orthonormal rows (count × n) that span nearly what the leading eigenvectors of a positive semidefinite C (n × n) do, in
 * the order of their eigenvalues: twelve rounds of subspace iteration from seeded rows. Any orthonormal rows make a sound
 * projection; those that explain more of C make a tighter one, so that it may stop early.
 */
export const leadingSubspace = (C: Matrix, count: number, seed: number): Float64Array => {
  const n = C.rows
  let trace = 0
  for (let i = 0; i < n; i++) trace += C.data[i * n + i]
  const shift = trace > 0 ? (1e-10 * trace) / n : 1
  let rows = normals(seed, count * n)
  orthonormalise(rows, n)
  for (let round = 0; round < rounds; round++) {
    // The shift keeps directions that C knows nothing of from vanishing.
    const next = timesTransposed(matrix(rows, count, n), C).data
    for (let i = 0; i < next.length; i++) next[i] += shift * rows[i]
    rows = next
    orthonormalise(rows, n)
  }
  return rows
}

/** Makes rows of length n orthonormal, in order, by modified Gram–Schmidt, twice: once leaves what rounding left. */
export const orthonormalise = (rows: Float64Array, n: number): void => {
  for (let i = 0; i < rows.length; i += n) {
    const own = rows.subarray(i, i + n)
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j += n) {
        const other = rows.subarray(j, j + n)
        const factor = dot(own, other)
        for (let k = 0; k < n; k++) own[k] -= factor * other[k]
      }
      const length = Math.sqrt(dot(own, own))
      for (let k = 0; k < n; k++) own[k] /= length
    }
  }
}

/** A random rotation (n × n) of a seed. */
export const rotation = (n: number, seed: number): Float64Array => {
  const rows = normals(seed, n * n)
  orthonormalise(rows, n)
  return rows
}
