import type { Matrix } from '../../base/matrix.js'
import { placeKernel } from '../../kernel/form.js'
import { centredFrame } from '../../kernel/frame.js'
import { bufferBytes, fillTiles, type PlacedPoints } from '../../kernel/gram.js'
import type { Kernel } from '../../kernel/kernel.js'
import { placePanels, tileRows } from '../../kernel/pack.js'
import { type Constraint, constraints } from '../../qp/quadratic.js'
import { type Arena, withArena } from '../../wasm/arena.js'
import { pointGradient } from './gradient.js'

/** What is known of the rows at the points: c_j = Σ a k(x, z_j) and the vectors of a `moments` request, with Σa = 1. */
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
  /** The points row by row, and in panels. */
  readonly z: number
  readonly placed: PlacedPoints
  readonly G: number
}

const placeGram = (arena: Arena, points: Matrix, kernel: Kernel): PlacedGram => {
  const { core } = arena
  const { rows: n, columns: d } = points
  const z = arena.f64(points.data)
  const placed: PlacedPoints = {
    precision: 'f64',
    count: n,
    columns: d,
    panels: placePanels(arena, points, centredFrame(arena, d, 'f64')),
    kernel: placeKernel(arena, kernel, false),
    buffer: arena.bytes(bufferBytes(d)),
  }
  const G = arena.bytes(n * n * 8)
  const position = core.mark()
  const tiles = { pointer: arena.bytes((n + tileRows) * d * 8), norms: 0 }
  core.packTiles64(z, n, d, 0, 1, tiles.pointer, 0)
  fillTiles(core, placed, tiles, [0, n], G)
  core.release(position)
  return { z, placed, G }
}

/**
 * Variable projection: f(z) = min over β of β'K(z, z)β − 2β'c, and by the envelope theorem
 * its gradient is that at the minimiser, for the Gaussian 4γβ_i [(c_i z_i − v_i) − Σ_j β_j k(z_i, z_j)(z_i − z_j)].
 * `previous` weights (of neighbouring points) make a warm start.
 */
export const project = (
  points: Matrix,
  { correlations, vectors }: Moments,
  kernel: Kernel,
  constraint: Constraint,
  previous?: Float64Array,
): Projection =>
  withArena((arena) => {
    const { core } = arena
    const { rows: n, columns: d } = points
    const { z, placed, G } = placeGram(arena, points, kernel)
    const { panels, buffer } = placed
    const { gamma, block } = placed.kernel
    const w = previous ? arena.f64(previous) : arena.f64(n)
    const work = arena.bytes(core.quadraticWorkspace(n))
    core.quadratic(G, arena.f64(correlations), n, constraints.indexOf(constraint), w, previous ? 1 : 0, work)
    const weights = arena.readF64(w, n)
    const sums = arena.f64(n + 8)
    const first = vectors.length > 0 ? arena.f64(n * d) : 0
    core.moments64(z, n, w, panels.pointer, n, d, gamma, 0, panels.norms, buffer, sums, first, block)
    const own = arena.readF64(sums, n)
    let objective = 0
    for (let i = 0; i < n; i++) objective += weights[i] * (own[i] - 2 * correlations[i])
    const ownSums = { sums: own, vectors: first === 0 ? [] : arena.readF64(first, n * d) }
    const gradient =
      first === 0
        ? new Float64Array(0)
        : pointGradient(kernel, points, weights, { sums: correlations, vectors }, ownSums)
    return { weights, objective, gradient, correlations }
  })

/** The best weights and the objective for given points and c, from scratch and without a gradient. */
export const fitWeights = (
  points: Matrix,
  correlations: Float64Array,
  kernel: Kernel,
  constraint: Constraint,
): Projection => project(points, { correlations, vectors: new Float64Array(0) }, kernel, constraint)

/** (K(z, z) + ridge)⁻¹ c, by Cholesky; the ridge must outweigh the rounding of K. */
export const ridgeWeights = (points: Matrix, correlations: Float64Array, kernel: Kernel, ridge: number): Float64Array =>
  withArena((arena) => {
    const { core } = arena
    const { rows: n } = points
    const { G } = placeGram(arena, points, kernel)
    core.addDiagonal(G, n, ridge)
    const solution = arena.f64(correlations)
    const work = arena.bytes(core.choleskyWorkspace(n))
    core.cholesky(G, n, 0, work)
    core.choleskySolve(G, n, solution, 1, work)
    return arena.readF64(solution, n)
  })
