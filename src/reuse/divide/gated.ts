import { signalOf } from '../../base/check.js'
import type { ModelOutput } from '../../learnware/model.js'
import { readTable, rowCount, type Table } from '../../specification/rows/table.js'
import type { Terms } from '../../specification/terms.js'
import type { ReusedModel } from '../compose.js'
import { reasonOf } from '../failure.js'
import { inColumnsOf, proper, tableOf } from '../outputs.js'
import type { Report } from '../report.js'
import { widthOf } from '../target.js'
import type { Gate } from './split.js'

/** One part of a task with its model. */
export interface GatedPart {
  readonly share: number
  readonly model: ReusedModel
}

/** The id that a report gives to a gate that failed. */
const gateId = 'gate'

/**
 * The model ŷ(x) = Σ_k p_k(x) f_k(x), p the shares of a gate. A part that no row falls into is not run. Where a part fails,
 * its rows go to the others by what the gate gives them, or by their shares of the task; where the gate does, all rows go
 * by these; and the report says so.
 */
export const gatedModel = (
  terms: Terms,
  parts: readonly GatedPart[],
  gate: Gate,
  output: ModelOutput,
  report: Report,
): ReusedModel => {
  const failures = new Map(report.failed.map((failure) => [failure.id, failure]))
  const sharesOf = async (table: Table, signal?: AbortSignal): Promise<Float64Array> => {
    try {
      return await gate(table, signal)
    } catch (error) {
      signal?.throwIfAborted()
      failures.set(gateId, { id: gateId, reason: reasonOf(error) })
      return new Float64Array(rowCount(table) * parts.length)
    }
  }
  return {
    inputs: parts[0].model.inputs,
    output,
    get report() {
      for (const failure of parts.flatMap(({ model }) => model.report.failed)) failures.set(failure.id, failure)
      return { ...report, failed: [...failures.values()] }
    },
    async predict(rows, given) {
      const signal = signalOf(given)
      const table = tableOf(rows, terms)
      // What is wrong with the rows is no failure of a part.
      readTable(table, terms.columns)
      const shares = await sharesOf(table, signal)
      const width = widthOf(output)
      const lost = new Set<number>()
      const made = new Map<number, ArrayLike<number>>()
      for (;;) {
        const spread = spreadOver(shares, parts, lost)
        const next = parts.findIndex((_, k) => !made.has(k) && !lost.has(k) && someIn(spread, k, parts.length))
        if (next < 0)
          return {
            rows: rowCount(table),
            columns: width,
            data: proper(summed(spread, made, parts.length, width), output),
          }
        const { model } = parts[next]
        try {
          const predicted = await model.predict(table, { signal })
          made.set(next, inColumnsOf(output, model.output, predicted, `part ${next + 1}`).data)
        } catch (error) {
          signal?.throwIfAborted()
          lost.add(next)
          if (lost.size === parts.length) throw error
        }
      }
    },
    async close() {
      for (const { model } of parts) await model.close()
    },
  }
}

/** The shares at every row without the parts that are lost, each row of sum 1. */
const spreadOver = (shares: Float64Array, parts: readonly GatedPart[], lost: ReadonlySet<number>): Float64Array => {
  const width = parts.length
  return shares.map((_, e) => {
    const k = e % width
    if (lost.has(k)) return 0
    let [given, left] = [0, 0]
    for (let j = 0; j < width; j++) {
      if (lost.has(j)) continue
      given += shares[e - k + j]
      left += parts[j].share
    }
    return given > 0 ? (lost.size > 0 ? shares[e] / given : shares[e]) : parts[k].share / left
  })
}

const someIn = (shares: Float64Array, part: number, parts: number): boolean => {
  for (let e = part; e < shares.length; e += parts) if (shares[e] > 0) return true
  return false
}

const summed = (
  shares: Float64Array,
  made: ReadonlyMap<number, ArrayLike<number>>,
  parts: number,
  width: number,
): Float64Array => {
  const sum = new Float64Array((shares.length / parts) * width)
  for (let k = 0; k < parts; k++) {
    const data = made.get(k)
    if (data) for (let e = 0; e < sum.length; e++) sum[e] += shares[Math.floor(e / width) * parts + k] * data[e]
  }
  return sum
}
