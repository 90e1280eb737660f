import { oneOf, whole } from '../../base/check.js'
import { type Matrix, matrix, takeRows } from '../../base/matrix.js'
import type { Precision } from '../../kernel/centre.js'
import { checkKernel } from '../../kernel/kernel.js'
import type { Embedding } from '../../rkme/embedding.js'
import { gammaLabel } from '../../rkme/reduce/labels.js'
import type { Steps } from '../../rkme/rows/driver.js'
import type { Progress, SolverOptions } from '../../rkme/solver/solver.js'
import { coordinateBounds } from '../rows/encode.js'
import { type Labels, readLabels } from '../rows/label.js'
import type { Terms } from '../terms.js'
import { type Bounds, guarded, leastSupport } from './guard.js'

const labelClip = 8

/** Where a specification is: reduction `done` of `parts`, and the solver's own progress in it. */
export interface SpecificationProgress extends Progress {
  /** `rows`, `joint`, or `class "…"`. */
  readonly part: string
  readonly done: number
  readonly parts: number
}

/** What decides the reductions besides terms and rows. */
export interface SolverChoice {
  readonly seed?: number
  /** Of the sums over rows. */
  readonly precision?: Precision
  readonly onProgress?: (progress: SpecificationProgress) => void
}

/** One reduction of a specification. */
export interface Part {
  readonly name: string
  readonly rows: Matrix
  readonly label?: string
  readonly prior?: number
  steps(onProgress: (progress: Progress) => void, onDone: () => void): Steps<Embedding>
}

/** What a scaled label is multiplied with in a joint embedding, so that the columns' gamma acts on it as its own. */
export const labelFactor = (gamma: number): number => Math.sqrt(gammaLabel / gamma)

/** How far the label of a joint embedding can lie from 0. */
export const labelBound = (gamma: number): number => labelClip * labelFactor(gamma)

/** The reductions of encoded rows: of all, then of (x, y) or of each class that has at least five rows. */
export const partsOf = (
  coordinates: Matrix,
  terms: Terms,
  { labels, seed = 0, precision = 'f64' }: SolverChoice & { readonly labels?: Labels },
): Part[] => {
  whole(seed, 'seed')
  oneOf(precision, 'precision', ['f32', 'f64'])
  const bounds = coordinateBounds(terms)
  const part = (name: string, rows: Matrix, within: Bounds = bounds): Part => ({
    name,
    rows,
    *steps(onProgress, onDone) {
      const embedding = yield* guarded(
        rows.rows,
        rows.columns,
        solverOptions(terms, rows.rows, seed, precision, onProgress),
        within,
      )
      onDone()
      return embedding
    },
  })
  const all = part('rows', coordinates)
  if (labels === undefined) return [all]
  const values = readLabels(labels, coordinates.rows, terms.labels)
  if (terms.labels.kind === 'real') {
    const far = labelBound(terms.kernel.gamma)
    const within = { low: [...bounds.low, -far], high: [...bounds.high, far] }
    return [all, part('joint', withLabel(coordinates, values, terms.labels, labelFactor(terms.kernel.gamma)), within)]
  }
  const { classes } = terms.labels as Extract<Terms['labels'], { kind: 'classes' }>
  const members = classes
    .map((label, c) => ({ label, indices: indicesOf(values, c) }))
    .filter(({ indices }) => indices.length >= leastSupport)
  const counted = members.reduce((sum, { indices }) => sum + indices.length, 0)
  return [
    all,
    ...members.map(({ label, indices }) => ({
      ...part(`class ${JSON.stringify(label)}`, takeRows(coordinates, indices)),
      label,
      prior: indices.length / counted,
    })),
  ]
}

const solverOptions = (
  { kernel, size }: Terms,
  rows: number,
  seed: number,
  precision: Precision,
  onProgress: (progress: Progress) => void,
): SolverOptions => ({
  kernel: checkKernel(kernel),
  size: 'auto',
  cap: Math.max(1, Math.min(size.cap, Math.floor(rows / leastSupport))),
  constraint: 'cone',
  seed,
  iterations: 200,
  tolerance: 1e-4,
  precision,
  rounds: 3,
  measure: true,
  onProgress,
})

const indicesOf = (values: Float64Array, wanted: number): number[] => {
  const indices: number[] = []
  values.forEach((value, i) => {
    if (value === wanted) indices.push(i)
  })
  return indices
}

const withLabel = (
  { rows, columns, data }: Matrix,
  values: Float64Array,
  { centre, scale }: { readonly centre: number; readonly scale: number },
  factor: number,
): Matrix => {
  const joint = new Float64Array(rows * (columns + 1))
  for (let i = 0; i < rows; i++) {
    joint.set(data.subarray(i * columns, (i + 1) * columns), i * (columns + 1))
    const scaled = Math.min(labelClip, Math.max(-labelClip, (values[i] - centre) / scale))
    joint[(i + 1) * (columns + 1) - 1] = scaled * factor
  }
  return matrix(joint, rows, columns + 1)
}
