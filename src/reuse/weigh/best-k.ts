import type { Learnware } from '../../learnware/learnware.js'
import type { Requirement } from '../../specification/specification.js'
import { compose, type ReusedModel } from '../compose.js'
import { type Evidence, evidence, type LabelledOptions } from '../evidence.js'
import { reportOf } from '../evidence-report.js'
import { takeFlat, takeOutputs, weightedSum } from '../outputs.js'
import { pathOf } from './path.js'

/** How many learnwares are tried together. */
const sizes = [1, 2, 3, 5, 8, 12, 20]

/**
 * The mean of the k learnwares that labelled rows and distance speak for: ranked by
 *   L_l + (strength · s² / n) · d_l² / mean d²,
 * L_l the loss on n labelled rows, d_l the distance to the requirement, s² the loss of the data-free average; with few
 * labels the nearest come first, with many the best. k is chosen by cross-validation, with a ranking of its own in each fold.
 * @throws RangeError for fewer than two labelled rows, or labels that do not fit.
 */
export const bestK = async (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  options: LabelledOptions,
): Promise<ReusedModel> => {
  const found = await evidence(learnwares, requirement, options, 2)
  const { outputs, output } = found
  const counts = sizes.filter((k, i) => k <= outputs.of.length || sizes[i - 1] < outputs.of.length)
  const { steps, losses } = await pathOf(found, (rows) => {
    const order = ranking(found, rows)
    return counts.map((k) => meanOf(order, k))
  })
  // Ties go to more members, which err less alike.
  const at = losses.reduce((best, { loss }, i) => (loss <= losses[best].loss ? i : best), 0)
  const weights = steps[at]
  found.progress(1)
  return compose({
    learnwares: found.learnwares,
    weights,
    output,
    report: reportOf(
      found,
      weights,
      {
        method: 'best-k',
        reason: `the ${Math.min(counts[at], outputs.of.length)} best by loss on ${outputs.rows} labelled rows and by distance, as many as cross-validation asks for`,
        losses: losses[at],
      },
      counts.map((k, i) => ({
        method: `best-${Math.min(k, outputs.of.length)}`,
        weight: i === at ? 1 : 0,
        ...losses[i],
      })),
    ),
  })
}

/** Learnwares from the best on some of the labelled rows; ties by nearness. */
const ranking = ({ outputs, targets, prior, strength, near }: Evidence, rows: Int32Array): Int32Array => {
  const { width } = outputs
  const y = takeFlat(targets.data, rows, width)
  const { of } = takeOutputs(outputs, rows)
  const lossOf = (f: Float64Array): number => f.reduce((sum, value, e) => sum + (value - y[e]) ** 2, 0) / rows.length
  const mean = near.distances.reduce((sum, d) => sum + d * d, 0) / of.length
  const noise = lossOf(weightedSum({ rows: rows.length, width, of }, prior))
  const scores = of.map(
    (f, l) => lossOf(f) + (mean > 0 ? ((strength * noise) / rows.length) * (near.distances[l] ** 2 / mean) : 0),
  )
  return near.order.slice().sort((a, b) => scores[a] - scores[b])
}

const meanOf = (order: Int32Array, k: number): Float64Array => {
  const weights = new Float64Array(order.length)
  for (const l of order.subarray(0, k)) weights[l] = 1 / Math.min(k, order.length)
  return weights
}
