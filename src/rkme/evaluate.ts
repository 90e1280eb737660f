import { lengthOf } from '../base/check.js'
import { type Matrix, type Samples, samples, sliceRows } from '../base/matrix.js'
import { centred, columnMeans, largestNorm } from '../kernel/centre.js'
import { checkColumns, originOf, placeKernel } from '../kernel/form.js'
import { bufferBytes, byDifferences, placePoints, placeRows } from '../kernel/gram.js'
import type { Kernel } from '../kernel/kernel.js'
import { withArena } from '../wasm/arena.js'
import type { Embedding } from './embedding.js'

const blockRows = 4096

/** Σ_j β_j k(z_j, x) at every row x, in f64; rows and points in the same coordinates, near an origin that the kernel allows. */
export const evaluateAt = (x: Matrix, points: Matrix, weights: ArrayLike<number>, kernel: Kernel): Float64Array => {
  const values = new Float64Array(x.rows)
  const { rows: n, columns: d } = points
  const differences = byDifferences(d, kernel, Math.max(largestNorm(points), largestNorm(x)), 'f64')
  withArena((arena) => {
    const { gamma, block: form } = placeKernel(arena, kernel, false)
    const placed = placeRows(arena, asF64(points), differences)
    const w = arena.f64(weights)
    const buffer = arena.bytes(bufferBytes)
    for (let start = 0; start < x.rows; start += blockRows) {
      const position = arena.core.mark()
      const block = asF64(sliceRows(x, start, Math.min(start + blockRows, x.rows)))
      const packed = placePoints(arena, block)
      const sums = arena.f64(block.rows + 8)
      arena.core.moments64(
        placed.pointer,
        n,
        w,
        packed.pointer,
        block.rows,
        d,
        gamma,
        placed.norms,
        packed.norms,
        buffer,
        sums,
        0,
        form,
      )
      values.set(arena.readF64(sums, block.rows), start)
      arena.core.release(position)
    }
  })
  return values
}

const asF64 = (rows: Matrix): Matrix =>
  rows.data instanceof Float64Array ? rows : { ...rows, data: Float64Array.from(rows.data) }

/**
 * The embedding as a function, Φ(x) = Σ_j weights[j] · k(points[j], x), at every row of X. X: m × d; m numbers, f64.
 * @throws RangeError where X has other columns than the points.
 */
export const evaluate = ({ kernel, points, weights }: Embedding, X: Samples): Float64Array => {
  const x = samples(X, 'X')
  lengthOf({ length: x.columns }, 'X columns', points.columns)
  checkColumns(kernel, x, 'X')
  const centre = originOf(kernel, columnMeans(points))
  return evaluateAt(centred(x, centre, 'f64'), centred(points, centre, 'f64'), weights, kernel)
}
