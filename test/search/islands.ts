import { type Matrix, matrix } from '../../src/base/matrix.js'
import { uniforms } from '../../src/base/random.js'
import { gaussian, gaussianOnly } from '../../src/kernel/kernel.js'
import type { Embedding } from '../../src/rkme/embedding.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { normals } from '../../src/wasm/scalar.js'

export const plane = gaussian(1 / 8)

/** Parts of a simulated task: their shares and the centres of their rows (standard normal around them, in the plane). */
export type Shares = readonly (readonly [share: number, x: number, y: number])[]

const partAt = (parts: Shares, u: number): Shares[number] => {
  let passed = 0
  for (const part of parts) {
    passed += part[0]
    if (u < passed) return part
  }
  return parts[parts.length - 1]
}

const draw = (parts: Shares, rows: number, seed: number): Matrix => {
  const random = uniforms(seed)
  const z = normals(seed ^ 0x55, 2 * rows)
  const data = new Float64Array(2 * rows)
  for (let i = 0; i < rows; i++) {
    const [, x, y] = partAt(parts, random())
    data[2 * i] = x + z[2 * i]
    data[2 * i + 1] = y + z[2 * i + 1]
  }
  return matrix(data, rows, 2)
}

export const simulated = (parts: Shares, rows: number, seed: number): Embedding =>
  reduce(draw(parts, rows, seed), { kernel: plane, size: 'auto', seed })

/** k(x, z) by the book. */
const k = (
  a: ArrayLike<number>,
  i: number,
  b: ArrayLike<number>,
  j: number,
  columns: number,
  gamma: number,
): number => {
  let squared = 0
  for (let c = 0; c < columns; c++) squared += (a[i * columns + c] - b[j * columns + c]) ** 2
  return Math.exp(-gamma * squared)
}

export const plainInner = (a: Embedding, b: Embedding): number => {
  let sum = 0
  for (let i = 0; i < a.weights.length; i++) {
    for (let j = 0; j < b.weights.length; j++) {
      sum +=
        a.weights[i] *
        b.weights[j] *
        k(a.points.data, i, b.points.data, j, a.points.columns, gaussianOnly(a.kernel).gamma)
    }
  }
  return sum
}

export const plainDistance = (a: Embedding, b: Embedding): number =>
  Math.sqrt(Math.max(0, plainInner(a, a) - 2 * plainInner(a, b) + plainInner(b, b)))

/** Any embedding: points and weights from uniform numbers. */
export const arbitrary = (seed: number, points: number, columns = 2, precision: 'f32' | 'f64' = 'f64'): Embedding => {
  const random = uniforms(seed)
  const data = Float64Array.from({ length: points * columns }, () => 6 * random() - 3)
  const weights = Float64Array.from({ length: points }, () => random() / points)
  return {
    kernel: plane,
    points: matrix(precision === 'f32' ? Float32Array.from(data) : data, points, columns),
    weights,
    samples: 100,
    error: 0,
    floor: 0.01,
  }
}

/** Σ w_i Φ_i as one embedding with all their points. */
export const combined = (parts: readonly (readonly [weight: number, embedding: Embedding])[]): Embedding => ({
  ...parts[0][1],
  points: matrix(
    Float64Array.from(parts.flatMap(([, { points }]) => Array.from(points.data))),
    parts.reduce((sum, [, { points }]) => sum + points.rows, 0),
    parts[0][1].points.columns,
  ),
  weights: Float64Array.from(
    parts.flatMap(([weight, embedding]) => Array.from(embedding.weights, (beta) => weight * beta)),
  ),
})
