import { refuse } from '../kernel/centre.js'
import { power as powerOf } from '../kernel/form.js'
import type { LinearKernel, PolynomialKernel } from '../kernel/kernel.js'
import { fits, leastValue } from '../kernel/range.js'
import { dot } from '../qp/lbfgs.js'
import { withArena } from '../wasm/arena.js'
import type { Embedding } from './embedding.js'
import { placeInner } from './evaluate.js'

/**
 * ‖Σ w_j k(x_j, ·)‖² of a kernel of x·y whose terms nearly cancel, as in a difference of embeddings: no digits are lost to a far-away origin.
 *
 * With x = c + u around the mean c of the points (weighted by |w|) and κ = s‖c‖² + o, s x·y + o = α(x)α(y) + q(x)·q(y) for
 * α = (κ + s c·u)/√κ and q = √s(u − (1 − √(o/κ))(c·u)c/‖c‖²), which is no longer than u. So (s x·y + o)^p =
 * Σ_r C(p, r)(α(x)α(y))^(p−r)(q(x)·q(y))^r, where the terms of r ≤ 1 are squares of sums and the others lack the large common part.
 */
export const squaredLength = (difference: Embedding, kernel: PolynomialKernel | LinearKernel): number => {
  const { points, weights } = difference
  const { rows, columns, data } = points
  const { degree, scale, offset } = kernel.kind === 'linear' ? { degree: 1, scale: 1, offset: 0 } : kernel
  let longest = 0
  for (let j = 0; j < rows; j++) {
    const x = data.subarray(j * columns, (j + 1) * columns)
    longest = Math.max(longest, dot(x, x))
  }
  if (!fits(kernel, columns, longest, 'f64')) refuse(points, 'points')
  const mass = weights.reduce((sum, weight) => sum + Math.abs(weight), 0) || 1
  const c = sumOf(data, weights.map(Math.abs), columns).map((sum) => sum / mass)
  const squared = dot(c, c)
  const kappa = scale * squared + offset
  const turn = squared > 0 ? (1 - Math.sqrt(offset / kappa)) / squared : 0
  const across = new Float64Array(data.length)
  let largest = 0
  // a_j α(x_j)^e for e = 0, 1, … p.
  const powers = Array.from({ length: degree + 1 }, () => weights.slice())
  for (let j = 0; j < rows; j++) {
    const u = c.map((centre, k) => data[j * columns + k] - centre)
    const along = dot(c, u)
    u.forEach((value, k) => {
      across[j * columns + k] = Math.sqrt(scale) * (value - turn * along * c[k])
    })
    const own = across.subarray(j * columns, (j + 1) * columns)
    largest = Math.max(largest, dot(own, own))
    const alpha = kappa === 0 ? 0 : (kappa + scale * along) / Math.sqrt(kappa)
    for (let e = 1; e <= degree; e++) powers[e][j] = powers[e - 1][j] * alpha
  }
  const total = powers[degree].reduce((sum, weight) => sum + weight)
  if (!(total * total < Infinity)) refuse(points, 'points')
  const mean = sumOf(across, powers[degree - 1], columns)
  let result = total * total + degree * dot(mean, mean)
  let choices = degree
  for (let r = 2; r <= degree; r++) {
    choices *= (degree - r + 1) / r
    const power: PolynomialKernel = { kind: 'polynomial', degree: r, offset: 0, scale: 1 }
    // Too small to count beside the squares, and to count with.
    if (powerOf(power, largest) < leastValue) continue
    const part: Embedding = {
      ...difference,
      kernel: power,
      points: { rows, columns, data: across },
      weights: powers[degree - r],
    }
    result += choices * withArena((arena) => Math.max(0, placeInner(arena, part)(part)))
  }
  return result
}

/** Σ_j weights[j] · row j. */
const sumOf = (data: ArrayLike<number>, weights: Float64Array, columns: number): Float64Array => {
  const sums = new Float64Array(columns)
  for (let i = 0; i < data.length; i++) sums[i % columns] += weights[Math.floor(i / columns)] * data[i]
  return sums
}
