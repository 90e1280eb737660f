import { options } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import type { ReusedModel } from '../../reuse/compose.js'
import { gatedModel } from '../../reuse/divide/gated.js'
import { partGate } from '../../reuse/divide/split.js'
import { type Drift, drift } from '../../reuse/drift.js'
import type { Report } from '../../reuse/report.js'
import { localSource } from '../../rkme/rows/driver.js'
import { type Rows, rowCount } from '../../specification/rows/table.js'
import type { Requirement } from '../../specification/specification.js'
import { specifyWith } from '../../specification/specify/specify.js'
import type { Terms } from '../../specification/terms.js'
import { checkMarket } from './few.js'
import { type Solution, type SolveOptions, type SolvingMarket, solve } from './solve.js'

/** A stretch of time whose rows looked alike, with what was found for them. */
export interface Regime {
  readonly solution: Solution
  /** Rows that the requirement was made of. */
  readonly rows: number
}

/** What a new batch came to. */
export interface Observation {
  /** Against the regime that the batch is nearest to. */
  readonly drift: Drift
  /** Position of the regime that serves the batch; undefined where it has drifted and the market has nothing for it. */
  readonly regime?: number
  /** What the market was asked anew, where the batch has drifted. */
  readonly solution?: Solution
  readonly explanation: string
}

/** A model in continual use: it is watched for drift, and what it knew it keeps. */
export interface Continual {
  /** Sends every row to the regime it resembles most, by selector heads of their embeddings; one that resembles none is shared by all. */
  readonly model: ReusedModel
  readonly regimes: readonly Regime[]
  /** Holds a batch of at least 30 rows against all regimes; where it resembles none, the market is asked for it. */
  observe(batch: Pick<SolveOptions, 'rows' | 'target' | 'signal'>): Promise<Observation>
  /** Closes all models and their learnwares. */
  close(): Promise<void>
}

/**
 * Takes a solution into use for rows that keep coming. Every batch is held against the regimes so far; above three times
 * the noise of sampling it is a new one, for which the market is searched again, and a gate of selector heads hands over to it:
 * rows like those of before go on to the model of before, so nothing is forgotten.
 * @throws RangeError where the solution has no model of learnwares.
 */
export const continual = (
  market: SolvingMarket,
  first: Solution,
  given: Pick<SolveOptions, 'description' | 'top' | 'seed'> = {},
): Continual => {
  options(given, 'options', ['description', 'top', 'seed'])
  checkMarket(market)
  const start = regimeOf(first)
  if (start === undefined) {
    throw new ValueError(
      '"solution" expected one with a model of learnwares, got none; bring more rows or labels to solve first',
    )
  }
  const { terms } = first.learnwares[0]
  const regimes: Regime[] = [start]
  return {
    get model() {
      return handedOver(terms, regimes)
    },
    regimes,
    async observe(batch) {
      options(batch, 'batch', ['rows', 'target', 'signal'])
      const { rows, target, signal } = batch
      const requirement = await requirementOf(terms, rows, given.seed ?? 0, signal)
      const drifts = regimes.map(({ solution }) => drift(solution.requirement as Requirement, requirement))
      const nearest = drifts.reduce((best, { z }, k) => (z < drifts[best].z ? k : best), 0)
      const found = drifts[nearest]
      const measured = `The batch of ${rowCount(rows)} rows is ${found.z.toFixed(1)} times as far from what was seen as sampling alone explains`
      if (!found.drifted) {
        return { drift: found, regime: nearest, explanation: `${measured}: no drift; model ${nearest + 1} serves it.` }
      }
      const solution = await solve(market, { ...given, rows, target, signal })
      const regime = solution.learnwares[0]?.terms.island === terms.island ? regimeOf(solution) : undefined
      if (regime) regimes.push(regime)
      else await solution.close()
      return {
        drift: found,
        solution,
        ...(regime && { regime: regimes.length - 1 }),
        explanation: `${measured}: it has drifted, and the market was asked again.\n${solution.explanation}\n${
          regime
            ? `Rows like these go to the new model from now on, those of before to model${regimes.length > 2 ? 's' : ''} 1${regimes.length > 2 ? ` to ${regimes.length - 1}` : ''} as they did.`
            : 'Nothing was found for them: predictions of such rows are not to be trusted.'
        }`,
      }
    },
    async close() {
      for (const { solution } of regimes) await solution.close()
    },
  }
}

const regimeOf = (solution: Solution): Regime | undefined =>
  solution?.model && solution.requirement && solution.learnwares.length > 0
    ? { solution, rows: solution.requirement.embedding.samples }
    : undefined

const requirementOf = (terms: Terms, rows: Rows, seed: number, signal?: AbortSignal): Promise<Requirement> =>
  specifyWith(async (matrix) => localSource(matrix), terms, rows, { role: 'requirement', seed, signal })

const handedOver = (terms: Terms, regimes: readonly Regime[]): ReusedModel => {
  const total = regimes.reduce((sum, { rows }) => sum + rows, 0)
  const parts = regimes.map(({ solution, rows }) => ({
    share: rows / total,
    requirement: solution.requirement as Requirement,
    model: solution.model as ReusedModel,
  }))
  const { report, output } = parts[parts.length - 1].model
  const told: Report = { ...report, reason: `${regimes.length} regimes so far; this is the report of the last` }
  return gatedModel(terms, parts, partGate(terms, parts, { hard: true }), output, told)
}
