import { ValueError } from '../../base/error.js'
import type { Matrix } from '../../base/matrix.js'
import type { ModelOutput } from '../../learnware/model.js'
import type { AnchorPerformance, PerformanceReport } from '../../reuse/anchor/performance.js'
import type { Embedding } from '../../rkme/embedding.js'
import { inner } from '../../rkme/mmd.js'
import { beliefOf } from '../../search/anchor/gaussian-process.js'
import type { Aspect } from '../../search/anchor/probing.js'
import { products } from '../../search/products.js'
import { taskShares } from '../../search/task/task-shares.js'
import { lossesOf } from './prototypes.js'
import { measureAt, type Transfer } from './transfer.js'

/** Of what a loss on a user's task is told: 1 − accuracy, 1 − F1 by the user's classes, the Brier score, or √(squared error). */
export type Measure = 'error' | '1 − F1' | 'Brier score' | 'root mean squared error'

/** The learnwares of an island, the tasks that all of them were tried on, and how they did there. */
export interface Trials {
  readonly ids: readonly string[]
  readonly tasks: readonly string[]
  readonly transfer: Transfer
  readonly output: ModelOutput
}

/**
 * What each answer says of a user's task, each with its noise, beside what the island's own tasks were like; and the classes
 * that no learnware of the island knows. Where answers tell how near her rows lie, tasks count by that.
 */
export const aspectsOf = (
  report: PerformanceReport,
  answers: readonly AnchorPerformance[],
  { ids, tasks, transfer, output }: Trials,
): { aspects: Aspect[]; measure: Measure; unknown: string[] } => {
  const { metric, rows, classes = [] } = report
  const losses = (measure: number): Matrix => lossesOf(ids, tasks, transfer, measure)
  const shares = sharesOf(answers, tasks, transfer)
  const one = (
    drawn: Matrix,
    seen: (answer: AnchorPerformance) => [value: number, noise: number],
    drawings?: readonly number[],
  ): Aspect[] => {
    const pairs = answers.map(seen)
    return [
      {
        share: 1,
        belief: beliefOf(drawn, shares && (drawings ? partOf(shares, drawings) : shares)),
        values: pairs.map(([value]) => value),
        noise: pairs.map(([, noise]) => noise),
      },
    ]
  }
  if (metric === 'accuracy') {
    return {
      measure: 'error',
      unknown: [],
      aspects: one(losses(measureAt.error), ({ accuracy = 0 }) => [1 - accuracy, shareNoise(1 - accuracy, rows)]),
    }
  }
  if (metric === 'loss') {
    const isReal = output.kind === 'real'
    return {
      measure: isReal ? 'root mean squared error' : 'Brier score',
      unknown: [],
      aspects: one(isReal ? rooted(losses(measureAt.squared)) : losses(measureAt.brier), ({ loss = 0, error = 0 }) =>
        isReal ? rootNoise(loss, lossNoise(error)) : [loss, lossNoise(error)],
      ),
    }
  }
  const known: Aspect[] = []
  const unknown: string[] = []
  const counted = classes.reduce((sum, entry) => sum + entry.rows, 0)
  classes.forEach(({ label, rows: share }, c) => {
    const place = output.kind === 'real' ? -1 : output.classes.indexOf(label)
    const found = place < 0 ? undefined : withTheClass(losses(measureAt.classes + place))
    if (found === undefined) unknown.push(label)
    else {
      const seen = ({ precision = [], recall = [] }: AnchorPerformance) => {
        const sum = precision[c] + recall[c]
        const value = 1 - (sum > 0 ? (2 * precision[c] * recall[c]) / sum : 0)
        return [value, shareNoise(value, share)] satisfies [number, number]
      }
      const [aspect] = one(found.drawn, seen, found.kept)
      known.push({ ...aspect, share: share / counted })
    }
  })
  const none = { mean: new Float64Array(ids.length).fill(1), deviations: emptyOf(ids.length), level: 0 }
  const still = { share: 1, belief: none, values: answers.map(() => 1), noise: answers.map(() => 1) }
  return { measure: '1 − F1', unknown, aspects: known.length > 0 ? known : [still] }
}

const emptyOf = (rows: number): Matrix => ({ rows, columns: 1, data: new Float64Array(rows) })

/** The drawings in which a class occurs, and their places; undefined where it occurs in none. */
const withTheClass = ({ rows, columns, data }: Matrix): { drawn: Matrix; kept: readonly number[] } | undefined => {
  const kept = Array.from({ length: columns }, (_, p) => p).filter((p) => {
    for (let i = 0; i < rows; i++) if (Number.isNaN(data[i * columns + p])) return false
    return true
  })
  if (kept.length === 0) return undefined
  const result = new Float64Array(rows * kept.length)
  for (let i = 0; i < rows; i++) {
    kept.forEach((p, k) => {
      result[i * kept.length + k] = data[i * columns + p]
    })
  }
  return { drawn: { rows, columns: kept.length, data: result }, kept }
}

/** How much each task counts, by the inner products that came with some answers; undefined where none did. */
const sharesOf = (
  answers: readonly AnchorPerformance[],
  tasks: readonly string[],
  { embeddings }: Transfer,
): Float64Array | undefined => {
  const told = answers.flatMap(({ id, product }) => {
    const embedding = embeddings.get(id)
    if (product === undefined || embedding === undefined) return []
    const most = Math.sqrt(inner(embedding, embedding))
    // ‖Φ_u‖ ≤ 1 for the kernels of islands, k(x, x) = 1.
    if (Math.abs(product) > most * (1 + 1e-6)) {
      throw new ValueError(
        `"report.anchors" expected products of at most ‖Φ_a‖ = ${most}, got ${product} for ${id}; take reportPerformance`,
      )
    }
    return [{ product, embedding }]
  })
  if (told.length === 0) return undefined
  const anchors = told.map(({ embedding }) => embedding)
  const of = tasks.map((task) => embeddings.get(task) as Embedding)
  return taskShares(
    told.map(({ product }) => product),
    Float64Array.from(anchors.flatMap((anchor) => Array.from(products(anchor, anchors)))),
    anchors.map((anchor) => products(anchor, of)),
    of.map((embedding) => inner(embedding, embedding)),
  )
}

/** The shares of some drawings, in parts of their sum. */
const partOf = (shares: Float64Array, drawings: readonly number[]): Float64Array => {
  const part = Float64Array.from(drawings, (p) => shares[p])
  const sum = part.reduce((total, share) => total + share, 0)
  return part.map((share) => (sum > 0 ? share / sum : 1 / part.length))
}

const rooted = ({ rows, columns, data }: Matrix): Matrix => ({ rows, columns, data: data.map(Math.sqrt) })

/** Variance of a share of n rows (shrunk towards one half, so that none is certain), and of its rounding to 1/√n. */
const shareNoise = (share: number, rows: number): number => {
  const p = (share * rows + 1) / (rows + 2)
  return (p * (1 - p)) / rows + 1 / (12 * rows)
}

/** The standard error was raised to a power of two, so it was about 1/√2 of that; the loss was rounded to it. */
const lossNoise = (error: number): number => error * error * (1 / 2 + 1 / 12)

/** Root and its variance, d√y = dy/(2√y), where y is not below its own noise. */
const rootNoise = (loss: number, noise: number): [number, number] => [
  Math.sqrt(loss),
  noise > 0 ? noise / Math.max(4 * loss, 2 * Math.sqrt(noise)) : 0,
]
