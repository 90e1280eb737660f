import type { Matrix } from '../base/matrix.js'
import type { ModelOutput } from '../learnware/model.js'
import type { AnchorPerformance, PerformanceReport } from '../reuse/performance.js'
import { beliefOf } from '../search/gaussian-process.js'
import { type Aspect, conditionAll, nextProbes } from '../search/probing.js'
import { lossesOf } from './prototypes.js'
import { measureAt, type Transfer } from './transfer.js'

/** What a market says of the answers themselves. */
export interface AnchorFinding {
  readonly check: 'alike' | 'constant' | 'classes'
  readonly message: string
}

/** What the performance of anchors lets a market expect of all learnwares of an island. */
export interface FoundByPerformance {
  readonly kind: 'performance'
  readonly island: string
  /** Of what `mean` and `spread` are: 1 − accuracy, 1 − F1 by the user's classes, the Brier score, or √(squared error). */
  readonly measure: 'error' | '1 − F1' | 'Brier score' | 'root mean squared error'
  /** The most helpful first, ties by id: expected loss and its standard deviation. */
  readonly ranked: readonly { readonly id: string; readonly mean: number; readonly spread: number }[]
  /** What to run next, if another round is worth while: fetch these, run them, and report them after the others. */
  readonly next: readonly string[]
  readonly round: number
  /** How much the best loss is expected to fall by the first of `next`, as a part of it. */
  readonly improvement: number
  readonly findings: readonly AnchorFinding[]
}

/** After so many rounds the anchors have told what they can. */
const mostRounds = 3
/** Learnwares that a further round asks for. */
const probes = 4

/**
 * The helpful learnwares by the performance of anchors (ALGORITHMS 5.2). The loss of every learnware on the user's task is a
 * Gaussian process whose mean and covariance are those of the island's own tasks, each of which every learnware was tried on:
 * a user is taken for one more developer. Noise is that of the user's number of rows and of the rounding.
 */
export const inferByPerformance = (
  report: PerformanceReport,
  {
    ids,
    tasks,
    transfer,
    output,
    top,
  }: {
    ids: readonly string[]
    tasks: readonly string[]
    transfer: Transfer
    output: ModelOutput
    top: number
  },
): FoundByPerformance => {
  const answers = report.anchors.filter(({ id }) => ids.includes(id))
  const at = answers.map(({ id }) => ids.indexOf(id))
  const { aspects, measure, unknown } = aspectsOf(report, answers, { ids, tasks, transfer, output })
  const { mean, spread } = conditionAll(aspects, at)
  const best = at.reduce((least, i) => Math.min(least, mean[i]), Number.POSITIVE_INFINITY)
  const isLast = report.round >= mostRounds
  const { next, improvement } = nextProbes(aspects, at, isLast ? 1 : probes)
  return {
    kind: 'performance',
    island: report.island,
    measure,
    ranked: ids
      .map((id, i) => ({ id, mean: mean[i], spread: spread[i] }))
      .sort((a, b) => a.mean - b.mean || (a.id < b.id ? -1 : 1))
      .slice(0, top),
    next: isLast ? [] : next.map((i) => ids[i]),
    round: report.round,
    improvement: best > 0 && best < Number.POSITIVE_INFINITY ? improvement / best : 0,
    findings: findingsOf(report, unknown),
  }
}

interface Space {
  readonly ids: readonly string[]
  readonly tasks: readonly string[]
  readonly transfer: Transfer
  readonly output: ModelOutput
}

const aspectsOf = (
  report: PerformanceReport,
  answers: readonly AnchorPerformance[],
  { ids, tasks, transfer, output }: Space,
): { aspects: Aspect[]; measure: FoundByPerformance['measure']; unknown: string[] } => {
  const { metric, rows, classes = [] } = report
  const losses = (measure: number): Matrix => lossesOf(ids, tasks, transfer, measure)
  const one = (drawn: Matrix, seen: (answer: AnchorPerformance) => [value: number, noise: number]): Aspect[] => {
    const pairs = answers.map(seen)
    return [
      {
        share: 1,
        belief: beliefOf(drawn),
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
    const drawn = place < 0 ? undefined : withTheClass(losses(measureAt.classes + place))
    if (drawn === undefined) unknown.push(label)
    else {
      const [aspect] = one(drawn, ({ precision = [], recall = [] }) => {
        const sum = precision[c] + recall[c]
        const value = 1 - (sum > 0 ? (2 * precision[c] * recall[c]) / sum : 0)
        return [value, shareNoise(value, share)]
      })
      known.push({ ...aspect, share: share / counted })
    }
  })
  const none = { mean: new Float64Array(ids.length).fill(1), deviations: emptyOf(ids.length), level: 0 }
  const still = { share: 1, belief: none, values: answers.map(() => 1), noise: answers.map(() => 1) }
  return { measure: '1 − F1', unknown, aspects: known.length > 0 ? known : [still] }
}

const emptyOf = (rows: number): Matrix => ({ rows, columns: 1, data: new Float64Array(rows) })

/** The drawings in which a class occurs; undefined where it occurs in none. */
const withTheClass = ({ rows, columns, data }: Matrix): Matrix | undefined => {
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
  return { rows, columns: kept.length, data: result }
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

const findingsOf = ({ anchors, rows, metric }: PerformanceReport, unknown: readonly string[]): AnchorFinding[] => {
  const findings: AnchorFinding[] = []
  const told = ({ accuracy, loss, precision, recall }: AnchorPerformance): string =>
    JSON.stringify([accuracy, loss, precision, recall])
  if (anchors.length > 1 && anchors.every((anchor) => told(anchor) === told(anchors[0]))) {
    findings.push({
      check: 'alike',
      message: `all ${anchors.length} anchors have the same ${metric} on your ${rows} rows, so that their answers carry no information about which learnware helps; label more rows, or take loss as the metric`,
    })
  }
  const constant = anchors.filter((anchor) => anchor.constant)
  if (constant.length > 0) {
    const which =
      constant.length === anchors.length
        ? 'all anchors answer'
        : `${constant.length} of ${anchors.length} anchors answer`
    findings.push({
      check: 'constant',
      message: `${which} the same for each of your ${rows} rows: such answers carry no information about what sets your rows apart; check units and columns, or take more different rows`,
    })
  }
  if (unknown.length > 0) {
    findings.push({
      check: 'classes',
      message: `no learnware of the island ever answers ${unknown.map((label) => JSON.stringify(label)).join(', ')}, so that these classes were left out of account`,
    })
  }
  return findings
}
