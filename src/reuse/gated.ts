import type { ModelOutput } from '../learnware/model.js'
import type { Table } from '../specification/table.js'
import type { Terms } from '../specification/terms.js'
import type { ReusedModel } from './compose.js'
import { inColumnsOf, proper, tableOf } from './outputs.js'
import type { Report } from './report.js'
import type { Gate } from './split.js'
import { widthOf } from './target.js'

/** One part of a task with its model. */
export interface GatedPart {
  readonly share: number
  readonly model: ReusedModel
}

/** The model ŷ(x) = Σ_k p_k(x) f_k(x), p the shares of a gate. A part that no row falls into is not run. */
export const gatedModel = (
  terms: Terms,
  parts: readonly GatedPart[],
  gate: Gate,
  output: ModelOutput,
  report: Report,
): ReusedModel => ({
  inputs: parts[0].model.inputs,
  output,
  get report() {
    return { ...report, failed: parts.flatMap(({ model }) => model.report.failed) }
  },
  async predict(rows, { signal } = {}) {
    const table = tableOf(rows, terms)
    const shares = await gate(table, signal)
    const count = shares.length / parts.length
    const width = widthOf(output)
    const sum = new Float64Array(count * width)
    for (const [k, { model }] of parts.entries()) {
      if (!someIn(shares, k, parts.length)) continue
      const predicted = await model.predict(table as Table, { signal })
      const { data } = inColumnsOf(output, model.output, predicted, `part ${k + 1}`)
      for (let e = 0; e < sum.length; e++) sum[e] += shares[Math.floor(e / width) * parts.length + k] * data[e]
    }
    return { rows: count, columns: width, data: proper(sum, output) }
  },
  async close() {
    for (const { model } of parts) await model.close()
  },
})

const someIn = (shares: Float64Array, part: number, parts: number): boolean => {
  for (let e = part; e < shares.length; e += parts) if (shares[e] > 0) return true
  return false
}
