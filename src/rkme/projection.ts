import type { Matrix } from '../base/matrix.js'
import { bufferBytes, placePoints } from '../kernel/gram.js'
import { withArena } from '../wasm/arena.js'

/** Where the weights of a reduced set may lie. */
export type Constraint = 'cone' | 'simplex' | 'free'

/** Codes of the constraints in the core. */
export const constraintCode = { free: 0, cone: 1, simplex: 2 } as const

/** The best weights for given points, the objective there (without ‖Φ̂‖²), and its gradient in the points. */
export interface Projection {
  readonly weights: Float64Array
  readonly objective: number
  readonly gradient: Float64Array
  /** c_j = Φ̂(z_j). */
  readonly correlations: Float64Array
}

/** What is known of the rows at the points: c_j = Σ a k(x, z_j) and v_j = Σ a k(x, z_j) x, with Σa = 1. */
export interface Moments {
  readonly correlations: Float64Array
  readonly vectors: Float64Array
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
    const { rows: n, columns: d } = points
    const { core } = arena
    const t = points.data
    const z = arena.f64(t)
    const packed = placePoints(arena, {
      rows: n,
      columns: d,
      data: t instanceof Float64Array ? t : Float64Array.from(t),
    })
    const buffer = arena.bytes(bufferBytes)
    const G = arena.bytes(n * n * 8)
    core.gram64(z, n, packed.pointer, n, d, gamma, 0, packed.norms, buffer, G)
    const c = arena.f64(correlations)
    const w = previous ? arena.f64(previous) : arena.f64(n)
    const work = arena.bytes(core.quadraticWorkspace(n))
    core.quadratic(G, c, n, constraintCode[constraint], w, previous ? 1 : 0, work)
    const weights = arena.readF64(w, n)
    const sums = arena.f64(n + 8)
    const first = arena.f64(n * d)
    core.moments64(z, n, w, packed.pointer, n, d, gamma, 0, packed.norms, buffer, sums, first)
    const own = arena.readF64(sums, n)
    const ownFirst = arena.readF64(first, n * d)
    const gradient = new Float64Array(n * d)
    let objective = 0
    for (let i = 0, at = 0; i < n; i++) {
      objective += weights[i] * (own[i] - 2 * correlations[i])
      const factor = 4 * gamma * weights[i]
      const excess = correlations[i] - own[i]
      for (let k = 0; k < d; k++, at++) gradient[at] = factor * (excess * t[at] - vectors[at] + ownFirst[at])
    }
    return { weights, objective, gradient, correlations }
  })

/** The best weights and the objective for given points and c, without a gradient. */
export const fitWeights = (
  points: Matrix,
  correlations: Float64Array,
  gamma: number,
  constraint: Constraint,
): { weights: Float64Array; objective: number } =>
  withArena((arena) => {
    const { rows: n, columns: d, data } = points
    const { core } = arena
    const z = arena.f64(data)
    const packed = placePoints(arena, { rows: n, columns: d, data: Float64Array.from(data) })
    const buffer = arena.bytes(bufferBytes)
    const G = arena.bytes(n * n * 8)
    core.gram64(z, n, packed.pointer, n, d, gamma, 0, packed.norms, buffer, G)
    const c = arena.f64(correlations)
    const w = arena.f64(n)
    core.quadratic(G, c, n, constraintCode[constraint], w, 0, arena.bytes(core.quadraticWorkspace(n)))
    const weights = arena.readF64(w, n)
    const sums = arena.f64(n + 8)
    core.moments64(z, n, w, packed.pointer, n, d, gamma, 0, packed.norms, buffer, sums, 0)
    const own = arena.readF64(sums, n)
    let objective = 0
    for (let i = 0; i < n; i++) objective += weights[i] * (own[i] - 2 * correlations[i])
    return { weights, objective }
  })
