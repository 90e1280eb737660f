import type { Learnware } from '../../learnware/learnware.js'
import { compose, type ReusedModel } from '../compose.js'
import { average } from '../ensemble.js'
import { checkedOptions, type Evidence, evidence, isOneClass, type LabelledOptions } from '../evidence.js'
import { dataFreeCandidates, ranked } from '../evidence-report.js'
import { weightedSum } from '../outputs.js'
import type { Guide } from '../proximity.js'
import { usedOf } from '../report.js'
import { stackModel } from '../weigh/stack.js'
import { blendModel } from './blend.js'

/** With fewer labelled rows weights are chosen without them. */
const fewestForStack = 10
/** With fewer labelled rows there is no own model and no correction. */
const fewestForBlend = 30

/** Options of {@link reuse}: without labels the learnwares are averaged by mixture weights. */
export type ReuseOptions = Partial<LabelledOptions>

/**
 * The model that these learnwares and these labelled rows are best served with: the average by mixture weights below
 * 10 labelled rows, the shrunk stack below 30, the blend from there on. What anchors found may stand in for a requirement:
 * the average is then that of the first ranked. It runs where the rows are; nothing leaves.
 * @throws RangeError or TypeError with one sentence for learnwares, labels or options that do not fit; the reason of an abort.
 */
export const reuse = async (
  learnwares: readonly Learnware[],
  requirement: Guide,
  options: ReuseOptions = {},
): Promise<ReusedModel> => {
  const { labelled, members, weighting, signal } = checkedOptions(options)
  if (labelled === undefined || labelled?.labels?.length === 0) {
    signal?.throwIfAborted()
    return average(learnwares, requirement, { weighting, members })
  }
  const found = await evidence(learnwares, requirement, { ...options, labelled })
  const count = found.outputs.rows
  if (count < fewestForStack) return dataFreeModel(found, 'too few to choose by')
  if (isOneClass(found.labels, found.output)) return dataFreeModel(found, 'of one class only, which tells nobody apart')
  if (count < fewestForBlend) {
    const reason = `${count} labelled rows: enough to weigh learnwares, too few for a model of one's own`
    return stackModel({ ...found, strength: found.firm }, reason)
  }
  return blendModel(found, `${count} labelled rows: ways of reuse blended by their cross-validated predictions`)
}

/** The data-free average; the few labels only say how well it does. */
const dataFreeModel = (found: Evidence, why: string): ReusedModel => {
  const { learnwares, output, outputs, prior, near, single } = found
  found.progress(1)
  return compose({
    learnwares,
    weights: prior,
    output,
    report: {
      method: 'average',
      reason: `${outputs.rows} labelled rows: ${why}, so the data-free average stands`,
      used: usedOf(learnwares, prior, near, single),
      labelled: outputs.rows,
      measure: output.kind === 'real' ? 'squared error' : 'Brier score',
      losses: found.scored(weightedSum(outputs, prior)),
      failed: found.failed,
      candidates: ranked(
        dataFreeCandidates(found).map((candidate) => ({
          ...candidate,
          weight: candidate.method === 'average' ? 1 : 0,
        })),
      ),
    },
  })
}
