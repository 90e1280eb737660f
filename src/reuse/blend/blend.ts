import { foldsOf } from '../../learnware/cross-validation.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { Requirement } from '../../specification/specification.js'
import { type Addition, compose, modelAddition, type ReusedModel } from '../compose.js'
import { type Evidence, evidence, type LabelledOptions } from '../evidence.js'
import { reportOf } from '../evidence-report.js'
import { weightedSum } from '../outputs.js'
import { shrunkWeights } from '../simplex.js'
import { spaceOf } from '../space.js'
import { classBlendModel } from './class-blend.js'
import { effectiveRows } from './effective.js'
import { type Member, membersOf } from './members.js'

/**
 * Least strength of the shrinkage of a blend, in rows for each labelled one: what folds say of the rows at hand is not what they
 * say of later ones, however many there are.
 */
const standing = 1

/** Rows from which on the own model has half of the shares before the folds speak. */
const rowsForOwn = 500

/** Rows up to which the stack has half of what the own model leaves. */
const rowsForStack = 100

/**
 * The blend of the ways of reuse in {@link membersOf}: simplex weights over their out-of-fold predictions, shrunk as those
 * of the stack are, though never by less than the rows, towards {@link startShares}. All parts are linear in the learnwares,
 * so the result runs each of them once.
 */
export const blendModel = async (found: Evidence, reason: string): Promise<ReusedModel> => {
  if (found.output.kind === 'probabilities') return classBlendModel(found, reason)
  const { learnwares, output, outputs, targets, prior, blending, scored } = found
  const { rows, width } = outputs
  const { members, own } = await membersOf(found, foldsOf(found, found.folds, found.seed))
  const columns = { rows, width, of: members.map(({ outOfFold }) => outOfFold) }
  const losses = members.map(({ outOfFold }) => scored(outOfFold))
  const average = weightedSum(outputs, prior)
  const start = startShares(
    members,
    losses.map(({ loss }) => loss),
    effectiveRows(targets.data.map((value, i) => value - average[i])),
  )
  const shares = shrunkWeights(columns, targets.data, start, Math.max(blending, standing * rows))

  const total = (part: (member: Member) => number): number =>
    members.reduce((sum, member, j) => sum + shares[j] * part(member), 0)
  const weights = Float64Array.from(learnwares, (_, l) => total((member) => member.weights[l]))
  const { encode } = spaceOf(learnwares)
  const additions = members.flatMap(({ correct }, j): Addition[] =>
    correct ? [{ weight: shares[j], predict: async (table) => correct(encode(table)) }] : [],
  )
  if (own)
    additions.unshift(
      modelAddition(
        own.model,
        total(({ ownWeight }) => ownWeight),
        output,
      ),
    )
  found.progress(1)
  return compose({
    learnwares,
    weights,
    output,
    additions,
    report: reportOf(
      found,
      weights,
      { method: 'blend', reason, losses: scored(weightedSum(columns, shares)) },
      members.map(({ method, setting }, j) => ({
        method,
        ...(setting === undefined ? {} : { setting }),
        weight: shares[j],
        ...losses[j],
      })),
    ),
  })
}

/**
 * The shares of members before the blend is fitted, in proportion to π / loss⁴, where π is what n, the rows that the labelled
 * ones are worth ({@link effectiveRows}), let one expect: n / (n + 500) for the own model, so that with many rows a user does not
 * fall behind it; of the rest 100 / (n + 100) for the stack, which few rows mislead the least; what is left for all alike.
 */
const startShares = (members: readonly Member[], losses: readonly number[], n: number): Float64Array => {
  const hasOwn = members[members.length - 1].ownWeight === 1
  const own = hasOwn ? n / (n + rowsForOwn) : 0
  const stack = ((1 - own) * rowsForStack) / (n + rowsForStack)
  // A loss of 0 does not take all.
  const least = Math.max(...losses) / 100 || 1
  const shares = Float64Array.from(losses, (loss, j) => {
    const expected =
      (1 - own - stack) / members.length + (j === 0 ? stack : 0) + (hasOwn && j === members.length - 1 ? own : 0)
    return expected / Math.max(loss, least) ** 4
  })
  const sum = shares.reduce((total, value) => total + value, 0)
  return shares.map((value) => value / sum)
}

/**
 * The blend of shrunk stacks, own model and corrections (see {@link blendModel}).
 * @throws RangeError for fewer than two labelled rows, or labels that do not fit.
 */
export const blend = async (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  options: LabelledOptions,
): Promise<ReusedModel> => {
  const found = await evidence(learnwares, requirement, options, 2)
  return blendModel(found, `ways of reuse, blended by cross-validation on ${found.outputs.rows} labelled rows`)
}
