import { signalOf } from '../base/check.js'
import type { Learnware } from '../learnware/learnware.js'
import type { Model, ModelOutput } from '../learnware/model.js'
import type { Table } from '../specification/rows/table.js'
import { noneLeft, reasonOf } from './failure.js'
import { aligned, outputs, proper, type Run, tableOf, weightedSum } from './outputs.js'
import type { Report } from './report.js'
import { spaceOf } from './space.js'

/** A model with a report that explains it. */
export interface ReusedModel extends Model {
  readonly report: Report
}

/** Something added to the weighted learnwares. */
export interface Addition {
  readonly weight: number
  /**
   * Where it predicts by itself, as an own model does: its name. It then shares its weight with the learnwares where one
   * of them fails. A correction of what the others predict has none.
   */
  readonly member?: string
  /** Rows × width, in the columns of the output. */
  predict(rows: Table, signal?: AbortSignal): Promise<Float64Array>
}

/** The parts of a reuse: learnwares with weights, and what is added to them. */
export interface Parts {
  readonly learnwares: readonly Learnware[]
  readonly weights: ArrayLike<number>
  readonly output: ModelOutput
  readonly report: Report
  readonly additions?: readonly Addition[]
  /** How the outputs of the learnwares that could run become one; the weighted sum by default. */
  readonly join?: (outputs: Run, weights: Float64Array, table: Table) => Float64Array
  /**
   * How the weighted mean of the learnwares and what is added become a prediction, where that is not their weighted sum.
   * `mean` is undefined where no learnware runs; `added` stands in the order of `additions`, without those of weight 0 and
   * members that failed.
   */
  readonly finish?: (
    mean: Float64Array | undefined,
    added: readonly (Float64Array | undefined)[],
    ran: Ran,
  ) => Float64Array | Promise<Float64Array>
}

/** What learnwares put out for the rows of a table. */
export interface Ran {
  readonly table: Table
  readonly rows: number
  readonly width: number
  /** Rows × width by position among the learnwares, of those that have a weight and could run. */
  readonly of: ReadonlyMap<number, Float64Array>
  readonly signal?: AbortSignal
}

/**
 * The model ŷ(x) = Σ_l w_l f_l(x) + Σ_j a_j g_j(x). Learnwares of weight 0 are not run. Where one fails on the rows to be
 * predicted, the weights of all that predict by themselves are scaled up to the sum they had, and `report.failed` names it.
 * It does not own its learnwares: closing it leaves them open.
 */
export const compose = ({
  learnwares,
  weights,
  output,
  report,
  additions = [],
  join = weightedSum,
  finish,
}: Parts): ReusedModel => {
  const places = [...learnwares.keys()].filter((l) => weights[l] !== 0)
  const running = places.map((l) => learnwares[l])
  const weight = Float64Array.from(weights).filter((value) => value !== 0)
  const all = sumOf(weight) + sumOf(additions.map(({ member, weight }) => (member === undefined ? 0 : weight)))
  const failures = new Map(report.failed.map((failure) => [failure.id, failure]))
  return {
    inputs: inputsOf(learnwares),
    output,
    get report() {
      return { ...report, failed: [...failures.values()] }
    },
    async predict(rows, given) {
      const signal = signalOf(given)
      const table = tableOf(rows, learnwares[0].terms)
      const run = await outputs(running, table, output, { signal })
      const failed = [...run.failed]
      const terms: (Float64Array | undefined)[] = []
      for (const addition of additions) {
        signal?.throwIfAborted()
        try {
          terms.push(addition.weight === 0 ? undefined : await addition.predict(table, signal))
        } catch (error) {
          signal?.throwIfAborted()
          if (addition.member === undefined) throw error
          failed.push({ id: addition.member, reason: reasonOf(error) })
          terms.push(undefined)
        }
      }
      for (const failure of failed) failures.set(failure.id, failure)
      const left = Float64Array.from(run.ran, (l) => weight[l])
      const members = additions.filter(({ member }, j) => member !== undefined && terms[j] !== undefined)
      if (left.length + members.length === 0) throw noneLeft(failed)
      const scale = failed.length === 0 ? 1 : all / (sumOf(left) + sumOf(members.map(({ weight }) => weight)))
      const shares = left.map((value) => value * scale)
      const joined = left.length > 0 ? join(run, shares, table) : undefined
      if (finish) {
        const total = sumOf(shares)
        const { width, rows } = run
        const of = new Map(run.ran.map((at, place) => [places[at], run.of[place]]))
        const finished = await finish(
          joined?.map((value) => value / total),
          terms,
          { table, rows, width, of, signal },
        )
        return { rows: run.rows, columns: run.width, data: proper(finished, output) }
      }
      const sum = joined ?? new Float64Array(run.rows * run.width)
      additions.forEach(({ member, weight }, j) => {
        const term = terms[j]
        const factor = member === undefined ? weight : weight * scale
        if (term) for (let i = 0; i < sum.length; i++) sum[i] += factor * term[i]
      })
      const data = proper(sum, output)
      return { rows: run.rows, columns: run.width, data }
    },
    async close() {},
  }
}

/** The columns that a reuse of these learnwares takes. */
export const inputsOf = (learnwares: readonly Learnware[]): ReusedModel['inputs'] =>
  spaceOf(learnwares).columns.map(({ name, kind, categories }) => ({ name, kind, categories }))

const sumOf = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  return sum
}

/** A fitted model as an addition, its classes matched by name; `member` is what a report calls it. */
export const modelAddition = (model: Model, weight: number, output: ModelOutput, member = 'own'): Addition => ({
  weight,
  member,
  predict: async (rows, signal) => (await aligned(model, rows, output, `the ${member} model`, signal)).data,
})
