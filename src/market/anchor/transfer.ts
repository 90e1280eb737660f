import { MarketError } from '../../base/error.js'
import type { Model, ModelOutput } from '../../learnware/model.js'
import { confusion, harmonic, likeliest, squaredErrors } from '../../reuse/anchor/confusion.js'
import { aligned, proper } from '../../reuse/outputs.js'
import type { Embedding } from '../../rkme/embedding.js'
import type { Table } from '../../specification/rows/table.js'
import type { Terms } from '../../specification/terms.js'
import type { Holdings } from '../catalogue.js'
import { fetchLearnwares } from '../match/fetch.js'
import { type Columns, declaredOutput, mimicRows } from '../mimic.js'
import { weightedMean } from '../weighted-mean.js'

/**
 * How a learnware does what another one does: its answers held against those of the other's model on the other's reduced
 * points, weighted by β. For a real [mean squared difference]; for classes [share of other classes, Brier score, and for each
 * class 1 − the harmonic mean of precision and recall, NaN where the other never answers it].
 */
export type Measures = Float64Array

/** Where the measures of {@link Measures} stand. */
export const measureAt = { squared: 0, error: 0, brier: 1, classes: 2 } as const

/** What is kept of the learnwares of one island. */
export interface Transfer {
  /** By learnware, then by the learnware whose task it was tried on. */
  readonly measures: ReadonlyMap<string, ReadonlyMap<string, Measures>>
  readonly embeddings: ReadonlyMap<string, Embedding>
  /** Sizes of the models, in bytes. */
  readonly sizes: ReadonlyMap<string, number>
}

/** What a run over an island can be interrupted by, and reports: how many models have been opened of all. */
export interface TransferOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, total: number) => void
}

interface Task {
  readonly rows: Columns
  readonly weights: Float64Array
  /** What its own model answers, rows × width, and the likeliest classes of that. */
  readonly answers: Float64Array
  readonly places: Int32Array
}

/** A share of a class below this is not worth a precision. */
const rare = 1e-3

/**
 * Runs the learnwares of an island on each other's reduced points, every pair once while a market is open; models are opened
 * one at a time. One that cannot be read or run is passed over, and tried again at the next call.
 */
export const transfers = ({
  catalogue,
  store,
  runtime,
}: Holdings): ((ids: readonly string[], tasks: readonly string[], options?: TransferOptions) => Promise<Transfer>) => {
  const measures = new Map<string, Map<string, Measures>>()
  const embeddings = new Map<string, Embedding>()
  const sizes = new Map<string, number>()
  const known = new Map<string, Task>()

  const opened = async (
    id: string,
    signal: AbortSignal | undefined,
    use: (model: Model, terms: Terms, output: ModelOutput) => Promise<void>,
  ): Promise<void> => {
    let read = 0
    const metered = {
      blob: async (address: string) => {
        const bytes = await store.blob(address)
        read = bytes.length
        return bytes
      },
    }
    let model: Model | undefined
    try {
      const [learnware] = await fetchLearnwares([id], { catalogue, store: metered, runtime }, { signal })
      model = learnware.model
      // The model's bytes are the last that a fetch reads.
      sizes.set(id, read)
      embeddings.set(id, learnware.specification.embedding)
      await use(model, learnware.terms, declaredOutput(learnware.description) as ModelOutput)
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof MarketError && error.code !== 'corrupt' && error.code !== 'absent') throw error
    } finally {
      await Promise.allSettled([model?.close()])
    }
  }

  return async (ids, tasks, { signal, onProgress } = {}) => {
    const unread = tasks.filter((id) => !known.has(id))
    const missing = ids.flatMap((id) => {
      const of = measures.get(id)
      return tasks.every((task) => of?.has(task)) ? [] : [id]
    })
    const total = unread.length + missing.length
    let done = 0
    for (const id of unread) {
      signal?.throwIfAborted()
      await opened(id, signal, async (model, terms, output) => {
        const { points, weights } = embeddings.get(id) as Embedding
        const rows = mimicRows(points, terms)
        const answers = proper((await aligned(model, rows as Table, output, id, signal)).data, output)
        known.set(id, { rows, weights, answers, places: likeliest(answers, answers.length / points.rows) })
      })
      onProgress?.(++done, total)
    }
    for (const id of missing) {
      signal?.throwIfAborted()
      await opened(id, signal, async (model, _terms, output) => {
        const of = measures.get(id) ?? new Map<string, Measures>()
        const open = tasks.flatMap((task) => {
          const kept = known.get(task)
          return kept === undefined || of.has(task) ? [] : [{ task, kept }]
        })
        if (open.length > 0) {
          const rows = joinedRows(open.map(({ kept }) => kept.rows))
          const { data } = await aligned(model, rows as Table, output, id, signal)
          const all = proper(data, output)
          let start = 0
          for (const { task, kept } of open) {
            const end = start + kept.answers.length
            of.set(task, measured(all.subarray(start, end), kept, output))
            start = end
          }
        }
        measures.set(id, of)
      })
      onProgress?.(++done, total)
    }
    return { measures, embeddings, sizes }
  }
}

const joinedRows = (parts: readonly Columns[]): Columns =>
  Object.fromEntries(Object.keys(parts[0]).map((name) => [name, parts.flatMap((part) => part[name])]))

const measured = (predicted: Float64Array, { weights, answers, places }: Task, output: ModelOutput): Measures => {
  const rows = weights.length
  const width = answers.length / rows
  if (output.kind === 'real')
    return Float64Array.of(weightedMean(squaredErrors(predicted, { rows, columns: 1, data: answers }), weights))
  const truth = new Float64Array(answers.length)
  places.forEach((place, i) => {
    truth[i * width + place] = 1
  })
  const met = confusion(likeliest(predicted, width), places, weights, width)
  const hits = met.hit.reduce((sum, value) => sum + value, 0)
  return Float64Array.of(
    met.total > 0 ? 1 - hits / met.total : 0,
    weightedMean(squaredErrors(predicted, { rows, columns: width, data: truth }), weights),
    ...Array.from(met.hit, (hit, c) =>
      met.actual[c] > rare * met.total ? 1 - harmonic(hit, met.predicted[c], met.actual[c]) : Number.NaN,
    ),
  )
}
