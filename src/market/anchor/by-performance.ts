import type { AnchorPerformance, PerformanceReport } from '../../reuse/anchor/performance.js'
import { bestOf } from '../../search/anchor/best-of.js'
import { conditionAll, nextProbes } from '../../search/anchor/probing.js'
import { aspectsOf, type Measure, type Trials } from './aspects.js'

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
  readonly measure: Measure
  /**
   * Expected loss and its standard deviation of the most helpful one first, then of each that most lowers the expected loss of
   * the best of them ({@link bestOf}), so that they are not all alike.
   */
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
const probes = 8

/**
 * The helpful learnwares by the performance of anchors (ALGORITHMS 5.2). The loss of every learnware on the user's task is a
 * Gaussian process whose mean and covariance are those of the island's own tasks, each of which every learnware was tried on:
 * a user is taken for one more developer. Where she tells how near her rows lie to the anchors', tasks count by
 * their nearness ({@link aspectsOf}). Noise is that of the user's number of rows and of the rounding.
 */
export const inferByPerformance = (
  report: PerformanceReport,
  { ids, tasks, transfer, output, top }: Trials & { readonly top: number },
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
    ranked: bestOf(aspects, at, mean, top).map((i) => ({ id: ids[i], mean: mean[i], spread: spread[i] })),
    next: isLast ? [] : next.map((i) => ids[i]),
    round: report.round,
    improvement: best > 0 && best < Number.POSITIVE_INFINITY ? improvement / best : 0,
    findings: findingsOf(report, unknown),
  }
}

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
