import { finite, options } from '../base/check.js'
import { ValueError } from '../base/error.js'
import { isMatrix, type Matrix, type Samples, samples } from '../base/matrix.js'
import { type Arena, withArena } from '../wasm/arena.js'
import { log } from '../wasm/scalar.js'
import { finiteVector, square } from './quadratic.js'

/** What {@link choleskySolve} takes besides A and B. */
export interface CholeskyOptions {
  /** Added to the diagonal of A, ≥ 0. */
  readonly ridge?: number
}

/**
 * X in (A + ridge·I)X = B, by the Cholesky factor of A + ridge·I (n × n, f64; only the lower triangle of A is read);
 * B is a vector of length n or n × columns, and so is X.
 * @throws RangeError where A + ridge·I is not positive definite, or where shapes do not fit.
 */
export function choleskySolve(A: Samples, B: Float64Array, options?: CholeskyOptions): Float64Array
export function choleskySolve(A: Samples, B: Matrix, options?: CholeskyOptions): Matrix & { data: Float64Array }
export function choleskySolve(A: Samples, B: Matrix | Float64Array, given: CholeskyOptions = {}): unknown {
  const { ridge = 0 } = options(given, 'options', ['ridge'])
  finite(ridge, 'ridge', 0)
  const matrix = square(A, 'A')
  const n = matrix.rows
  const right = isMatrix(B) ? samples(B, 'B') : { rows: n, columns: 1, data: finiteVector(B, 'B', n) }
  if (right.rows !== n) throw new ValueError(`"B" expected ${n} rows as in "A", got ${right.rows}`, 'shape')
  const data = withArena((arena) => {
    const { factor, work } = factored(arena, matrix, ridge)
    const solution = arena.f64(right.data)
    arena.core.choleskySolve(factor, n, solution, right.columns, work)
    return arena.readF64(solution, n * right.columns)
  })
  return isMatrix(B) ? { rows: n, columns: right.columns, data } : data
}

/** log det(A + ridge·I) of a positive definite matrix, of which only the lower triangle is read (n × n, f64). */
export const logDeterminant = (A: Matrix, ridge: number): number =>
  withArena((arena) => {
    const { rows: n } = A
    const { factor } = factored(arena, A, ridge)
    const L = arena.readF64(factor, n * n)
    let sum = 0
    for (let i = 0; i < n; i++) sum += log(L[i * n + i])
    return 2 * sum
  })

const factored = (arena: Arena, A: Matrix, ridge: number) => {
  const factor = arena.f64(ridge === 0 ? A.data : withRidge(A, ridge))
  const work = arena.bytes(arena.core.choleskyWorkspace(A.rows))
  const failed = arena.core.cholesky(factor, A.rows, 0, work)
  if (failed > 0) {
    throw new ValueError(
      `"A" expected a positive definite matrix, got one whose pivot ${failed - 1} is not above 0; raise "ridge" (now ${ridge})`,
    )
  }
  return { factor, work }
}

const withRidge = ({ rows, data }: Matrix, ridge: number): Float64Array => {
  const result = data instanceof Float64Array ? data.slice() : Float64Array.from(data)
  for (let i = 0; i < rows; i++) result[i * rows + i] += ridge
  return result
}
