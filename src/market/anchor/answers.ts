import { finite, lengthOf, list, oneOf, whole } from '../../base/check.js'
import { KindError, MarketError, shown, ValueError } from '../../base/error.js'
import type { ModelOutput } from '../../learnware/model.js'
import type { DistanceReport } from '../../reuse/anchor/nearness.js'
import { metrics, type PerformanceReport } from '../../reuse/anchor/performance.js'
import { type Catalogue, entryOf, type Island } from '../catalogue.js'
import { declaredOutput } from '../mimic.js'

/** What a user answers to anchors. */
export type AnchorReport = PerformanceReport | DistanceReport

/**
 * The island of a report whose every number was looked at: it comes from a stranger.
 * @throws TypeError or RangeError with one sentence; MarketError `incompatible` where its island does not stand here, and
 * `absent`, `retired`, `denied` for its learnwares.
 */
export const checkReport = (report: AnchorReport, catalogue: Catalogue): Island => {
  oneOf(report?.kind, 'report.kind', ['performance', 'distance'])
  const island = catalogue.islands.get(report.island)
  if (island === undefined) {
    throw new MarketError(
      'incompatible',
      `the report is about the island ${shown(report.island)}, which does not stand in this market; begin with market.anchors(description) here`,
    )
  }
  const seen = new Set<string>()
  for (const answer of list<{ readonly id: string }>(report.anchors, 'report.anchors')) {
    const { id } = entryOf(catalogue, answer?.id, { usable: true })
    if (catalogue.entries.get(id)?.island !== report.island) {
      throw new ValueError(
        `"report.anchors" expected learnwares of the island ${report.island}, got ${shown(id)} of another`,
      )
    }
    if (seen.has(id)) throw new ValueError(`"report.anchors" has two answers of ${shown(id)}; send one`)
    seen.add(id)
  }
  if (report.kind === 'distance') checkDistances(report)
  else checkPerformance(report, declaredOutput(island.description))
  return island
}

const checkDistances = ({ own, anchors }: DistanceReport): void => {
  finite(own, 'report.own', 0)
  anchors.forEach(({ product }, k) => {
    finite(product, `report.anchors[${k}].product`)
  })
}

const checkPerformance = (report: PerformanceReport, output: ModelOutput | undefined): void => {
  const { metric, rows, round, classes, anchors } = report
  oneOf(metric, 'report.metric', output?.kind === 'real' ? ['loss'] : metrics)
  whole(rows, 'report.rows', 1)
  whole(round, 'report.round', 1)
  if (anchors.length === 0) {
    throw new ValueError('"report.anchors" expected at least one answer, got none; run what market.anchors gives')
  }
  const count = metric === 'precision and recall' ? checkClasses(classes) : 0
  anchors.forEach(({ accuracy, loss, error, precision, recall, product }, k) => {
    const name = `report.anchors[${k}]`
    if (product !== undefined) finite(product, `${name}.product`)
    if (metric === 'accuracy') finite(accuracy, `${name}.accuracy`, 0, 1)
    else if (metric === 'loss') {
      finite(loss, `${name}.loss`, 0)
      finite(error, `${name}.error`, 0)
    } else {
      for (const [what, values] of Object.entries({ precision, recall })) {
        lengthOf(list<number>(values as readonly number[], `${name}.${what}`), `${name}.${what}`, count).forEach(
          (value, c) => {
            finite(value, `${name}.${what}[${c}]`, 0, 1)
          },
        )
      }
    }
  })
}

const checkClasses = (classes: PerformanceReport['classes']): number => {
  if (!Array.isArray(classes) || classes.length === 0) {
    throw new ValueError(`"report.classes" expected the classes of precision and recall, got ${shown(classes)}`)
  }
  classes.forEach((entry, c) => {
    if (typeof entry?.label !== 'string') {
      throw new KindError(`"report.classes[${c}].label" expected a text, got ${shown(entry?.label)}`)
    }
    whole(entry.rows, `report.classes[${c}].rows`, 1)
  })
  return classes.length
}
