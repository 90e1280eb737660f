import type { Matrix } from '../../base/matrix.js'
import { byDifferences } from '../../kernel/gram.js'
import type { Embedding } from '../../rkme/embedding.js'
import type { Steps } from '../../rkme/rows/driver.js'
import type { Frame } from '../../rkme/rows/request.js'
import { fitWeights } from '../../rkme/solver/projection.js'
import { type SolverOptions, solve } from '../../rkme/solver/solver.js'
import type { Audit } from '../specification.js'

/** Rows that every published point must stand for. */
export const leastSupport = 5

/** Coordinates are published as multiples of 1/1024: coarser than any row, finer than the noise, exact in 4 bytes. */
const grid = 1024
const nearCopy = 1e-6

/** Bounds of each coordinate. */
export interface Bounds {
  readonly low: ArrayLike<number>
  readonly high: ArrayLike<number>
}

/**
 * A reduced set fit to be published: its points inside the bounds and on the grid, its weights fitted again, and each point
 * standing for at least five rows (ALGORITHMS 10). Where some do not, the rows are reduced again to fewer points.
 */
export function* guarded(rows: number, columns: number, options: SolverOptions, bounds: Bounds): Steps<Embedding> {
  let published = yield* publish(yield* solve(rows, columns, options), options, bounds)
  let best = published.embedding
  while (published.dropped > 0 && published.embedding.points.rows > 1) {
    const size = published.embedding.points.rows
    published = yield* publish(yield* solve(rows, columns, { ...options, size }), options, bounds)
    if (published.embedding.error < best.error) best = published.embedding
  }
  return best
}

function* publish(
  free: Embedding,
  options: SolverOptions,
  bounds: Bounds,
): Steps<{ embedding: Embedding; dropped: number }> {
  const rows = free.samples
  const { kernel } = options
  const all = snapped(free.points, bounds)
  let points = all
  let correlations = yield* correlationsAt(points, rows, options)
  let { weights, objective } = fitWeights(points, correlations, kernel, 'cone')
  for (let light = lightest(weights, rows); light >= 0 && points.rows > 1; light = lightest(weights, rows)) {
    points = withoutRow(points, light)
    correlations = correlations.filter((_, j) => j !== light)
    ;({ weights, objective } = fitWeights(points, correlations, kernel, 'cone'))
  }
  const squaredNorm = 1 - free.floor * free.floor * rows
  const error = Math.sqrt(Math.max(0, squaredNorm + objective))
  return { embedding: { ...free, points, weights, error }, dropped: all.rows - points.rows }
}

/** Rows that each point stands for: its part of all weights, times the rows. */
export const supports = (weights: Float64Array, rows: number): Float64Array => {
  let sum = 0
  for (const weight of weights) sum += weight
  return weights.map((weight) => (weight / sum) * rows)
}

const lightest = (weights: Float64Array, rows: number): number => {
  const carried = supports(weights, rows)
  let found = -1
  for (let j = 0; j < carried.length; j++) {
    if (!(carried[j] >= leastSupport) && (found < 0 || carried[j] < carried[found])) found = j
  }
  return found
}

const snapped = ({ rows, columns, data }: Matrix, { low, high }: Bounds): Matrix => ({
  rows,
  columns,
  // Adding 0 turns -0 into 0.
  data: Float32Array.from(data, (value, i) => {
    const inside = Math.min(high[i % columns], Math.max(low[i % columns], value))
    return Math.round(inside * grid) / grid + 0
  }),
})

const withoutRow = ({ rows, columns, data }: Matrix, row: number): Matrix => ({
  rows: rows - 1,
  columns,
  data: data.filter((_, i) => Math.floor(i / columns) !== row),
})

function* correlationsAt(points: Matrix, rows: number, { kernel, precision }: SolverOptions): Steps<Float64Array> {
  const frame: Frame = { centre: new Float64Array(points.columns), precision, weightFactor: 1 }
  const [extent] = (yield { kind: 'extent', frame }) as Float64Array
  const sums = (yield {
    kind: 'moments',
    frame,
    points: precision === 'f32' ? points : { ...points, data: Float64Array.from(points.data) },
    kernel,
    differences: byDifferences(points.columns, kernel, extent, precision),
    vectors: false,
  }) as Float64Array
  return sums.slice(0, points.rows).map((sum) => sum / rows)
}

/** Looks at published points beside the rows that they came from. */
export const auditOf = (published: readonly { readonly embedding: Embedding; readonly rows: Matrix }[]): Audit => {
  let copies = 0
  let least = Number.POSITIVE_INFINITY
  for (const { embedding, rows } of published) {
    copies += copiesIn(embedding.points, rows)
    for (const support of supports(embedding.weights, embedding.samples)) least = Math.min(least, support)
  }
  return { copies, leastSupport: least }
}

/** Points at which 1 to 4 rows lie; where more rows coincide, as with few categories, the point tells of no single one. */
const copiesIn = (points: Matrix, rows: Matrix): number => {
  let copies = 0
  for (let j = 0; j < points.rows; j++) {
    let coincident = 0
    for (let i = 0; i < rows.rows && coincident < leastSupport; i++) if (isSameRow(points, j, rows, i)) coincident++
    if (coincident > 0 && coincident < leastSupport) copies++
  }
  return copies
}

const isSameRow = (a: Matrix, i: number, b: Matrix, j: number): boolean => {
  for (let k = 0; k < a.columns; k++) {
    if (Math.abs(a.data[i * a.columns + k] - b.data[j * b.columns + k]) > nearCopy) return false
  }
  return true
}
