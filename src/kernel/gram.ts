import { lengthOf, oneOf } from '../base/check.js'
import { type Matrix, type Samples, samples } from '../base/matrix.js'
import { type Arena, withArena } from '../wasm/arena.js'
import { centred, columnMeans, largestNorm, type Precision } from './centre.js'
import { checkColumns, isNormalised, originOf, placeKernel } from './form.js'
import { checkKernel, type Kernel } from './kernel.js'

const roundingOf = { f32: 1.1920928955078125e-7, f64: 2.220446049250313e-16 } as const

/** What the exponent gamma‖x − z‖² loses where it comes from dot products: gamma · max‖x‖² · 2⁻²³ (2⁻⁵² in f64). */
export const dotLoss = (gamma: number, largest: number, precision: Precision): number =>
  gamma * largest * roundingOf[precision]

const differencesUpTo = 32
const lossAllowed = 1e-6

/**
 * Whether ‖x − z‖² of the Gaussian is to be summed from differences: always up to 32 columns, and wherever
 * ‖x‖² + ‖z‖² − 2x·z would lose too many digits, {@link dotLoss} > 1e-6. Other kernels have one form, without norms.
 */
export const byDifferences = (columns: number, kernel: Kernel, largest: number, precision: Precision): boolean =>
  columns <= differencesUpTo || kernel.kind !== 'gaussian' || dotLoss(kernel.gamma, largest, precision) > lossAllowed

/** Centred rows in the arena, with what the kernels of the core need beside them. */
export interface PlacedRows {
  readonly pointer: number
  readonly norms: number
}

/** Copies centred rows into the arena; norms only for the dot-product form. */
export const placeRows = (arena: Arena, rows: Matrix, differences: boolean): PlacedRows => {
  const f32 = rows.data instanceof Float32Array
  const pointer = f32 ? arena.f32(rows.data) : arena.f64(rows.data)
  if (differences) return { pointer, norms: 0 }
  const norms = arena.bytes((rows.rows + 8) * 8)
  arena.core[f32 ? 'squaredNorms32' : 'squaredNorms64'](pointer, rows.rows, rows.columns, 1, 0, norms)
  return { pointer, norms }
}

/** Copies centred points into panels; `norms` receive factor · ‖z‖², and `filling` beyond the last point. */
export const placePoints = (arena: Arena, points: Matrix, factor = 1, filling = 0): PlacedRows => {
  const f32 = points.data instanceof Float32Array
  const norms = arena.bytes((points.rows + 8) * 8)
  const pointer = arena.bytes((points.rows + 8) * points.columns * (f32 ? 4 : 8))
  const position = arena.core.mark()
  const plain = f32 ? arena.f32(points.data) : arena.f64(points.data)
  arena.core[f32 ? 'squaredNorms32' : 'squaredNorms64'](plain, points.rows, points.columns, factor, filling, norms)
  arena.core[f32 ? 'pack32' : 'pack64'](plain, points.rows, points.columns, pointer)
  arena.core.release(position)
  return { pointer, norms }
}

/** Bytes of the buffer between the kernels' steps. */
export const bufferBytes = 256 * 96

const rowsAtOnce = 4096

/**
 * Gram matrix K(X, X), or cross-Gram matrix K(X, Z) where Z is given: entry (i, j) is k(x_i, z_j). X: m × d, Z: n × d; m × n.
 * The mean of Z is subtracted in f64 first where the kernel depends on differences, so that a far-away
 * origin costs no digits.
 * The diagonal of K(X, X) is exactly 1 for every kernel but polynomial and linear.
 * @throws RangeError where a value is not finite, the columns differ, or a category is no whole number.
 */
export const gram = (
  X: Samples,
  Z: Samples | undefined,
  kernel: Kernel,
  { precision = 'f64' }: { precision?: Precision } = {},
): Matrix => {
  oneOf(precision, 'precision', ['f32', 'f64'])
  const checked = checkKernel(kernel)
  const rows = samples(X, 'X')
  const points = Z === undefined ? rows : samples(Z, 'Z')
  lengthOf({ length: points.columns }, 'Z columns', rows.columns)
  checkColumns(checked, rows, 'X')
  if (points !== rows) checkColumns(checked, points, 'Z')
  const f32 = precision === 'f32'
  const centre = originOf(checked, columnMeans(points))
  const z = centred(points, centre, precision)
  const x = points === rows ? z : centred(rows, centre, precision)
  const differences = byDifferences(
    x.columns,
    checked,
    Math.max(largestNorm(z), x === z ? 0 : largestNorm(x)),
    precision,
  )
  const data = f32 ? new Float32Array(x.rows * z.rows) : new Float64Array(x.rows * z.rows)
  withArena((arena) => {
    const { gamma, block: form } = placeKernel(arena, checked, f32)
    const packed = placePoints(arena, z)
    const buffer = arena.bytes(bufferBytes)
    const fill = arena.core[f32 ? 'gram32' : 'gram64']
    const step = Math.max(256, Math.min(rowsAtOnce, 256 * Math.floor(32768 / Math.max(1, z.rows))))
    for (let start = 0; start < x.rows; start += step) {
      const end = Math.min(start + step, x.rows)
      const position = arena.core.mark()
      const block = { rows: end - start, columns: x.columns, data: x.data.subarray(start * x.columns, end * x.columns) }
      const placed = placeRows(arena, block, differences)
      const out = arena.bytes(block.rows * z.rows * (f32 ? 4 : 8))
      fill(
        placed.pointer,
        block.rows,
        packed.pointer,
        z.rows,
        x.columns,
        gamma,
        placed.norms,
        packed.norms,
        buffer,
        out,
        form,
      )
      arena.copy(out, data.subarray(start * z.rows, end * z.rows))
      arena.core.release(position)
    }
  })
  if (x === z && isNormalised(checked)) for (let i = 0; i < x.rows; i++) data[i * x.rows + i] = 1
  return { rows: x.rows, columns: z.rows, data }
}
