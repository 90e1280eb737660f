import { foldsOf } from '../../learnware/fit/cross-validation.js'
import { squaredError } from '../../learnware/learner/learner.js'
import type { Dense } from '../../learnware/learner/product.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { Requirement } from '../../specification/specification.js'
import { exp, log } from '../../wasm/scalar.js'
import { type Addition, compose, modelAddition, type ReusedModel } from '../compose.js'
import { type Evidence, evidence, type LabelledOptions } from '../evidence.js'
import { reportOf } from '../evidence-report.js'
import { weightedSum } from '../outputs.js'
import { shrunkWeights } from '../simplex.js'
import { spaceOf } from '../space.js'
import { stackOf } from '../weigh/stack.js'
import { classBlendModel } from './class-blend.js'
import { effectiveRows } from './effective.js'
import { type Member, membersOf } from './members.js'

/**
 * Least strength of the shrinkage of a blend, in rows for each labelled one: what folds say of the rows at hand is not what they
 * say of later ones, however many there are.
 */
const standing = 1

/** Rows from which on the own model has half of the shares before the folds speak, and no more. */
const rowsForOwn = 500

/** How far so many rows speak for the own model by themselves: n / (n + 500), at most a half. */
const ownByRows = (n: number): number => {
  const most = Math.min(n, rowsForOwn)
  return most / (most + rowsForOwn)
}

/** Rows up to which the stack has half of what the own model leaves, and half of a blend that shows no gain. */
const rowsForStack = 100

/** Rows up to which losses count for the shares before the fit by more than their square. */
const rowsForFit = 200

/**
 * The blend of the ways of reuse in {@link membersOf}: simplex weights over their out-of-fold predictions, shrunk as those
 * of the stack are, though never by less than the rows, towards {@link startShares}; and drawn in to the firm stack, whose weights
 * keep closer to those without labels, unless it has shown that it gains ({@link trustIn}). All parts are linear in the learnwares,
 * so the result runs each of them once.
 */
export const blendModel = async (found: Evidence, reason: string): Promise<ReusedModel> => {
  if (found.output.kind === 'probabilities') return classBlendModel(found, reason)
  const { learnwares, output, outputs, targets, prior, blending, scored } = found
  const { rows, width } = outputs
  const folds = foldsOf(found, found.folds, found.seed)
  const { members, own } = await membersOf(found, folds)
  const columnsOf = (of: readonly Member[]) => ({ rows, width, of: of.map(({ outOfFold }) => outOfFold) })
  const average = weightedSum(outputs, prior)
  const worth = effectiveRows(targets.data.map((value, i) => value - average[i]))
  const weighed = own ? [...members.slice(0, -1), discounted(members, targets, worth)] : members
  const start = startShares(
    weighed,
    weighed.map(({ outOfFold }) => scored(outOfFold).loss),
    rows,
    worth,
  )
  const fitted = shrunkWeights(columnsOf(weighed), targets.data, start, Math.max(blending, standing * rows))
  const firm = stackOf(outputs, targets.data, prior, found.firm, folds)
  const trust = trustIn(weightedSum(columnsOf(members), fitted), firm.outOfFold, targets.data, worth)
  const all: Member[] = [...members, { method: 'firm stack', ownWeight: 0, ...firm }]
  const shares = Float64Array.of(...Array.from(fitted, (share) => trust * share), 1 - trust)

  const total = (part: (member: Member) => number): number =>
    all.reduce((sum, member, j) => sum + shares[j] * part(member), 0)
  const weights = Float64Array.from(learnwares, (_, l) => total((member) => member.weights[l]))
  const { encode } = spaceOf(learnwares)
  const additions = all.flatMap(({ correct }, j): Addition[] =>
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
      { method: 'blend', reason, losses: scored(weightedSum(columnsOf(all), shares)) },
      all.map(({ method, setting, outOfFold }, j) => ({
        method,
        ...(setting === undefined ? {} : { setting }),
        weight: shares[j],
        ...scored(outOfFold),
      })),
    ),
  })
}

/**
 * The shares of members before the blend is fitted, in proportion to π / loss^p, where π is what n, the rows that the labelled
 * ones are worth ({@link effectiveRows}), let one expect: {@link ownByRows} for the own model, so that with many rows a user does
 * not fall behind it; of the rest 100 / (n + 100) for the stack, which few rows mislead the least; what is left for all alike. p is
 * 800 / (rows + 200), near 4 with few rows: with many, losses have their say in the fit.
 */
const startShares = (members: readonly Member[], losses: readonly number[], rows: number, n: number): Float64Array => {
  const hasOwn = members[members.length - 1].ownWeight === 1
  const own = hasOwn ? ownByRows(n) : 0
  const stack = ((1 - own) * rowsForStack) / (n + rowsForStack)
  // A loss of 0 does not take all.
  const most = Math.max(...losses) || 1
  const power = (4 * rowsForFit) / (rows + rowsForFit)
  const shares = Float64Array.from(losses, (loss, j) => {
    const expected =
      (1 - own - stack) / members.length + (j === 0 ? stack : 0) + (hasOwn && j === members.length - 1 ? own : 0)
    return expected * exp(-power * log(Math.max(loss / most, 0.01)))
  })
  const sum = shares.reduce((total, value) => total + value, 0)
  return shares.map((value) => value / sum)
}

/**
 * The own model, the last of the members, as its shares are found: with errors that are smaller by as much as leaves L^(1 − a) · L*^a
 * of its loss L, L* the least of all and a = {@link ownByRows}. Folds speak for learnwares more than later rows do, since their
 * developers saw the same days, and with many rows little else holds the shares. (Of 45 pairs of a shop and a market kept for tuning, with 500
 * labels, 5 were more than 1 % worse than with their own model, by 14 % at most; this and p make that 4, by 8 % at most, at 0.8 % more
 * loss in the mean over all; on M5 it is 0.2 % less. With 30 and 100 labels either set loses at most 0.1 %.)
 */
const discounted = (members: readonly Member[], targets: Dense, n: number): Member => {
  const losses = members.map(({ outOfFold }) => squaredError({ data: outOfFold }, targets))
  const own = members[members.length - 1]
  const loss = losses[losses.length - 1]
  if (loss === 0) return own
  const least = Math.max(Math.min(...losses), loss / 100)
  const left = exp((log(least / loss) * ownByRows(n)) / 2)
  return { ...own, outOfFold: own.outOfFold.map((value, i) => targets.data[i] + left * (value - targets.data[i])) }
}

/** Standard errors up to which a blend's gain may be chance, and those from which it is none. */
const [chance, certain] = [4, 6]

/**
 * How far a blend is followed where the firm stack alone would do: max((t − 4)/2 within 0 and 1, n²/(n² + 100²)), t the coefficient of
 * their difference in what the stack leaves, out of fold, in standard errors of n rows. On users kept for tuning it takes 3, 1 and
 * 0 % off the loss on M5 with 30, 100 and 500 labels, and 7, 13 and 5 % with the 30, 100 and 200 most recent; on sales it adds 0, 1
 * and 0 % with random labels, and with recent ones takes 12 and 6 and adds 1 %.
 */
const trustIn = (blended: Float64Array, stacked: Float64Array, y: Float64Array, n: number): number => {
  const rows = y.length
  const apart = blended.map((value, i) => value - stacked[i])
  const explained = apart.reduce((sum, value, i) => sum + value * (y[i] - stacked[i]), 0) / rows
  const size = apart.reduce((sum, value) => sum + value ** 2, 0) / rows
  const noise = squaredError({ data: blended }, { rows, data: y })
  const errors = explained > 0 ? explained / Math.sqrt((noise * size) / n) : 0
  const shown = Math.min(1, Math.max(0, (errors - chance) / (certain - chance)))
  return Math.max(shown, n ** 2 / (n ** 2 + rowsForStack ** 2))
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
