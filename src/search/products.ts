import { MarketError } from '../base/error.js'
import { type Matrix, matrix } from '../base/matrix.js'
import { nameOf, sameKernel } from '../kernel/kernel.js'
import type { Embedding } from '../rkme/embedding.js'
import { evaluate } from '../rkme/evaluate.js'
import { inner } from '../rkme/mmd.js'

/** An embedding that can be found, by its id. */
export interface Candidate {
  readonly id: string
  readonly embedding: Embedding
}

const rowsAtOnce = 8192

/**
 * Inner products ⟨Φ_t, Φ_i⟩ = Σ_ab α_a β_b k(t_a, x_b) of a target with every candidate, in f64. The points of many candidates
 * are evaluated at once, around the target's centre, so that a product does not depend on its neighbours.
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
    const values = evaluate(target, joined(part))
    let at = 0
    part.forEach(({ weights }, i) => {
      let sum = 0
      for (let b = 0; b < weights.length; b++) sum += weights[b] * values[at++]
      result[start + i] = sum
    })
    start = end
  }
  return result
}

/** The inner products that one search needs, each taken once: make it once and hand it to every step of the search. */
export interface ProductTable {
  readonly target: Embedding
  readonly candidates: readonly Candidate[]
  /** ‖Φ_u‖². */
  readonly own: number
  /** ⟨Φ_u, Φ_i⟩. */
  readonly linear: Float64Array
  /** ‖Φ_i‖². */
  readonly norms: Float64Array
  /** ⟨Φ_j, Φ_i⟩ for all i; kept once it was asked for. */
  column(j: number): Float64Array
  /** Inner products taken so far. */
  evaluations(): number
}

/**
 * The {@link ProductTable} of a target and candidates.
 * @throws MarketError `incompatible` where kernels or dimensions differ.
 */
export const productTable = (target: Embedding, candidates: readonly Candidate[]): ProductTable => {
  const embeddings = candidates.map(({ embedding }) => embedding)
  const columns = new Map<number, Float64Array>()
  const linear = products(target, embeddings)
  return {
    target,
    candidates,
    own: inner(target, target),
    linear,
    norms: Float64Array.from(embeddings, (embedding) => inner(embedding, embedding)),
    column: (j) => {
      const column = columns.get(j) ?? products(embeddings[j], embeddings)
      columns.set(j, column)
      return column
    },
    evaluations: () => 1 + (2 + columns.size) * candidates.length,
  }
}

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

const comparable = (target: Embedding, { kernel, points }: Embedding): void => {
  if (!sameKernel(kernel, target.kernel) || points.columns !== target.points.columns) {
    throw new MarketError(
      'incompatible',
      `the embeddings have different kernels or dimensions (${nameOf(target.kernel)} and ${nameOf(kernel)}, ` +
        `${target.points.columns} and ${points.columns} coordinates); specify both under the same terms`,
    )
  }
}
