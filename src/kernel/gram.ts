import { lengthOf, oneOf, options } from '../base/check.js'
import { KindError, shown, ValueError } from '../base/error.js'
import { type Matrix, type Samples, samples, shaped } from '../base/matrix.js'
import { type Arena, withArena } from '../wasm/arena.js'
import type { Core } from '../wasm/instance.js'
import { numbersCached, type Precision, refuse, unfilled } from './centre.js'
import { checkColumns, isNormalised, type PlacedKernel, placeKernel } from './form.js'
import { centredFrame, placeFrame } from './frame.js'
import { checkKernel, type Kernel } from './kernel.js'
import { type PlacedPanels, panelNumbers, placePanels, placeTiles, type TilesRoom, tileRows } from './pack.js'
import { goInPairs, pairNumbers, placePairSums, rowsOfUnit } from './pairs.js'
import { fits, isNear } from './range.js'

const roundingOf = { f32: 1.1920928955078125e-7, f64: 2.220446049250313e-16 } as const

/** What the exponent gamma‖x − z‖² loses where it comes from dot products: gamma · max‖x‖² · 2⁻²³ (2⁻⁵² in f64). */
export const dotLoss = (gamma: number, largest: number, precision: Precision): number =>
  gamma * largest * roundingOf[precision]

const differencesUpTo = 32
const lossAllowed = 6e-7
// Where the squares of a row are alike, the roundings of its sum all go one way: an exponent loses up to a quarter of dotLoss a column.
const columnsOfLoss = 120

/**
 * Whether ‖x − z‖² of the Gaussian is to be summed from differences: always up to 32 columns, and wherever ‖x‖² + ‖z‖² − 2x·z would
 * lose too many digits, {@link dotLoss} · max(1, d / 120) > 6e-7 with d columns. Values keep within 1e-5 then, and within 2e-5 where the
 * squares of a row are all alike. Other kernels have one form, without norms.
 */
export const byDifferences = (columns: number, kernel: Kernel, largest: number, precision: Precision): boolean =>
  columns <= differencesUpTo ||
  kernel.kind !== 'gaussian' ||
  dotLoss(kernel.gamma, largest, precision) * Math.max(1, columns / columnsOfLoss) > lossAllowed

/** Rows that pass through the core at a time: STRIP_ROWS in assembly/tile.ts, whole tiles of five. */
export const stripRows = 260

/** Bytes of the buffer between the kernels' steps: a strip, 64 bytes beside each of its rows, and the rows packed in fives. */
export const bufferBytes = (columns: number): number => stripRows * (32 + 64 + 8 * columns)

// So much of the rows, and so much of their values until these are copied out, stays in the second-level cache beside the panels
// that pass by.
const rowBytesCached = 98_304
const valueBytesCached = 196_608

/**
 * Of so many rows those that go past all panels together: whole tiles, in groups of nearly one size. A panel comes from further away,
 * and should meet five or nine. `points` are 0 where values stay where they are.
 */
export const rowsTogether = (columns: number, points: number, precision: Precision, rows = stripRows): number => {
  const most = (numbers: number, cached: number): number =>
    Math.floor(cached / (tileRows * numbers * (precision === 'f32' ? 4 : 8)))
  const fewest = columns > 1024 ? 9 : 5
  const tiles = Math.max(fewest, Math.min(most(columns, rowBytesCached), most(points, valueBytesCached)))
  const groups = Math.ceil(rows / Math.min(stripRows, tileRows * tiles))
  const unit = rowsOfUnit(columns, precision)
  return unit * Math.ceil(rows / (unit * groups))
}

/**
 * Bytes that a core needs for rows of a Gram matrix, whose values stay where they are put, or go elsewhere: points, a chunk, a group of
 * values, and on the way there a few blocks and vectors.
 */
export const roomBytes = (columns: number, points: number, precision: Precision, stay: boolean): number => {
  const panels = panelNumbers(points, columns) + panelNumbers(stripRows, columns)
  const numbers = panels + pairNumbers(points, columns, precision)
  const values = stay ? 0 : rowsTogether(columns, points, precision) * points
  const blocks = 2 * Math.max(numbersCached, 8 * columns) + 16 * columns
  return bufferBytes(columns) + (precision === 'f32' ? 4 : 8) * (numbers + values) + 8 * blocks + 4096
}

/** Points in panels, with what else the core needs for a Gram matrix of rows and them. */
export interface PlacedPoints {
  readonly precision: Precision
  readonly count: number
  readonly columns: number
  readonly panels: PlacedPanels
  readonly kernel: PlacedKernel
  readonly buffer: number
  /** See {@link placePairSums}: where rows and points go in pairs. */
  readonly sums?: number
}

/**
 * Fills rows `first` up to but without `last` of a Gram matrix, out of tiles that begin with row 0: at `out` one after another, or,
 * with `copied`, a group at a time, until it is copied. Norms of 0 mean differences; tiles with norms are times 2.
 */
export const fillTiles = (
  core: Core,
  points: PlacedPoints,
  tiles: TilesRoom,
  [first, last]: readonly [number, number],
  out: number,
  copied?: (start: number, end: number) => void,
): void => {
  const { precision, count, columns, panels, kernel, buffer, sums } = points
  const f32 = precision === 'f32'
  const bytes = f32 ? 4 : 8
  const fill = core[f32 ? 'gramTiles32' : 'gramTiles64']
  const step = copied ? rowsTogether(columns, count, precision) : rowsTogether(columns, 0, precision, last - first)
  for (let start = first; start < last; start += step) {
    const end = Math.min(start + step, last)
    const x = tiles.pointer + start * columns * bytes
    const own = tiles.norms === 0 ? 0 : tiles.norms + start * bytes
    const to = copied ? out : out + (start - first) * count * bytes
    fill(
      x,
      end - start,
      panels.pointer,
      count,
      columns,
      kernel.gamma,
      own,
      panels.norms,
      buffer,
      to,
      kernel.block,
      sums,
    )
    copied?.(start, end)
  }
}

/** Options of {@link gram}. */
export interface GramOptions {
  /** Of the values; 'f64' by default. */
  readonly precision?: Precision
  /** Where the values go, m·n numbers of the precision, and what the result holds, in place of a fresh array. */
  readonly out?: Float32Array | Float64Array
}

/**
 * Gram matrix K(X, X), or cross-Gram matrix K(X, Z) where Z is given: entry (i, j) is k(x_i, z_j). X: m × d, Z: n × d; m × n.
 * Where the kernel depends on differences the mean of Z is subtracted first, as in f64, so that a far-away origin costs no digits;
 * in f32 that is the median of five means of a few rows. Rows whose squares are beyond f32 are taken in f64 and rounded.
 * The diagonal of K(X, X) is exactly 1 for every kernel but polynomial and linear. Gaussian f32 values are within 1e-5, of rows whose
 * squares are all alike within 2e-5; from 256 columns on the roundings of K(X, Z) depend on the rows of a chunk of 260 and on Z, since
 * products are spared (Strassen, 1969; Winograd's form).
 * Whoever takes many Gram matrices of one shape gives the array that they go to as `out`: a fresh one costs the system a page
 * of memory for every 4 KB, at d = 100 a quarter of the whole call.
 * @throws RangeError where a value is not finite, the columns differ, a category is no whole number, or `out` has another
 * length or lies in the memory of X or Z; TypeError where `out` is not of the precision.
 */
export const gram = (X: Samples, Z: Samples | undefined, kernel: Kernel, given: GramOptions = {}): Matrix => {
  const { precision = 'f64', out } = options(given, 'options', ['precision', 'out'])
  oneOf(precision, 'precision', ['f32', 'f64'])
  const checked = checkKernel(kernel)
  const [rows, points] = checkedPair(X, Z, checked)
  if (out !== undefined) checkOut(out, rows, points, precision)
  const data = withArena((arena) => {
    const values = out ?? unfilled(rows.rows * points.rows, precision)
    fillRows(arena, rows, points, checked, { precision, wanted: [[0, rows.rows]], symmetric: points === rows }, values)
    return values
  })
  if (points === rows && isNormalised(checked)) for (let i = 0; i < rows.rows; i++) data[i * rows.rows + i] = 1
  return { rows: rows.rows, columns: points.rows, data }
}

/** What {@link gramRows} is asked for. */
export interface GramRowsOptions {
  readonly precision: Precision
  /**
   * Ranges of rows that begin whole pairs of tiles after their chunks, and end so or with a chunk. The first is asked for once Z has
   * been prepared.
   */
  readonly wanted: Iterable<readonly [start: number, end: number]>
  /** Whether they are rows of K(X, X): Z is X, or has X as a part. */
  readonly symmetric: boolean
  /** The core of this thread in memory that several share: what lies there stays there. */
  readonly core?: Core
}

/**
 * Rows of a Gram matrix to where they are in `target`, which begins with row `first`: what an entry depends on is its chunk, 260 rows,
 * the last of which may be shorter. They have the bytes that they have in the whole, but for the exact ones on the diagonal of K(X, X).
 */
export const gramRows = (
  X: Matrix,
  Z: Matrix,
  kernel: Kernel,
  options: GramRowsOptions,
  target: Float32Array | Float64Array,
  first = 0,
): void => {
  const checked = checkKernel(kernel)
  const [rows, points] = checkedPair(X, Z, checked)
  withArena((arena) => fillRows(arena, rows, points, checked, options, target, first), options.core)
}

/** Refuses an array that the values of a Gram matrix cannot go to. */
export const checkOut = (out: Float32Array | Float64Array, X: Matrix, Z: Matrix, precision: Precision): void => {
  const wanted = precision === 'f32' ? Float32Array : Float64Array
  if (!(out instanceof wanted)) throw new KindError(`"out" expected a ${wanted.name}, got ${shown(out)}`)
  lengthOf(out, 'out', X.rows * Z.rows)
  for (const { data } of [X, Z]) {
    const apart =
      out.byteOffset + out.byteLength <= data.byteOffset || data.byteOffset + data.byteLength <= out.byteOffset
    if (out.buffer === data.buffer && !apart) {
      throw new ValueError('"out" expected memory of its own, got that of the rows; give another array')
    }
  }
}

const checkedPair = (X: Samples, Z: Samples | undefined, kernel: Kernel): readonly [Matrix, Matrix] => {
  // Where categories are looked at one by one, they have to be numbers first.
  const read = kernel.kind === 'product' ? samples : shaped
  const rows = read(X, 'X')
  const points = Z === undefined || Z === X ? rows : read(Z, 'Z')
  lengthOf({ length: points.columns }, 'Z columns', rows.columns)
  checkColumns(kernel, rows, 'X')
  if (points !== rows) checkColumns(kernel, points, 'Z')
  return [rows, points]
}

const mostSingle = 3.4028234663852886e38

/**
 * Chunks of rows pass through the core: which form each takes depends on all of it and the points alone. What is too large for f32
 * is taken in f64 and rounded.
 */
const fillRows = (
  arena: Arena,
  X: Matrix,
  Z: Matrix,
  kernel: Kernel,
  { precision, wanted, symmetric }: GramRowsOptions,
  data: Float32Array | Float64Array,
  first = 0,
): void => {
  const { rows: m, columns: d } = X
  const { rows: n } = Z
  const f32 = precision === 'f32'
  const bytes = f32 ? 4 : 8
  const name = X === Z ? 'X' : 'Z'
  const placed = placeKernel(arena, kernel, f32)
  const position = arena.core.mark()
  let frame = placeFrame(arena, Z, kernel, name, precision)
  let panels = placePanels(arena, Z, frame)
  // In the precision that they come in, rows keep their digits where nothing is subtracted from them.
  const asGiven = !f32 || (X.data instanceof Float32Array && Z.data instanceof Float32Array)
  const isFar = !isNear(kernel, d, panels.largest, precision)
  if (isFar && asGiven) {
    arena.core.release(position)
    frame = centredFrame(arena, d, precision)
    panels = placePanels(arena, Z, frame)
  }
  if (!f32 && !fits(kernel, d, panels.largest, precision)) refuse(Z, name)
  const points = { precision, count: n, columns: d, panels, kernel: placed, buffer: arena.bytes(bufferBytes(d)) }
  const most = Math.min(m, stripRows)
  const x = { pointer: arena.bytes((most + tileRows) * d * bytes), norms: arena.bytes((most + tileRows) * bytes) }
  const place = arena.at(data)
  const out = place === 0 ? arena.bytes(Math.min(most, rowsTogether(d, n, precision)) * n * bytes) : 0
  const rowsOf = (from: number, to: number) => data.subarray((from - first) * n, (to - first) * n)

  const packed = { start: -1, differences: false, exact: true, sums: 0 }
  const numbersInPairs = pairNumbers(n, d, precision)
  let pairSums = 0
  /** Leaves a chunk in tiles, unless it is there. */
  const pack = (start: number): void => {
    if (packed.start === start) return
    const end = Math.min(start + stripRows, m)
    const place = (factor: number): number => placeTiles(arena, X, [start, end], frame, factor, x)
    const mayPair = (largest: number): boolean =>
      !symmetric && kernel.kind === 'gaussian' && goInPairs(end - start, numbersInPairs, d, kernel.gamma, largest)
    let differences = byDifferences(d, kernel, panels.largest, precision) && !mayPair(panels.largest)
    // Dot products come out doubled.
    const largest = Math.max(panels.largest, place(differences ? 1 : 2))
    const exact = (!isFar || asGiven) && fits(kernel, d, largest, precision)
    if (!exact && !f32) refuse(X, 'X')
    const inPairs = exact && !differences && mayPair(largest)
    if (exact && !differences && !inPairs && byDifferences(d, kernel, largest, precision)) {
      differences = true
      place(1)
    }
    if (inPairs && pairSums === 0) pairSums = placePairSums(arena, panels, n, d)
    Object.assign(packed, { start, differences, exact, sums: inPairs ? pairSums : 0 })
  }

  const fillPart = (start: number, from: number, to: number): void => {
    pack(start)
    if (!packed.exact) {
      const values = new Float64Array((to - from) * n)
      withArena((own) =>
        fillRows(own, X, Z, kernel, { precision: 'f64', wanted: [[from, to]], symmetric }, values, from),
      )
      rowsOf(from, to).set(values)
      if (!isNormalised(kernel) && values.some((value) => Math.abs(value) > mostSingle)) {
        throw new ValueError(
          "\"precision\" expected 'f64' for kernel values beyond f32, got 'f32'; ask for it, or scale the columns",
        )
      }
      return
    }
    const tiles = { pointer: x.pointer, norms: packed.differences ? 0 : x.norms }
    const range = [from - start, to - start] as const
    const past = { ...points, sums: packed.sums }
    if (place !== 0) fillTiles(arena.core, past, tiles, range, place + (from - first) * n * bytes)
    else fillTiles(arena.core, past, tiles, range, out, (row, end) => arena.copy(out, rowsOf(start + row, start + end)))
  }

  for (const [from, to] of wanted) {
    for (let start = from - (from % stripRows); start < to; start += stripRows) {
      fillPart(start, Math.max(start, from), Math.min(start + stripRows, to))
    }
  }
}
