import type { Matrix } from '../../base/matrix.js'
import type { Embedding } from '../../rkme/embedding.js'
import { functionalDistances } from '../../search/anchor/functional.js'
import { medoids } from '../../search/anchor/medoids.js'
import { products } from '../../search/products.js'
import { measureAt, type Transfer } from './transfer.js'

/** Of a larger island a sample stands for all; ids are hashes, so the first by id are drawn at random. */
export const mostTasks = 256
/** An island's sample is drawn anew once more than this part of it has changed. */
const changed = 0.1

/** The learnwares whose tasks stand for an island, and those that were there when they were drawn. */
export interface Sample {
  readonly tasks: readonly string[]
  readonly of: ReadonlySet<string>
}

/** The sample to go on with: the one at hand, without what has gone, until more than a tenth of the island has changed. */
export const sampleOf = (ids: readonly string[], earlier?: Sample): Sample => {
  if (earlier !== undefined) {
    const now = new Set(ids)
    const gone = [...earlier.of].filter((id) => !now.has(id)).length
    const come = ids.filter((id) => !earlier.of.has(id)).length
    const tasks = earlier.tasks.filter((id) => now.has(id))
    if (tasks.length > 0 && gone + come <= changed * earlier.of.size) return { tasks, of: earlier.of }
  }
  return { tasks: ids.slice(0, mostTasks), of: new Set(ids) }
}

/** How many anchors are asked by default: 8, or √N of a larger island, never more than 16 or all. */
export const usualCount = (size: number): number => Math.min(size, 16, Math.max(8, Math.ceil(Math.sqrt(size))))

/** The prototypes of an island: k-medoids of the sampled learnwares in the functional space; of equals the smaller model. */
export const prototypes = (tasks: readonly string[], transfer: Transfer, count: number): string[] => {
  const embeddings = tasks.map((id) => transfer.embeddings.get(id) as Embedding)
  const distances = functionalDistances(squaredDistances(embeddings), lossesOf(tasks, tasks, transfer, measureAt.error))
  const cost = tasks.map((id) => transfer.sizes.get(id) ?? 0)
  return medoids(distances, count, { cost }).chosen.map((place) => tasks[place])
}

/** One of the measures of every learnware on every task, N × P. */
export const lossesOf = (
  ids: readonly string[],
  tasks: readonly string[],
  { measures }: Transfer,
  measure: number,
): Matrix => {
  const data = new Float64Array(ids.length * tasks.length)
  ids.forEach((id, i) => {
    tasks.forEach((task, p) => {
      data[i * tasks.length + p] = measures.get(id)?.get(task)?.[measure] ?? Number.NaN
    })
  })
  return { rows: ids.length, columns: tasks.length, data }
}

/** MMD² of all pairs. */
export const squaredDistances = (embeddings: readonly Embedding[]): Matrix => {
  const size = embeddings.length
  const rows = embeddings.map((embedding, i) => products(embedding, embeddings.slice(0, i + 1)))
  const data = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      data[i * size + j] = data[j * size + i] = Math.max(0, rows[i][i] - 2 * rows[i][j] + rows[j][j])
    }
  }
  return { rows: size, columns: size, data }
}
