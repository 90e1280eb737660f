import { lengthOf, oneOf } from '../base/check.js'
import { type Matrix, type Samples, samples, shaped } from '../base/matrix.js'
import { type Arena, withArena } from '../wasm/arena.js'
import { type Precision, placeNormed, placeOrigin, placePanels } from './centre.js'
import { checkColumns, isNormalised, placeKernel } from './form.js'
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

/** Rows that pass through the core at a time: STRIP_ROWS in assembly/tile.ts, whole tiles of five. */
export const stripRows = 260

/** Bytes of the buffer between the kernels' steps: a strip, 64 bytes beside each of its rows, and the rows packed in fives. */
export const bufferBytes = (columns: number): number => stripRows * (32 + 64 + 8 * columns)
const bytesAtOnce = 33_554_432

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
  const [rows, points] = checkedPair(X, Z, checked)
  const data = withArena((arena) => values(arena, rows, points, checked, precision))
  if (points === rows && isNormalised(checked)) for (let i = 0; i < rows.rows; i++) data[i * rows.rows + i] = 1
  return { rows: rows.rows, columns: points.rows, data }
}

/**
 * Some rows of a Gram matrix: whole chunks of 260 rows, the last of X may be shorter. They have the bytes that they have in the
 * whole, but for the exact ones on the diagonal of K(X, X). Into `target` where that is given.
 */
export const gramRows = (
  X: Matrix,
  Z: Matrix,
  kernel: Kernel,
  { precision }: { readonly precision: Precision },
  target?: Float32Array | Float64Array,
): Matrix | undefined => {
  const checked = checkKernel(kernel)
  const [rows, points] = checkedPair(X, Z, checked)
  const data = withArena((arena) => values(arena, rows, points, checked, precision, target))
  return target ? undefined : { rows: rows.rows, columns: points.rows, data }
}

const checkedPair = (X: Samples, Z: Samples | undefined, kernel: Kernel): readonly [Matrix, Matrix] => {
  // Where categories are looked at one by one, they have to be numbers first.
  const read = kernel.kind === 'product' ? samples : shaped
  const rows = read(X, 'X')
  const points = Z === undefined ? rows : read(Z, 'Z')
  lengthOf({ length: points.columns }, 'Z columns', rows.columns)
  checkColumns(kernel, rows, 'X')
  if (points !== rows) checkColumns(kernel, points, 'Z')
  return [rows, points]
}

/** Chunks of rows pass through the core: which form each takes depends on it and the points alone. */
const values = (
  arena: Arena,
  X: Matrix,
  Z: Matrix,
  kernel: Kernel,
  precision: Precision,
  target?: Float32Array | Float64Array,
): Float32Array | Float64Array => {
  const { rows: m, columns: d } = X
  const { rows: n } = Z
  const f32 = precision === 'f32'
  const bytes = f32 ? 4 : 8
  const name = X === Z ? 'X' : 'Z'
  const { gamma, block } = placeKernel(arena, kernel, f32)
  const frame = { origin: placeOrigin(arena, Z, kernel, name), precision }
  const z = placePanels(arena, Z, frame, name)
  const buffer = arena.bytes(bufferBytes(d))
  const most = Math.min(m, stripRows)
  const x = arena.bytes(most * d * bytes)
  const norms = arena.bytes((most + 8) * bytes)
  // What fits is copied out at once, into memory that nobody has to clear before.
  const whole = target === undefined && m * n * bytes <= bytesAtOnce
  const out = arena.bytes((whole ? m : most) * n * bytes)
  const data = target ?? (whole ? undefined : f32 ? new Float32Array(m * n) : new Float64Array(m * n))
  const fill = arena.core[f32 ? 'gram32' : 'gram64']
  for (let start = 0; start < m; start += stripRows) {
    const end = Math.min(start + stripRows, m)
    const largest = placeNormed(arena, X, [start, end], frame, x, norms, 'X')
    const own = byDifferences(d, kernel, Math.max(z.largest, largest), precision) ? 0 : norms
    const to = data ? out : out + start * n * bytes
    fill(x, end - start, z.pointer, n, d, gamma, own, z.norms, buffer, to, block)
    if (data) arena.copy(to, data.subarray(start * n, end * n))
  }
  return data ?? (f32 ? arena.readF32(out, m * n) : arena.readF64(out, m * n))
}
