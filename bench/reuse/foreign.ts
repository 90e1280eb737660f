import type { Matrix } from '../../src/base/matrix.js'
import { gaussian } from '../../src/kernel/kernel.js'
import type { Learnware } from '../../src/learnware/learnware.js'
import type { Model } from '../../src/learnware/model.js'
import { embed } from '../../src/rkme/mmd.js'
import type { Specification } from '../../src/specification/specification.js'
import type { Terms } from '../../src/specification/terms.js'
import { normals } from '../../src/wasm/scalar.js'

/** Columns of the simulated domains. */
export const columns = 10
export const classes = ['no', 'yes'] as const

const kernel = gaussian(1 / (4 * columns))

/** Terms of an island of ten standard normal columns. */
export const termsOf = (labels: Terms['labels']): Terms => ({
  island: 'isl:0000000000000000',
  version: 1,
  columns: Array.from({ length: columns }, (_, j) => ({
    name: `x${j + 1}`,
    kind: 'numeric',
    centre: 0,
    scale: 1,
    missing: 'none',
  })),
  kernel,
  size: { rule: 'root', cap: 32, leastRows: 50, leastRowsRequirement: 30 },
  labels,
})

/** A specification of the first hundred rows, one point for each. */
export const specified = (rows: Matrix): Specification => ({
  version: 1,
  island: 'isl:0000000000000000',
  embedding: { ...embed({ ...rows, rows: 100, data: rows.data.slice(0, 100 * columns) }, kernel), floor: 0.01 },
  audit: { copies: 0, leastSupport: 5 },
})

/** A model of other rows as a learnware. */
export const learnwareOf = (id: string, model: Model, rows: Matrix, labels: Terms['labels']): Learnware => ({
  id,
  description: {} as Learnware['description'],
  terms: termsOf(labels),
  specification: specified(rows),
  model,
})

/** Weights of a user's domain, and of another from which half of its weights' variance comes. */
export const weightsOf = (seed: number): { own: Float64Array; foreign: Float64Array } => {
  const own = normals(seed, columns)
  const drift = normals(seed + 700, columns)
  return { own, foreign: own.map((w, k) => w + drift[k]) }
}

/** What a row's score is besides its linear part. */
export type Bend = (row: Float64Array) => number

/** Rows with w'x / ‖w‖ (+ a bend) at each, and noise of deviation one. */
export const drawn = (weights: Float64Array, rows: number, seed: number, bend: Bend = () => 0) => {
  const data = normals(seed, rows * columns)
  const noise = normals(seed + 5000, rows)
  const length = Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0))
  const line = Float64Array.from({ length: rows }, (_, i) => {
    let sum = bend(data.subarray(i * columns, (i + 1) * columns))
    for (let k = 0; k < columns; k++) sum += (weights[k] * data[i * columns + k]) / length
    return sum
  })
  return { X: { rows, columns, data } as Matrix, line, noise }
}

/** Rows and labels of a domain: yes where w'x + noise passes a level that one row in twelve passes. */
export const domain = (weights: Float64Array, rows: number, seed: number, bend?: Bend) => {
  const { X, line, noise } = drawn(weights, rows, seed, bend)
  const y = Float64Array.from(noise, (e, i) => (line[i] + 0.5 * e > 1.55 ? 1 : 0))
  return { X, y, labels: Array.from(y, (value) => classes[value]) as string[] }
}
