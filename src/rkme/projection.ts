import type { Matrix } from '../base/matrix.js'
import { bufferBytes, placePoints } from '../kernel/gram.js'
import { type Arena, withArena } from '../wasm/arena.js'

/** Where the weights of a reduced set may lie. */
export type Constraint = 'cone' | 'simplex' | 'free'

/** Codes of the constraints in the core. */
const constraintCode = { free: 0, cone: 1, simplex: 2 } as const

/** What is known of the rows at the points: c_j = Σ a k(x, z_j) and v_j = Σ a k(x, z_j) x, with Σa = 1. */
export interface Moments {
  readonly correlations: Float64Array
  /** Empty where only the objective is asked for. */
  readonly vectors: Float64Array
}

/** The best weights for given points, the objective there (without ‖Φ̂‖²), and its gradient in the points. */
export interface Projection {
  readonly weights: Float64Array
  readonly objective: number
  /** Empty where the moments came without vectors. */
  readonly gradient: Float64Array
  readonly correlations: Float64Array
}

/** Points in the arena with their Gram matrix, in f64 and by differences: they may lie close together. */
interface PlacedGram {
  readonly n: number
  readonly d: number
  readonly points: number
  readonly panels: number
  readonly norms: number
  readonly buffer: number
  readonly G: number
}

const placeGram = (arena: Arena, { rows: n, columns: d, data }: Matrix, gamma: number): PlacedGram => {
  const points = arena.f64(data)
  const wide = data instanceof Float64Array ? data : Float64Array.from(data)
  const { pointer: panels, norms } = placePoints(arena, { rows: n, columns: d, data: wide })
  const buffer = arena.bytes(bufferBytes)
  const G = arena.bytes(n * n * 8)
  arena.core.gram64(points, n, panels, n, d, gamma, 0, norms, buffer, G)
  return { n, d, points, panels, norms, buffer, G }
}

/**
 * Variable projection: f(z) = min over β of β'K(z, z)β − 2β'c, and by the envelope theorem
 * ∂f/∂z_i = 4γβ_i [(c_i z_i − v_i) − Σ_j β_j k(z_i, z_j)(z_i − z_j)] at the minimiser.
 * `previous` weights (of neighbouring points) make a warm start.
 */
export const project = (
  points: Matrix,
  { correlations, vectors }: Moments,
  gamma: number,
  constraint: Constraint,
  previous?: Float64Array,
): Projection =>
  withArena((arena) => {
    const { core } = arena
    const placed = placeGram(arena, points, gamma)
    const { n, d, panels, norms, buffer, G } = placed
    const w = previous ? arena.f64(previous) : arena.f64(n)
    const work = arena.bytes(core.quadraticWorkspace(n))
    core.quadratic(G, arena.f64(correlations), n, constraintCode[constraint], w, previous ? 1 : 0, work)
    const weights = arena.readF64(w, n)
    const sums = arena.f64(n + 8)
    const first = vectors.length > 0 ? arena.f64(n * d) : 0
    core.moments64(placed.points, n, w, panels, n, d, gamma, 0, norms, buffer, sums, first)
    const own = arena.readF64(sums, n)
    let objective = 0
    for (let i = 0; i < n; i++) objective += weights[i] * (own[i] - 2 * correlations[i])
    const gradient = new Float64Array(vectors.length)
    if (first !== 0) {
      const ownFirst = arena.readF64(first, n * d)
      for (let i = 0, at = 0; i < n; i++) {
        const factor = 4 * gamma * weights[i]
        const excess = correlations[i] - own[i]
        for (let k = 0; k < d; k++, at++)
          gradient[at] = factor * (excess * points.data[at] - vectors[at] + ownFirst[at])
      }
    }
    return { weights, objective, gradient, correlations }
  })

/** The best weights and the objective for given points and c, from scratch and without a gradient. */
export const fitWeights = (
  points: Matrix,
  correlations: Float64Array,
  gamma: number,
  constraint: Constraint,
): Projection => project(points, { correlations, vectors: new Float64Array(0) }, gamma, constraint)

/** (K(z, z) + ridge)⁻¹ c, by Cholesky; the ridge must outweigh the rounding of K. */
export const ridgeWeights = (points: Matrix, correlations: Float64Array, gamma: number, ridge: number): Float64Array =>
  withArena((arena) => {
    const { core } = arena
    const { n, G } = placeGram(arena, points, gamma)
    core.addDiagonal(G, n, ridge)
    const solution = arena.f64(correlations)
    const work = arena.bytes(core.choleskyWorkspace(n))
    core.cholesky(G, n, 0, work)
    core.choleskySolve(G, n, solution, 1, work)
    return arena.readF64(solution, n)
  })
