import { lengthOf, oneOf, options } from '../base/check.js'
import { KindError, shown, ValueError } from '../base/error.js'
import { type Matrix, type Samples, samples } from '../base/matrix.js'
import { withArena } from '../wasm/arena.js'

/** Where weights may lie: nonnegative with sum 1, nonnegative, or anywhere. */
export type Constraint = 'simplex' | 'cone' | 'free'

/** The constraints by the number that the core knows them by. */
export const constraints = ['free', 'cone', 'simplex'] as const

/** The solution of a quadratic program. */
export interface Quadratic {
  readonly weights: Float64Array
  /** w'Gw − 2c'w. */
  readonly objective: number
  /**
   * The largest violation of the optimality conditions, in units of c, with g = Gw − c and λ = w'g on the simplex, else 0:
   * |g_i − λ| where w_i may move both ways, max(0, λ − g_i) where w_i = 0.
   */
  readonly gap: number
}

/** What {@link quadratic} takes besides G and c. */
export interface QuadraticOptions {
  /** w ≥ 0 with Σw = 1 ('simplex', the default), w ≥ 0 ('cone'), or any w ('free'). */
  readonly constraint?: Constraint
}

/**
 * The minimiser of w'Gw − 2c'w over a simplex, a cone or all of ℝⁿ, for G n × n symmetric and positive semidefinite
 * (which is not proven, but a pair of variables that contradicts it is refused) and c of length n. A rank-deficient G is
 * fine; where the minimum is not unique one minimiser is returned, the same everywhere. Where the objective has no
 * minimum (c outside the range of G) `gap` stays large. Primal active set of proximal steps (ALGORITHMS 1.1).
 * @throws RangeError where G is not square, symmetric, finite, or c has another length.
 */
export const quadratic = (G: Samples, c: ArrayLike<number>, given: QuadraticOptions = {}): Quadratic => {
  const { constraint = 'simplex' } = options(given, 'options', ['constraint'])
  oneOf(constraint, 'constraint', constraints)
  const symmetric = semidefinite(square(G, 'G'))
  const n = symmetric.rows
  const linear = finiteVector(c, 'c', n)
  return withArena((arena) => {
    const weights = arena.f64(n)
    const work = arena.bytes(arena.core.quadraticWorkspace(n))
    const gap = arena.core.quadratic(
      arena.f64(symmetric.data),
      arena.f64(linear),
      n,
      constraints.indexOf(constraint),
      weights,
      0,
      work,
    )
    const solution = arena.readF64(weights, n)
    const gradient = arena.readF64(work, n)
    let objective = 0
    for (let i = 0; i < n; i++) objective += solution[i] * (gradient[i] - linear[i])
    return { weights: solution, objective, gap }
  })
}

/** A checked square matrix. */
export const square = (value: Samples, name: string): Matrix => {
  const result = samples(value, name)
  if (result.rows !== result.columns) {
    throw new ValueError(`"${name}" expected a square matrix, got ${result.rows} × ${result.columns}`, 'shape')
  }
  return result
}

/** A checked vector of `length` finite numbers, as a copy. */
export const finiteVector = (value: ArrayLike<number>, name: string, length: number): Float64Array => {
  if (typeof value !== 'object' || value === null || typeof value.length !== 'number') {
    throw new KindError(`"${name}" expected an array of numbers, got ${shown(value)}`)
  }
  const result = Float64Array.from(lengthOf(value, name, length))
  const wrong = result.findIndex((entry) => !Number.isFinite(entry))
  if (wrong >= 0) throw new ValueError(`"${name}" expected finite numbers, got ${value[wrong]} at ${wrong}`)
  return result
}

// A Gram matrix in f32 is symmetric and semidefinite to 1e-7 of its diagonal.
const slack = 1e-5

// G is read by rows and by columns: in blocks, since the columns of a large one are far apart in memory.
const block = 64

/**
 * The symmetric part of G after a look at every 2 × 2 minor: G itself where that is symmetric to the last bit, since fresh memory
 * of the size of a large one costs more time than the program.
 */
const semidefinite = (matrix: Matrix): Matrix => {
  const { rows: n, data: G } = matrix
  const roots = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const own = G[i * n + i]
    if (own < 0) throw new ValueError(`"G" expected a positive semidefinite matrix, got ${own} on its diagonal at ${i}`)
    roots[i] = Math.sqrt(own)
  }
  let data: Float64Array | undefined
  for (let i0 = 0; i0 < n; i0 += block) {
    for (let j0 = 0; j0 <= i0; j0 += block) {
      for (let i = i0; i < Math.min(i0 + block, n); i++) {
        for (let j = j0; j < Math.min(j0 + block, i + 1); j++) {
          const a = G[i * n + j]
          const b = G[j * n + i]
          const size = roots[i] * roots[j]
          if (Math.abs(a - b) > slack * Math.max(Math.abs(a), Math.abs(b), size)) {
            throw new ValueError(`"G" expected a symmetric matrix, got ${a} at (${i}, ${j}) and ${b} at (${j}, ${i})`)
          }
          if (Math.abs(a) > size * (1 + slack)) {
            throw new ValueError(
              `"G" expected a positive semidefinite matrix, got ${a} at (${i}, ${j}) beside ${G[i * n + i]} and ${G[j * n + j]} on its diagonal`,
            )
          }
          if (a === b) continue
          data ??= Float64Array.from(G)
          data[i * n + j] = data[j * n + i] = 0.5 * (a + b)
        }
      }
    }
  }
  return data ? { rows: n, columns: n, data } : matrix
}
