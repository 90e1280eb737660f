import { ValueError } from '../../../src/base/error.js'
import type { Matrix } from '../../../src/base/matrix.js'
import { choleskySolve } from '../../../src/qp/cholesky.js'

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]

/**
 * The plainer belief: losses as a Gaussian process with the kernel v·exp(−D²/2ℓ²) on functional distances, ℓ their median,
 * v and the mean those of the anchors' answers. Returns the expected losses of all.
 */
export const kernelOnDistances = (
  D: Matrix,
  at: readonly number[],
  y: readonly number[],
  noise: readonly number[],
): Float64Array => {
  const size = D.rows
  const pairs: number[] = []
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) pairs.push(D.data[i * size + j])
  const length = median(pairs)
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length
  const usual = noise.reduce((sum, value) => sum + value, 0) / y.length
  const squares = y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, y.length - 1)
  const variance = Math.max(squares - usual, squares / 1000, 1e-12)
  const k = (i: number, j: number): number =>
    variance * (1 + Math.exp(-(D.data[i * size + j] ** 2) / (2 * length * length)))
  const data = Float64Array.from({ length: at.length ** 2 }, (_, p) => {
    const [a, b] = [Math.floor(p / at.length), p % at.length]
    return k(at[a], at[b]) + (a === b ? noise[a] : 0)
  })
  const right = Float64Array.from(y, (value) => value - mean)
  // No Hilbert space need hold these distances: the kernel may have to be lifted to become positive definite.
  for (const lift of [0, 1e-6, 1e-3, 1e-2, 0.1, 1, 10]) {
    try {
      const alpha = choleskySolve({ rows: at.length, columns: at.length, data }, right, { ridge: lift * variance })
      return Float64Array.from({ length: size }, (_, i) => at.reduce((sum, a, p) => sum + k(i, a) * alpha[p], mean))
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
    }
  }
  return new Float64Array(size).fill(mean)
}
