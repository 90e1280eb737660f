import { foldsOf } from '../../learnware/fit/cross-validation.js'
import { withoutSlight } from '../../learnware/learner/hedge.js'
import { compose, modelAddition, type ReusedModel } from '../compose.js'
import { type Evidence, isOneClass } from '../evidence.js'
import { reportOf } from '../evidence-report.js'
import { proper, weightedSum } from '../outputs.js'
import { routeless } from '../route/soft.js'
import { shrunkWeights } from '../simplex.js'
import { stackOf } from '../weigh/stack.js'
import { augmentedMember, type ClassMember, correctedMembers, routedMembers, stackMember } from './class-members.js'
import { type Own, ownOf, settingOf } from './members.js'

/** With fewer labelled rows nothing is learnt beside the weights of learnwares and the own model. */
const fewestForMore = 30

/** Labelled rows from which on what learns from them has half of the shares before the folds speak. */
const rowsForLearning = 30

/** Share of the soft route, or of the stack where there is none, before there are labels. */
const steady = 0.9

/**
 * The blend where classes are predicted: shares on the simplex by the Brier score of out-of-fold chances, shrunk towards
 * {@link startShares}, of the soft route, boosting, the stack, the user's own model and, from 30 labelled rows on, a kernel classifier
 * on augmented rows. Where there is no route, corrections of the stack stand in for it and for boosting. Each learnware runs once,
 * whoever asks it. (On users of the digits kept for tuning corrections told nothing more beside a route.)
 */
export const classBlendModel = async (found: Evidence, reason: string): Promise<ReusedModel> => {
  const { learnwares, output, outputs, targets, prior, scored } = found
  const { rows, width } = outputs
  const folds = foldsOf(found, found.folds, found.seed)
  const stacked = stackOf(outputs, targets.data, prior, found.strength, folds)
  found.progress(0.55)
  const own = await ownOf(found)
  found.progress(0.7)
  // Labels of one class tell which learnwares are wrong, and nothing else.
  const isLearning = rows >= fewestForMore && !isOneClass(found.labels, output)
  const without = routeless(learnwares, found.guide, prior)
  const alone = own && ownMember(own, learnwares.length)
  const members = [
    ...(without === undefined ? await routedMembers(found) : []),
    stackMember(found, stacked),
    ...(without !== undefined && isLearning ? await correctedMembers(found, stacked, folds) : []),
    ...(isLearning ? [await augmentedMember(found)] : []),
    ...(alone ? [alone] : []),
  ]
  found.progress(0.95)
  const start = startShares(members, alone, rows)
  const columns = { rows, width, of: members.map(({ outOfFold }) => proper(outOfFold, output)) }
  const shares = withoutSlight(shrunkWeights(columns, targets.data, start, found.blending))

  const weights = Float64Array.from(learnwares, (_, l) =>
    members.reduce((sum, member, j) => sum + shares[j] * member.weights[l], 0),
  )
  found.progress(1)
  return compose({
    learnwares,
    weights,
    output,
    additions: own ? [modelAddition(own.model, shares[shares.length - 1], output)] : [],
    finish: async (_, [ownChances], ran) => {
      const parts: (Float64Array | undefined)[] = []
      for (const [j, member] of members.entries()) {
        parts.push(shares[j] === 0 ? undefined : member === alone ? ownChances : await member.predict(ran))
      }
      const at = [...parts.keys()].filter((j) => parts[j] !== undefined)
      return weightedSum(
        { rows: ran.rows, width, of: at.map((j) => proper(parts[j] as Float64Array, output)) },
        at.map((j) => shares[j]),
      )
    },
    report: reportOf(
      found,
      weights,
      {
        method: 'blend',
        reason: without === undefined ? reason : `${reason}; without a route, since ${without}`,
        losses: scored(weightedSum(columns, shares)),
      },
      members.map(({ method, setting, outOfFold }, j) => ({
        method,
        ...(setting === undefined ? {} : { setting }),
        weight: shares[j],
        ...scored(outOfFold),
      })),
    ),
  })
}

/**
 * Shares before the folds speak: of n labelled rows they leave 0.9 · 30 / (n + 30) to the first, which labels mislead the least; the
 * rest goes to all alike, but four times as much to the own model, so that with many labels a user does not fall behind it.
 */
const startShares = (members: readonly ClassMember[], own: ClassMember | undefined, n: number): Float64Array => {
  const first = (steady * rowsForLearning) / (n + rowsForLearning)
  const parts = members.map((member) => (member === own ? 4 : 1))
  const all = parts.reduce((sum, part) => sum + part, 0)
  return Float64Array.from(parts, (part, j) => ((1 - first) * part) / all + (j === 0 ? first : 0))
}

const ownMember = (own: Own, count: number): ClassMember => ({
  method: 'own',
  setting: settingOf(own.model),
  outOfFold: own.outOfFold,
  weights: new Float64Array(count),
  predict: () => undefined,
})
