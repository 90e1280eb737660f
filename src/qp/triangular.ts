import { ValueError } from '../base/error.js'
import type { Matrix } from '../base/matrix.js'
import { withArena } from '../wasm/arena.js'
import { square } from './quadratic.js'

/**
 * The lower Cholesky factor L of A + ridge·I = LLᵀ (n × n, f64; only the lower triangle of A is read), zeros above.
 * @throws RangeError where A + ridge·I is not positive definite.
 */
export const choleskyFactor = (A: Matrix, ridge = 0): Float64Array => {
  const { rows: n, data } = square(A, 'A')
  const lower = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    lower.set(data.subarray(i * n, i * n + i + 1), i * n)
    lower[i * n + i] += ridge
  }
  return withArena((arena) => {
    const factor = arena.f64(lower)
    const failed = arena.core.cholesky(factor, n, 0, arena.bytes(arena.core.choleskyWorkspace(n)))
    if (failed > 0) {
      throw new ValueError(
        `"A" expected a positive definite matrix, got one whose pivot ${failed - 1} is not above 0; raise the ridge (now ${ridge})`,
      )
    }
    return arena.readF64(factor, n * n)
  })
}

/** B (n × columns, row-major) becomes L⁻¹B. */
export const forwardSubstitute = (L: Float64Array, n: number, B: Float64Array): void => {
  const columns = B.length / n
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) subtract(B, i * columns, L[i * n + k], k * columns, columns)
    divide(B, i * columns, L[i * n + i], columns)
  }
}

/** B (n × columns, row-major) becomes L⁻ᵀB. */
export const backSubstitute = (L: Float64Array, n: number, B: Float64Array): void => {
  const columns = B.length / n
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) subtract(B, i * columns, L[k * n + i], k * columns, columns)
    divide(B, i * columns, L[i * n + i], columns)
  }
}

const subtract = (B: Float64Array, to: number, factor: number, from: number, columns: number): void => {
  if (factor !== 0) for (let c = 0; c < columns; c++) B[to + c] -= factor * B[from + c]
}

const divide = (B: Float64Array, at: number, pivot: number, columns: number): void => {
  for (let c = 0; c < columns; c++) B[at + c] /= pivot
}
