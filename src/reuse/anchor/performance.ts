import { oneOf, options } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import type { Dense } from '../../learnware/learner/product.js'
import { classesOf, targetsOf } from '../../learnware/learner/target.js'
import type { Learnware } from '../../learnware/learnware.js'
import { type Rows, rowCount } from '../../specification/rows/table.js'
import { noneLeft } from '../failure.js'
import { outputs, proper, tableOf } from '../outputs.js'
import { checkLabelled, type Labelled, outputOf } from '../target.js'
import { confusion, likeliest, squaredErrors } from './confusion.js'
import { roundedProductsOf } from './nearness.js'
import { powerOfTwo, standardError } from './rounding.js'

/** The words of {@link Metric}. */
export const metrics = ['accuracy', 'precision and recall', 'loss'] as const

/** What a user tells of an anchor: its accuracy, precision and recall of each class, or its loss (squared error, Brier score). */
export type Metric = (typeof metrics)[number]

/** What one anchor did on a user's rows, rounded; which members there are depends on the metric. */
export interface AnchorPerformance {
  readonly id: string
  /** Its output was the same for all rows: it cannot tell them apart. */
  readonly constant: boolean
  /** A multiple of 1/√n. */
  readonly accuracy?: number
  /** For each class of the report, in multiples of 1/√rows of the class; a precision of 0 where it was never predicted. */
  readonly precision?: readonly number[]
  readonly recall?: readonly number[]
  /** A multiple of `error`, the loss's standard error (or loss/√n, if that is more) raised to a power of two. */
  readonly loss?: number
  readonly error?: number
  /** ⟨Φ_u, Φ_a⟩ of the user's rows and the anchor's embedding, to a multiple of a power of two not below its standard error. */
  readonly product?: number
}

/** All that leaves a user's machine when she asks by the performance of anchors: no row, no label, no prediction. */
export interface PerformanceReport {
  readonly kind: 'performance'
  readonly island: string
  readonly metric: Metric
  /** Labelled rows that the performance stands on. */
  readonly rows: number
  /** Only with precision and recall: the classes that she has, and how many rows of each. */
  readonly classes?: readonly { readonly label: string; readonly rows: number }[]
  /** How many times anchors were asked. */
  readonly round: number
  readonly anchors: readonly AnchorPerformance[]
}

/** Options of {@link reportPerformance}. */
export interface PerformanceOptions {
  /** By default accuracy where the anchors predict classes, loss where they predict a real. */
  readonly metric?: Metric
  /**
   * Whether to tell besides how near the rows lie to each anchor's, one rounded inner product each: the market then counts the
   * tasks most that lie near the user's. By default yes, or as in `after`.
   */
  readonly nearness?: boolean
  /** The report of earlier rounds, which this one goes on with. */
  readonly after?: PerformanceReport
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, total: number) => void
}

/**
 * Runs anchors over a user's few labelled rows, here, and gives what a market may know of it: how well each did, rounded to
 * about one part in √n, so that a single row does not show. `anchorManifest` lists it. An anchor that cannot run is left out.
 * @throws RangeError or TypeError with one sentence for labels, options or an earlier report that do not fit; the reason of
 * an abort.
 */
export const reportPerformance = async (
  learnwares: readonly Learnware[],
  labelled: Labelled<Rows>,
  settings: PerformanceOptions = {},
): Promise<PerformanceReport> => {
  options(settings, 'options', ['metric', 'nearness', 'after', 'signal', 'onProgress'])
  const { after, signal, onProgress } = settings
  checkLabelled(labelled)
  const output = outputOf(learnwares, labelled.labels)
  const { island } = learnwares[0].terms
  const isReal = output.kind === 'real'
  const metric = oneOf(
    settings.metric ?? after?.metric ?? (isReal ? 'loss' : 'accuracy'),
    'metric',
    isReal ? ['loss'] : metrics,
  )
  const table = tableOf(labelled.rows, learnwares[0].terms)
  const targets = targetsOf(labelled.labels, output, rowCount(table), 'labelled.labels')
  if (targets.rows === 0) throw new ValueError('"labelled" expected at least one labelled row, got none', 'shape')
  const present = output.kind === 'real' || metric !== 'precision and recall' ? [] : presentOf(targets, output.classes)
  const classes = present.map(({ label, rows }) => ({ label, rows }))
  if (after !== undefined) checkEarlier(after, { island, metric, rows: targets.rows })
  const run = await outputs(learnwares, table, output, { signal, onProgress })
  if (run.ran.length === 0 && after === undefined) throw noneLeft(run.failed)
  const isNear = settings.nearness ?? after?.anchors.some(({ product }) => product !== undefined) ?? true
  const products = isNear
    ? roundedProductsOf(
        learnwares[0].terms,
        table,
        run.ran.map((place) => learnwares[place].specification.embedding),
      )
    : undefined
  const anchors = run.of.map((data, k): AnchorPerformance => {
    const predicted = proper(data, output)
    return {
      id: learnwares[run.ran[k]].id,
      constant: isConstant(predicted, targets),
      ...(metric === 'loss'
        ? lossOf(squaredErrors(predicted, targets))
        : rates(predicted, targets, metric === 'accuracy' ? undefined : present)),
      ...(products?.[k] !== undefined && { product: products[k] }),
    }
  })
  const known = new Set(anchors.map(({ id }) => id))
  return {
    kind: 'performance',
    island,
    metric,
    rows: targets.rows,
    ...(metric === 'precision and recall' && { classes }),
    round: (after?.round ?? 0) + 1,
    anchors: [...(after?.anchors ?? []).filter(({ id }) => !known.has(id)), ...anchors],
  }
}

interface Present {
  readonly label: string
  readonly place: number
  readonly rows: number
}

const presentOf = (targets: Dense, classes: readonly string[]): Present[] => {
  const counts = new Float64Array(classes.length)
  for (const place of classesOf(targets)) counts[place]++
  return classes.map((label, place) => ({ label, place, rows: counts[place] })).filter(({ rows }) => rows > 0)
}

const checkEarlier = (
  after: PerformanceReport,
  { island, metric, rows }: Pick<PerformanceReport, 'island' | 'metric' | 'rows'>,
): void => {
  if (after?.island === island && after.metric === metric && after.rows === rows && Array.isArray(after.anchors)) return
  throw new ValueError(
    `"after" expected an earlier report of ${metric} on the same ${rows} rows and island ${island}, got one of ${after?.metric} on ${after?.rows} rows and island ${after?.island}`,
  )
}

const isConstant = (predicted: Float64Array, { rows, columns }: Dense): boolean => {
  const most = predicted.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  for (let i = columns; i < rows * columns; i++) {
    if (Math.abs(predicted[i] - predicted[i % columns]) > 1e-6 * most) return false
  }
  return rows > 1
}

/** To the nearest of 0, 1/√n, 2/√n, … below 1, or 1. */
const rounded = (share: number, rows: number): number => {
  const root = Math.sqrt(rows)
  return Math.min(1, Math.round(share * root) / root)
}

const rates = (
  predicted: Float64Array,
  targets: Dense,
  present: readonly Present[] | undefined,
): Pick<AnchorPerformance, 'accuracy' | 'precision' | 'recall'> => {
  const { rows, columns } = targets
  const ones = new Float64Array(rows).fill(1)
  const met = confusion(likeliest(predicted, columns), classesOf(targets), ones, columns)
  if (present === undefined) return { accuracy: rounded(met.hit.reduce((sum, value) => sum + value, 0) / rows, rows) }
  return {
    precision: present.map(({ place, rows }) =>
      met.predicted[place] > 0 ? rounded(met.hit[place] / met.predicted[place], rows) : 0,
    ),
    recall: present.map(({ place, rows }) => rounded(met.hit[place] / rows, rows)),
  }
}

const lossOf = (losses: Float64Array): { loss: number; error: number } => {
  const { mean, error: spread } = standardError(losses)
  const error = powerOfTwo(Math.max(spread, mean / Math.sqrt(losses.length)))
  return { loss: error > 0 ? Math.round(mean / error) * error : 0, error }
}
