import { type Matrix, takeRows } from '../../base/matrix.js'
import { discreteColumns } from '../../kernel/form.js'
import type { ProductKernel } from '../../kernel/kernel.js'
import { evaluateAt } from '../evaluate.js'
import type { Steps } from '../rows/request.js'
import { type AskMoments, type DescentOptions, descend, type State, stateAt } from './descend.js'
import { seedCentres } from './start.js'

/** The categories of every discrete column that were seen, in order. */
export type Levels = ReadonlyMap<number, readonly number[]>

/** The categories in a sample. */
export const levelsOf = (kernel: ProductKernel, { rows, columns, data }: Matrix): Levels => {
  const levels = new Map<number, number[]>()
  for (const c of discreteColumns(kernel)) {
    const seen = new Set<number>()
    for (let i = 0; i < rows; i++) seen.add(data[i * columns + c])
    levels.set(
      c,
      [...seen].sort((a, b) => a - b),
    )
  }
  return levels
}

/** Numbers in units of √gamma, and an axis for every category: squared distances are about what the kernel loses. */
const spreadOut = (kernel: ProductKernel, levels: Levels, { rows, columns, data }: Matrix): Matrix => {
  const width = kernel.parts.reduce((sum, _, c) => sum + (levels.get(c)?.length ?? 1), 0)
  const placed = new Float64Array(rows * width)
  let offset = 0
  kernel.parts.forEach((part, c) => {
    const seen = levels.get(c) ?? []
    const index = new Map(seen.map((level, l) => [level, l]))
    // Two axes of √((1 − rho)/2) are 1 − rho apart, squared: a first-order loss, finite for rho = 0.
    const side = part.kind === 'numeric' ? Math.sqrt(part.gamma) : Math.sqrt((1 - part.rho) / 2)
    for (let i = 0; i < rows; i++) {
      const value = data[i * columns + c]
      const l = index.get(value)
      placed[i * width + offset + (l ?? 0)] = l === undefined ? side * value : side
    }
    offset += Math.max(1, seen.length)
  })
  return { rows, columns: width, data: placed }
}

/** Rows of a sample by k-means++ on numbers and category axes; no Lloyd rounds, since a mean has no category. */
export const mixedCentres = (
  kernel: ProductKernel,
  levels: Levels,
  sample: Matrix,
  count: number,
  random: () => number,
  weights?: Float64Array,
): Matrix => takeRows(sample, seedCentres(spreadOut(kernel, levels, sample), count, random, weights))

const mostRounds = 10
const candidatesAtOnce = 4096

/**
 * Lowers the projected objective of a product kernel: L-BFGS in the numbers, then coordinate descent over the categories
 * (each point takes the category, of those seen, at which the objective is lowest with all else as it is; kept only where the
 * objective falls), in turns until no category changes. The objective never rises.
 */
export function* descendMixed(start: State, ask: AskMoments, options: DescentOptions, levels: Levels): Steps<State> {
  let state = yield* descend(start, ask, options)
  for (let round = 0; round < mostRounds && options.iterations > 0 && state.objective > options.target; round++) {
    const exchanged = yield* exchange(state, ask, options, levels)
    if (exchanged === state) break
    options.curvature.forget()
    state = yield* descend(exchanged, ask, options)
  }
  return state
}

function* exchange(start: State, ask: AskMoments, options: DescentOptions, levels: Levels): Steps<State> {
  let state = start
  for (const [column, seen] of levels) {
    if (seen.length < 2) continue
    const points = yield* bestCategories(state, ask, options, column, seen)
    const candidate = yield* stateAt(points, ask, options.kernel, options.constraint, state.weights)
    if (candidate.objective < state.objective - 1e-12 * Math.abs(state.objective)) state = candidate
  }
  return state
}

/** Points with the best category of a column each, one point after the other, at weights held fixed. */
function* bestCategories(
  { points, weights }: State,
  ask: AskMoments,
  { kernel }: DescentOptions,
  column: number,
  seen: readonly number[],
): Steps<Matrix> {
  const { rows: n, columns: d } = points
  const levels = seen.length
  const variants = withLevels(points, column, seen)
  const correlations = new Float64Array(n * levels)
  for (let first = 0; first < n * levels; first += candidatesAtOnce) {
    const end = Math.min(n * levels, first + candidatesAtOnce)
    const block = { rows: end - first, columns: d, data: variants.data.subarray(first * d, end * d) }
    correlations.set((yield* ask({ ...block, data: block.data.slice() }, false)).correlations, first)
  }
  const moved = { ...points, data: points.data.slice() }
  for (let j = 0; j < n; j++) {
    if (weights[j] === 0) continue
    const others = weights.slice()
    others[j] = 0
    const own = { rows: levels, columns: d, data: variants.data.subarray(j * levels * d, (j + 1) * levels * d) }
    const interaction = evaluateAt(own, moved, others, kernel)
    const cost = (l: number): number => weights[j] * (interaction[l] - correlations[j * levels + l])
    let best = Math.max(0, seen.indexOf(points.data[j * d + column]))
    for (let l = 0; l < levels; l++) if (cost(l) < cost(best)) best = l
    moved.data[j * d + column] = seen[best]
  }
  return moved
}

/** Every point once with each category of a column. */
const withLevels = (points: Matrix, column: number, seen: readonly number[]): Matrix => {
  const { columns: d } = points
  const indices = Array.from({ length: points.rows * seen.length }, (_, i) => Math.floor(i / seen.length))
  const variants = takeRows(points, indices)
  for (let i = 0; i < variants.rows; i++) variants.data[i * d + column] = seen[i % seen.length]
  return variants
}
