import type { Learnware } from '../../learnware/learnware.js'
import { compose, type ReusedModel } from '../compose.js'
import { average, dataFree, freeWeights } from '../ensemble.js'
import { checkedOptions, type Evidence, evidence, isOneClass, type LabelledOptions } from '../evidence.js'
import { dataFreeCandidates, ranked } from '../evidence-report.js'
import { weightedSum } from '../outputs.js'
import { type Guide, proximity } from '../proximity.js'
import { measureOf, usedOf } from '../report.js'
import { softRouteAmong } from '../route/soft.js'
import { outputOf } from '../target.js'
import { stackModel } from '../weigh/stack.js'
import { blendModel } from './blend.js'

/** With fewer labelled rows weights are chosen without them. */
const fewestForStack = 10
/** With fewer labelled rows there is no own model and no correction. */
const fewestForBlend = 30

/** Options of {@link reuse}: without labels the learnwares are averaged by mixture weights, or routed where they predict classes. */
export type ReuseOptions = Partial<LabelledOptions>

/**
 * The model that these learnwares and these labelled rows are best served with: the average by mixture weights below
 * 10 labelled rows, the shrunk stack below 30, the blend from there on. Where classes are predicted it is the soft route
 * below 10 labelled rows, and the blend from there on; labels of one class tell only which learnwares are wrong. What anchors
 * found may stand in for a requirement: the average is then that of the first ranked. It runs where the rows are; nothing leaves.
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
    const output = outputOf(learnwares)
    if (output.kind === 'real') return average(learnwares, requirement, { weighting, members })
    const near = proximity(learnwares, requirement)
    const weights = freeWeights(learnwares, requirement, near, members, weighting)
    const routed = softRouteAmong(learnwares, requirement, weights)
    if (routed === undefined) return average(learnwares, requirement, { weighting, members })
    const reason = 'every row goes to the learnwares by the share whose rows it resembles'
    return compose({
      learnwares,
      weights,
      output,
      finish: (_, __, ran) => routed(ran) as Float64Array,
      report: dataFree('route', reason, learnwares, weights, near),
    })
  }
  const found = await evidence(learnwares, requirement, { ...options, labelled })
  const count = found.outputs.rows
  if (count < fewestForStack) return dataFreeModel(found, 'too few to choose by')
  if (count < fewestForBlend && found.output.kind === 'real') {
    const reason = `${count} labelled rows: enough to weigh learnwares, too few for a model of one's own`
    return stackModel({ ...found, strength: found.firm }, reason)
  }
  const rows = `${count} labelled rows${isOneClass(found.labels, found.output) ? ' of one class only' : ''}`
  return blendModel(found, `${rows}: ways of reuse blended by their cross-validated predictions`)
}

/** The soft route or the data-free average; the few labels only say how well it does. */
const dataFreeModel = (found: Evidence, why: string): ReusedModel => {
  const { learnwares, output, outputs, prior, near, single, guide } = found
  const { rows, width } = outputs
  const routed = output.kind === 'real' ? undefined : softRouteAmong(learnwares, guide, prior)
  const predicted = routed?.({ table: found.rows, rows, width, of: new Map(outputs.of.entries()) })
  const method = predicted ? 'route' : 'average'
  const losses = found.scored(predicted ?? weightedSum(outputs, prior))
  const others = dataFreeCandidates(found).filter((candidate) => candidate.method !== method)
  found.progress(1)
  return compose({
    learnwares,
    weights: prior,
    output,
    ...(routed && { finish: (_, __, ran) => routed(ran) as Float64Array }),
    report: {
      method,
      reason: `${rows} labelled rows: ${why}, so the ${predicted ? 'soft route, which needs none,' : 'data-free average'} stands`,
      used: usedOf(learnwares, prior, near, single),
      labelled: rows,
      measure: measureOf(output),
      losses,
      failed: found.failed,
      candidates: ranked([...others, { method, weight: 1, ...losses }]),
    },
  })
}
