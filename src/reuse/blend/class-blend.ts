import { foldsOf } from '../../learnware/cross-validation.js'
import { type Addition, compose, modelAddition, type ReusedModel } from '../compose.js'
import type { Evidence } from '../evidence.js'
import { reportOf } from '../evidence-report.js'
import { weightedSum } from '../outputs.js'
import { shrunkWeights } from '../simplex.js'
import { spaceOf } from '../space.js'
import { sharpened, sharpnessOf } from '../weigh/sharpen.js'
import { type Member, membersOf } from './members.js'

/**
 * The blend where classes are predicted: every way of reuse in {@link membersOf} is sharpened by an exponent of its own,
 * p ∝ (Σ_l w_l f_l + correction)^τ, before simplex weights over their out-of-fold predictions are sought. All that learn
 * from learnwares stand on the same stack, so each learnware runs once.
 */
export const classBlendModel = async (found: Evidence, reason: string): Promise<ReusedModel> => {
  const { learnwares, output, outputs, targets, blending, scored } = found
  const { rows, width } = outputs
  const { members, own } = await membersOf(found, foldsOf(found, found.folds, found.seed))
  const sharp = members.map((member) => {
    // The own model was fitted for its probabilities, and is left as it is.
    const exponent = isOwn(member) ? 1 : sharpnessOf(member.outOfFold, targets)
    return { ...member, exponent, outOfFold: sharpened(member.outOfFold, width, exponent) }
  })
  const columns = { rows, width, of: sharp.map(({ outOfFold }) => outOfFold) }
  const uniform = new Float64Array(sharp.length).fill(1 / sharp.length)
  const shares = shrunkWeights(columns, targets.data, uniform, blending)

  const ownShare = sharp.reduce((sum, member, j) => (isOwn(member) ? sum + shares[j] : sum), 0)
  const stack = sharp.find((member) => !isOwn(member)) as Member
  const weights = stack.weights.map((weight) => (1 - ownShare) * weight)
  const { encode } = spaceOf(learnwares)
  const additions = sharp.map((member, j): Addition => {
    const { correct } = member
    if (isOwn(member) && own) return modelAddition(own.model, shares[j], output)
    return {
      weight: correct ? shares[j] : 0,
      predict: async (table) => (correct ? correct(encode(table)) : new Float64Array(0)),
    }
  })
  found.progress(1)
  return compose({
    learnwares,
    weights,
    output,
    additions,
    finish: (mean, added) => {
      const parts = sharp.map((member, j) => {
        if (isOwn(member)) return added[j]
        const { exponent } = member
        return mean && sharpened(added[j] ? sum(mean, added[j]) : mean, width, exponent)
      })
      const of = parts.filter((part) => part !== undefined)
      return weightedSum(
        { rows: of[0].length / width, width, of },
        shares.filter((_, j) => parts[j] !== undefined),
      )
    },
    report: reportOf(
      found,
      weights,
      { method: 'blend', reason, losses: scored(weightedSum(columns, shares)) },
      sharp.map(({ method, setting, exponent, outOfFold }, j) => ({
        method,
        setting: [...(setting === undefined ? [] : [setting]), `sharpness ${exponent}`].join(', '),
        weight: shares[j],
        ...scored(outOfFold),
      })),
    ),
  })
}

const isOwn = ({ ownWeight }: Member): boolean => ownWeight === 1

const sum = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value + b[i])
