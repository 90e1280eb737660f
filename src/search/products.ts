import { MarketError } from '../base/error.js'
import { type Matrix, matrix } from '../base/matrix.js'
import { nameOf, sameKernel } from '../kernel/kernel.js'
import type { Embedding } from '../rkme/embedding.js'
import { placeInner } from '../rkme/evaluate.js'
import { inner } from '../rkme/mmd.js'
import { withArena } from '../wasm/arena.js'

/** An embedding that can be found, by its id. */
export interface Candidate {
  readonly id: string
  readonly embedding: Embedding
}

/**
 * Inner products ⟨Φ_t, Φ_i⟩ = Σ_ab α_a β_b k(t_a, x_b) of a target with every candidate, in f64, around the target's centre:
 * the same numbers as `inner`, beside whichever neighbours.
 * @throws MarketError `incompatible` where kernels or dimensions differ.
 */
export const products = (target: Embedding, candidates: readonly Embedding[]): Float64Array => {
  for (const candidate of candidates) comparable(target, candidate)
  return withArena((arena) => Float64Array.from(candidates, placeInner(arena, target)))
}

/**
 * The inner products that one search needs, each taken once: make it once and hand it to every step of the search.
 * Candidates may join it on the way; no product depends on when or beside whom.
 */
export interface ProductTable {
  readonly target: Embedding
  readonly candidates: readonly Candidate[]
  /** ‖Φ_u‖². */
  readonly own: number
  /** ⟨Φ_u, Φ_i⟩. */
  readonly linear: readonly number[]
  /** ‖Φ_i‖². */
  readonly norms: readonly number[]
  /** ⟨Φ_j, Φ_i⟩ for all i; kept once it was asked for. */
  column(j: number): readonly number[]
  /** Further candidates, behind the others. */
  join(candidates: readonly Candidate[]): void
  /** Inner products taken so far. */
  evaluations(): number
}

/**
 * The {@link ProductTable} of a target and candidates.
 * @throws MarketError `incompatible` where kernels or dimensions differ.
 */
export const productTable = (target: Embedding, given: readonly Candidate[]): ProductTable => {
  const candidates: Candidate[] = []
  const linear: number[] = []
  const norms: number[] = []
  const columns = new Map<number, number[]>()
  let evaluations = 1
  const missing = (of: Embedding, known: number): Float64Array => {
    evaluations += candidates.length - known
    return products(
      of,
      candidates.slice(known).map(({ embedding }) => embedding),
    )
  }
  const table: ProductTable = {
    target,
    candidates,
    own: inner(target, target),
    linear,
    norms,
    column: (j) => {
      const column = columns.get(j) ?? []
      columns.set(j, column)
      if (column.length < candidates.length) push(column, missing(candidates[j].embedding, column.length))
      return column
    },
    join: (further) => {
      for (const candidate of further) candidates.push(candidate)
      push(linear, missing(target, linear.length))
      for (const { embedding } of further) norms.push(inner(embedding, embedding))
      evaluations += further.length
    },
    evaluations: () => evaluations,
  }
  table.join(given)
  return table
}

const push = (array: number[], values: Float64Array): void => {
  for (const value of values) array.push(value)
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

/**
 * Refuses embeddings that were not made under the same terms.
 * @throws MarketError `incompatible`.
 */
export const comparable = (target: Pick<Embedding, 'kernel' | 'points'>, { kernel, points }: Embedding): void => {
  if (!sameKernel(kernel, target.kernel) || points.columns !== target.points.columns) {
    throw new MarketError(
      'incompatible',
      `the embeddings have different kernels or dimensions (${nameOf(target.kernel)} and ${nameOf(kernel)}, ` +
        `${target.points.columns} and ${points.columns} coordinates); specify both under the same terms`,
    )
  }
}
