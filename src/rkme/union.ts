import type { Embedding } from './embedding.js'

/** An embedding with its factor in a sum. */
export interface Part {
  readonly embedding: Embedding
  readonly share: number
}

/** Σ share · embedding: all their points, f64, one embedding's after the other's. Its error is at most the sum of theirs. */
export const unionOf = (parts: readonly Part[]): Embedding => {
  const { kernel, points: first } = parts[0].embedding
  const { columns } = first
  const rows = parts.reduce((sum, { embedding }) => sum + embedding.points.rows, 0)
  const data = new Float64Array(rows * columns)
  const weights = new Float64Array(rows)
  let at = 0
  let samples = 0
  let error = 0
  for (const { embedding, share } of parts) {
    data.set(embedding.points.data, at * columns)
    for (const weight of embedding.weights) weights[at++] = share * weight
    samples += embedding.samples
    error += Math.abs(share) * embedding.error
  }
  return { kernel, points: { rows, columns, data }, weights, samples, error, floor: Number.NaN }
}
