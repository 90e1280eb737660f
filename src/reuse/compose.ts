import type { Learnware } from '../learnware/learnware.js'
import type { Model, ModelOutput } from '../learnware/model.js'
import type { Table } from '../specification/table.js'
import { noneLeft, reasonOf } from './failure.js'
import { aligned, outputs, proper, type Run, tableOf, weightedSum } from './outputs.js'
import type { Report } from './report.js'

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
}: Parts): ReusedModel => {
  const running = learnwares.filter((_, l) => weights[l] !== 0)
  const weight = Float64Array.from(weights).filter((value) => value !== 0)
  const added = additions.filter((addition) => addition.weight !== 0)
  const failures = new Map(report.failed.map((failure) => [failure.id, failure]))
  return {
    inputs: inputsOf(learnwares),
    output,
    get report() {
      return { ...report, failed: [...failures.values()] }
    },
    async predict(rows, { signal } = {}) {
      const table = tableOf(rows, learnwares[0].terms)
      const run = await outputs(running, table, output, { signal })
      const failed = [...run.failed]
      const terms: { addition: Addition; data: Float64Array }[] = []
      for (const addition of added) {
        signal?.throwIfAborted()
        try {
          terms.push({ addition, data: await addition.predict(table, signal) })
        } catch (error) {
          signal?.throwIfAborted()
          if (addition.member === undefined) throw error
          failed.push({ id: addition.member, reason: reasonOf(error) })
        }
      }
      for (const failure of failed) failures.set(failure.id, failure)
      const members = terms.filter(({ addition }) => addition.member !== undefined)
      if (run.ran.length + members.length === 0) throw noneLeft(failed)
      const left = Float64Array.from(run.ran, (l) => weight[l])
      const scale =
        failed.length === 0
          ? 1
          : sumOf([...weight, ...added.filter(({ member }) => member !== undefined).map(({ weight }) => weight)]) /
            sumOf([...left, ...members.map(({ addition }) => addition.weight)])
      const sum =
        run.ran.length > 0
          ? join(
              run,
              left.map((value) => value * scale),
              table,
            )
          : new Float64Array(run.rows * run.width)
      for (const { addition, data } of terms) {
        const factor = addition.member === undefined ? addition.weight : addition.weight * scale
        for (let i = 0; i < sum.length; i++) sum[i] += factor * data[i]
      }
      const data = proper(sum, output)
      return { rows: run.rows, columns: run.width, data }
    },
    async close() {},
  }
}

/** The columns that a reuse of these learnwares takes. */
export const inputsOf = (learnwares: readonly Learnware[]): ReusedModel['inputs'] =>
  learnwares[0].terms.columns.map(({ name, kind, categories }) => ({ name, kind, categories }))

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

/** A fitted model as an addition, its classes matched by name. */
export const modelAddition = (model: Model, weight: number, output: ModelOutput): Addition => ({
  weight,
  member: 'own',
  predict: async (rows, signal) => (await aligned(model, rows, output, 'the own model', signal)).data,
})
