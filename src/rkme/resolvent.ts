import type { Matrix } from '../base/matrix.js'
import { choleskySolve } from '../qp/cholesky.js'

/** A matrix in f64. */
type Dense = Matrix & { readonly data: Float64Array }

/**
 * The Gram matrix in the metric of what is known: W = (R + λK⁻¹)⁻¹, R = diag(ρ), for the Gram matrix K of n points. For measures
 * μ, ν on the points, μ'Wν is their inner product where a function h counts as Σ ρ_a h(x_a)² + λ‖h‖² long: with ρ the
 * variance of the weights and λ the squared reduction error it is that of generalised least squares, which tells apart what
 * K blurs. With large λ it is K/λ.
 */
export const whitened = (K: Matrix, rho: ArrayLike<number>, lambda: number): Dense => {
  const n = K.rows
  const { scaled, solve } = factored(K, rho, lambda)
  const solved = solve(scaled).data
  const data = new Float64Array(n * n)
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) data[i * n + j] = K.data[i * n + j]
  for (let b = 0; b < scaled.rows; b++) {
    for (let i = 0; i < n; i++) {
      const factor = scaled.data[b * n + i]
      for (let j = 0; j <= i; j++) data[i * n + j] -= factor * solved[b * n + j]
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) data[i * n + j] = data[j * n + i] = data[i * n + j] / lambda
  return { rows: n, columns: n, data }
}

/**
 * Coefficients α (n × h) of the functions g = Σ_a α_a k(x_a, ·) with (C + λI)g = Σ_a ν_a k(x_a, ·), C = Σ_a ρ_a k(x_a, ·) ⊗ k(x_a, ·),
 * for every column ν of `measures`: (RK + λI)α = ν.
 */
export const resolved = (K: Matrix, rho: ArrayLike<number>, lambda: number, measures: Matrix): Dense => {
  const { kept, roots, scaled, solve } = factored(K, rho, lambda)
  const { columns } = measures
  const right = new Float64Array(kept.length * columns)
  kept.forEach((_, b) => {
    for (let a = 0; a < K.rows; a++) {
      const factor = scaled.data[b * K.rows + a]
      for (let c = 0; c < columns; c++) right[b * columns + c] += factor * measures.data[a * columns + c]
    }
  })
  const z = solve({ rows: kept.length, columns, data: right }).data
  const data = Float64Array.from(measures.data)
  kept.forEach((a, b) => {
    for (let c = 0; c < columns; c++) data[a * columns + c] -= roots[b] * z[b * columns + c]
  })
  return { rows: K.rows, columns, data: data.map((value) => value / lambda) }
}

/** √R K of the points with ρ > 0, and the solver of λI + √R K √R. */
const factored = (K: Matrix, rho: ArrayLike<number>, lambda: number) => {
  const n = K.rows
  const kept: number[] = []
  for (let a = 0; a < n; a++) if (rho[a] > 0) kept.push(a)
  const roots = Float64Array.from(kept, (a) => Math.sqrt(rho[a]))
  const scaled = { rows: kept.length, columns: n, data: new Float64Array(kept.length * n) }
  const inner = { rows: kept.length, columns: kept.length, data: new Float64Array(kept.length * kept.length) }
  kept.forEach((a, i) => {
    for (let j = 0; j < n; j++) scaled.data[i * n + j] = roots[i] * K.data[a * n + j]
    kept.forEach((b, j) => {
      inner.data[i * kept.length + j] = scaled.data[i * n + b] * roots[j]
    })
  })
  return { kept, roots, scaled, solve: (B: Matrix): Dense => choleskySolve(inner, B, { ridge: lambda }) }
}
