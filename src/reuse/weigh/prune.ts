import type { Learnware } from '../../learnware/learnware.js'
import type { Requirement } from '../../specification/specification.js'
import { compose, type ReusedModel } from '../compose.js'
import { evidence, type LabelledOptions } from '../evidence.js'
import { reportOf } from '../evidence-report.js'
import { type Outputs, takeFlat, takeOutputs } from '../outputs.js'
import { shrunkWeights } from '../simplex.js'
import { pathOf } from './path.js'
import { subsets } from './subset.js'

/** The best by themselves on the labelled rows that a smaller ensemble is sought among. */
const candidates = 50

/**
 * A small ensemble in the place of a large one: the subsets of growing size that {@link subsets} finds among the 50 learnwares
 * best by themselves, the size chosen by cross-validation with a search of its own in each fold; then weights on the simplex,
 * shrunk towards those of the subset.
 * @throws RangeError for fewer than two labelled rows, or labels that do not fit.
 */
export const prune = async (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  options: LabelledOptions,
): Promise<ReusedModel> => {
  const found = await evidence(learnwares, requirement, options, 2)
  const { outputs, targets, output, strength, near } = found
  const { rows, width } = outputs
  /** Weights of all learnwares for each step, from some of the labelled rows. */
  const path = (some: Int32Array): Float64Array[] => {
    const y = takeFlat(targets.data, some, width)
    const part = takeOutputs(outputs, some)
    const losses = part.of.map((f) => f.reduce((sum, value, e) => sum + (value - y[e]) ** 2, 0))
    const chosen = near.order
      .slice()
      .sort((a, b) => losses[a] - losses[b])
      .slice(0, candidates)
    const among: Outputs = { ...part, of: Array.from(chosen, (l) => part.of[l]) }
    return subsets(among, y).map((start) => {
      const kept = [...start.keys()].filter((at) => start[at] > 0)
      const columns = { ...among, of: kept.map((at) => among.of[at]) }
      const found = shrunkWeights(
        columns,
        y,
        Float64Array.from(kept, (at) => start[at]),
        strength,
      )
      const weights = new Float64Array(outputs.of.length)
      kept.forEach((at, k) => {
        weights[chosen[at]] = found[k]
      })
      return weights
    })
  }
  const { steps, losses } = await pathOf(found, path)
  const at = losses.reduce((best, { loss }, step) => (loss < losses[best].loss ? step : best), 0)
  const weights = steps[at]
  const members = weights.filter((weight) => weight > 0).length
  found.progress(1)
  return compose({
    learnwares: found.learnwares,
    weights,
    output,
    report: reportOf(
      found,
      weights,
      {
        method: 'prune',
        reason: `${members} of ${outputs.of.length} learnwares do as well together as more, by cross-validation on ${rows} labelled rows`,
        losses: losses[at],
      },
      losses.map((loss, step) => ({ method: `pruned, step ${step + 1}`, weight: step === at ? 1 : 0, ...loss })),
    ),
  })
}
