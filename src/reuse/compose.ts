import type { Learnware } from '../learnware/learnware.js'
import type { Model, ModelOutput } from '../learnware/model.js'
import type { Table } from '../specification/table.js'
import { aligned, type Outputs, outputs, proper, tableOf, weightedSum } from './outputs.js'
import type { Report } from './report.js'
import { widthOf } from './target.js'

/** A model with a report that explains it. */
export interface ReusedModel extends Model {
  readonly report: Report
}

/** Something added to the weighted learnwares. */
export interface Addition {
  readonly weight: number
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
  /** How the learnwares' outputs become one; the weighted sum by default. */
  readonly join?: (outputs: Outputs, weights: Float64Array) => Float64Array
}

/**
 * The model ŷ(x) = Σ_l w_l f_l(x) + Σ_j a_j g_j(x). Learnwares of weight 0 are not run.
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
  return {
    inputs: learnwares[0].terms.columns.map(({ name, kind, categories }) => ({ name, kind, categories })),
    output,
    report,
    async predict(rows, { signal } = {}) {
      const table = tableOf(rows, learnwares[0].terms)
      const base = running.length > 0 ? join(await outputs(running, table, output, { signal }), weight) : undefined
      let sum = base
      for (const addition of added) {
        signal?.throwIfAborted()
        const term = await addition.predict(table, signal)
        sum ??= new Float64Array(term.length)
        for (let i = 0; i < sum.length; i++) sum[i] += addition.weight * term[i]
      }
      const data = proper(sum as Float64Array, output)
      return { rows: data.length / widthOf(output), columns: widthOf(output), data }
    },
    async close() {},
  }
}

/** A fitted model as an addition, its classes matched by name. */
export const modelAddition = (model: Model, weight: number, output: ModelOutput): Addition => ({
  weight,
  predict: async (rows, signal) => (await aligned(model, rows, output, 'the own model', signal)).data,
})
