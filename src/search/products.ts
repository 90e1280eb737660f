import { MarketError } from '../base/error.js'
import { type Matrix, matrix } from '../base/matrix.js'
import { gram } from '../kernel/gram.js'
import type { Embedding } from '../rkme/embedding.js'

/** An embedding that can be found, by its id. */
export interface Candidate {
  readonly id: string
  readonly embedding: Embedding
}

const rowsAtOnce = 8192

/**
 * Inner products ⟨Φ_t, Φ_i⟩ = Σ_ab α_a β_b k(t_a, x_b) of a target with every candidate, in f64. The points of many candidates
 * go through one cross-Gram, whose centre is the target's, so that a product does not depend on its neighbours.
 * @throws MarketError `incompatible` where kernels or dimensions differ.
 */
export const products = (target: Embedding, candidates: readonly Embedding[]): Float64Array => {
  const result = new Float64Array(candidates.length)
  for (let start = 0; start < candidates.length; ) {
    let end = start
    let rows = 0
    do rows += candidates[end++].points.rows
    while (end < candidates.length && rows + candidates[end].points.rows <= rowsAtOnce)
    const part = candidates.slice(start, end)
    for (const candidate of part) comparable(target, candidate)
    contract(target, part, gram(joined(part), target.points, target.kernel), result.subarray(start, end))
    start = end
  }
  return result
}

/** ‖Φ‖² of an embedding. */
export const squaredNorm = (embedding: Embedding): number => {
  const known = norms.get(embedding)
  if (known !== undefined) return known
  const [norm] = products(embedding, [embedding])
  norms.set(embedding, norm)
  return norm
}

const norms = new WeakMap<Embedding, number>()

/** The points of several embeddings below each other. */
export const joined = (embeddings: readonly Embedding[]): Matrix => {
  const { columns } = embeddings[0].points
  const rows = embeddings.reduce((sum, { points }) => sum + points.rows, 0)
  const data = new Float64Array(rows * columns)
  let offset = 0
  for (const { points } of embeddings) {
    data.set(points.data, offset)
    offset += points.data.length
  }
  return matrix(data, rows, columns)
}

const contract = (target: Embedding, candidates: readonly Embedding[], K: Matrix, out: Float64Array): void => {
  const alpha = target.weights
  let at = 0
  candidates.forEach(({ weights }, i) => {
    let sum = 0
    for (let b = 0; b < weights.length; b++) {
      let value = 0
      for (let a = 0; a < alpha.length; a++) value += alpha[a] * K.data[at++]
      sum += weights[b] * value
    }
    out[i] = sum
  })
}

const comparable = (target: Embedding, { kernel, points }: Embedding): void => {
  if (
    kernel.kind !== target.kernel.kind ||
    kernel.gamma !== target.kernel.gamma ||
    points.columns !== target.points.columns
  ) {
    throw new MarketError(
      'incompatible',
      `the embeddings have different kernels or dimensions (gamma ${target.kernel.gamma} and ${kernel.gamma}, ` +
        `${target.points.columns} and ${points.columns} coordinates); specify both under the same terms`,
    )
  }
}
