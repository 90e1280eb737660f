import type { Matrix } from '../../base/matrix.js'
import { gram } from '../../kernel/gram.js'
import type { Kernel } from '../../kernel/kernel.js'
import { centredPoints } from '../../kernel/range.js'
import { withArena } from '../../wasm/arena.js'
import { combine, spanCount } from '../rows/request.js'
import { shareTaker } from '../rows/share.js'

/** An orthonormal basis of (nearly) the span of k(t_l, ·): e = L⁻¹ k(t, ·) with LLᵀ = K(t, t) + ridge. */
export interface Basis {
  readonly kernel: Kernel
  /** t, b × d, minus `centre`. */
  readonly points: Matrix
  /** The origin near t, chosen without rows. */
  readonly centre: Float64Array
  /** L, b × b, row-major; what stands above its diagonal means nothing. */
  readonly factor: Float64Array
}

/** Keeps points that lie close together from making the factor singular; it only shortens coordinates. */
const ridge = 1e-8

/** The orthonormal basis of points (b × d), by Cholesky. */
export const basisOf = (points: Matrix, kernel: Kernel): Basis => {
  const { points: placed, origin: centre } = centredPoints(points, kernel)
  const factor = withArena((arena) => {
    const { core } = arena
    const A = arena.f64(gram(placed, undefined, kernel).data)
    core.addDiagonal(A, points.rows, ridge)
    core.cholesky(A, points.rows, 0, arena.bytes(core.choleskyWorkspace(points.rows)))
    return arena.readF64(A, points.rows * points.rows)
  })
  return { kernel, points: placed, centre, factor }
}

/**
 * The coordinates L⁻¹ Φ̂(t) of the empirical embedding of rows (m × d), b numbers. Replacing one row moves them by at most
 * ‖k(x, ·) − k(x', ·)‖/m ≤ 2/m.
 */
export const coordinates = (rows: Matrix, { kernel, points, centre, factor }: Basis): Float64Array => {
  const frame = { centre, precision: 'f64', weightFactor: 1 } as const
  const request = { kind: 'moments', frame, points, kernel, differences: true, vectors: false } as const
  const take = shareTaker({ rows, weights: undefined, total: rows.rows, offset: 0 })
  const result = combine(request, take(request, 0, spanCount(rows.rows)))
  const b = points.rows
  for (let i = 0; i < b; i++) {
    let value = result[i] / rows.rows
    for (let j = 0; j < i; j++) value -= factor[i * b + j] * result[j]
    result[i] = value / factor[i * b + i]
  }
  return result
}

/** α = L⁻ᵀ y: the element with coordinates y is Σ_l α_l k(t_l, ·). */
export const expansion = (y: Float64Array, { points, factor }: Basis): Float64Array => {
  const b = points.rows
  const result = y.slice()
  for (let i = b - 1; i >= 0; i--) {
    result[i] /= factor[i * b + i]
    for (let j = 0; j < i; j++) result[j] -= factor[i * b + j] * result[i]
  }
  return result
}
