import type { Matrix } from '../../base/matrix.js'

/** Rows of coordinates as bin numbers, column after column, so that a tree looks at few cuts. */
export interface Bins {
  readonly rows: number
  readonly columns: number
  /** The bin of row i in column j at j · rows + i: how many of the column's cuts lie below the value. */
  readonly codes: Uint8Array
  /** The cuts of each column, rising. */
  readonly cuts: readonly Float64Array[]
}

/** A regression tree with a vector at every leaf; node 0 is the root, and a leaf has column −1. */
export interface Tree {
  readonly columns: Int32Array
  /** Values up to this one go left. */
  readonly cuts: Float64Array
  /** The left child; the right one follows it. */
  readonly children: Int32Array
  /** Nodes × width. */
  readonly values: Float64Array
}

/** What a tree may become. */
export interface TreeShape {
  readonly depth: number
  /** Rows that every leaf must have. */
  readonly leastRows: number
  /** Added to the curvature of a leaf. */
  readonly ridge: number
}

const mostBins = 32

/** The {@link Bins} of rows: cuts halfway between neighbouring values, or between quantiles where a column has more than 32 values. */
export const binsOf = ({ rows, columns, data }: Matrix): Bins => {
  const codes = new Uint8Array(rows * columns)
  const cuts = Array.from({ length: columns }, (_, j) => {
    const sorted = Float64Array.from({ length: rows }, (_, i) => data[i * columns + j]).sort()
    const values = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1])
    const between = cutsOf(values.length <= mostBins ? values : quantiles(sorted))
    for (let i = 0; i < rows; i++) {
      const value = data[i * columns + j]
      let low = 0
      for (let high = between.length; low < high; ) {
        const middle = (low + high) >> 1
        if (between[middle] < value) low = middle + 1
        else high = middle
      }
      codes[j * rows + i] = low
    }
    return between
  })
  return { rows, columns, codes, cuts }
}

const quantiles = (sorted: Float64Array): Float64Array =>
  Float64Array.from(
    { length: mostBins },
    (_, b) => sorted[Math.floor((b * (sorted.length - 1)) / (mostBins - 1))],
  ).filter((value, i, all) => i === 0 || value !== all[i - 1])

const cutsOf = (values: Float64Array): Float64Array =>
  values.subarray(1).map((value, i) => values[i] + (value - values[i]) / 2)

/**
 * The tree of greatest gain, level by level: every split maximises the rise of Σ_c G_c² / (H_c + ridge), G and H the sums
 * of gradients and curvatures (rows × width) over a node; a leaf is G / (H + ridge). Equal gains go to the first column and cut.
 */
export const growTree = (
  bins: Bins,
  gradients: Float64Array,
  curvatures: Float64Array,
  chosen: Int32Array,
  shape: TreeShape,
): Tree => {
  const width = gradients.length / bins.rows
  const columns: number[] = []
  const cuts: number[] = []
  const children: number[] = []
  const values: number[] = []
  const add = (rows: Int32Array): number => {
    const sums = sumsOf(gradients, curvatures, rows, width)
    for (let c = 0; c < width; c++) values.push(sums[c] / (sums[width + c] + shape.ridge))
    cuts.push(0)
    children.push(-1)
    return columns.push(-1) - 1
  }
  let level = [{ node: add(chosen), rows: chosen }]
  for (let depth = 0; depth < shape.depth; depth++) {
    const next: typeof level = []
    for (const { node, rows } of level) {
      const split = bestSplit(bins, gradients, curvatures, rows, shape)
      if (!split) continue
      const { column, bin } = split
      const side = (isLeft: boolean): Int32Array =>
        rows.filter((i) => bins.codes[column * bins.rows + i] <= bin === isLeft)
      const [left, right] = [side(true), side(false)]
      columns[node] = column
      cuts[node] = bins.cuts[column][bin]
      children[node] = add(left)
      next.push({ node: children[node], rows: left }, { node: add(right), rows: right })
    }
    level = next
  }
  return {
    columns: Int32Array.from(columns),
    cuts: Float64Array.from(cuts),
    children: Int32Array.from(children),
    values: Float64Array.from(values),
  }
}

const sumsOf = (G: Float64Array, H: Float64Array, rows: Int32Array, width: number): Float64Array => {
  const sums = new Float64Array(2 * width)
  for (let k = 0; k < rows.length; k++) {
    for (let c = 0, at = rows[k] * width; c < width; c++, at++) {
      sums[c] += G[at]
      sums[width + c] += H[at]
    }
  }
  return sums
}

const bestSplit = (
  { rows: count, columns, codes, cuts }: Bins,
  G: Float64Array,
  H: Float64Array,
  rows: Int32Array,
  { leastRows, ridge }: TreeShape,
): { column: number; bin: number } | undefined => {
  if (rows.length < 2 * leastRows) return undefined
  const width = G.length / count
  const total = sumsOf(G, H, rows, width)
  let level = 0
  for (let c = 0; c < width; c++) level += total[c] ** 2 / (total[width + c] + ridge)
  // A gain that is only rounding is none.
  let most = level * (1 + 1e-9) + 1e-12
  let best: { column: number; bin: number } | undefined
  const sums = new Float64Array(2 * width * mostBins)
  const counts = new Int32Array(mostBins)
  const left = new Float64Array(2 * width)
  for (let column = 0; column < columns; column++) {
    const last = cuts[column].length
    if (last === 0) continue
    sums.fill(0, 0, 2 * width * (last + 1))
    counts.fill(0, 0, last + 1)
    const bins = codes.subarray(column * count, (column + 1) * count)
    if (width === 1) {
      for (let k = 0; k < rows.length; k++) {
        const i = rows[k]
        const bin = bins[i]
        counts[bin]++
        sums[2 * bin] += G[i]
        sums[2 * bin + 1] += H[i]
      }
    } else {
      for (let k = 0; k < rows.length; k++) {
        const i = rows[k]
        const bin = bins[i]
        counts[bin]++
        for (let c = 0, at = 2 * width * bin, from = i * width; c < width; c++, at += 2, from++) {
          sums[at] += G[from]
          sums[at + 1] += H[from]
        }
      }
    }
    left.fill(0)
    let before = 0
    for (let bin = 0; bin < last; bin++) {
      if (counts[bin] === 0) continue
      before += counts[bin]
      for (let c = 0, at = 2 * width * bin; c < width; c++, at += 2) {
        left[c] += sums[at]
        left[width + c] += sums[at + 1]
      }
      if (before < leastRows) continue
      if (rows.length - before < leastRows) break
      let gain = 0
      for (let c = 0; c < width; c++) {
        const g = left[c]
        const h = left[width + c]
        const rest = total[c] - g
        gain += (g * g) / (h + ridge) + (rest * rest) / (total[width + c] - h + ridge)
      }
      if (!(gain > most)) continue
      most = gain
      best = { column, bin }
    }
  }
  return best
}

/** Adds `rate` times the tree's leaf of every row of X to F, rows × width. */
export const addTree = ({ columns, cuts, children, values }: Tree, X: Matrix, rate: number, F: Float64Array): void => {
  const width = values.length / columns.length
  for (let i = 0; i < X.rows; i++) {
    let node = 0
    while (columns[node] >= 0) {
      node = children[node] + (X.data[i * X.columns + columns[node]] <= cuts[node] ? 0 : 1)
    }
    for (let c = 0; c < width; c++) F[i * width + c] += rate * values[node * width + c]
  }
}
