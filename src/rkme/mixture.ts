import { list, oneOf, options } from '../base/check.js'
import { ValueError } from '../base/error.js'
import { isNormalised } from '../kernel/form.js'
import { quadratic } from '../qp/quadratic.js'
import { type Embedding, formed } from './embedding.js'
import { inner, mmd } from './mmd.js'
import { unionOf } from './union.js'

/** A combination of embeddings near a target. */
export interface Mixture {
  readonly weights: Float64Array
  /** ‖Φ − Σ w_i Φ_i‖, not squared. */
  readonly distance: number
  /** Largest violation of the optimality conditions of the weights. */
  readonly gap: number
}

/**
 * The mixture of candidates nearest to the target: weights that minimise ‖Φ − Σ w_i Φ_i‖ with w ≥ 0, and Σw = 1 on the simplex.
 * In the cone 1 − Σw is the share of the target that no candidate covers.
 * @throws RangeError where there are no candidates, or kernels or dimensions differ.
 */
export const mixture = (
  target: Embedding,
  candidates: readonly Embedding[],
  given: { constraint?: 'simplex' | 'cone' } = {},
): Mixture => {
  const { constraint = 'simplex' } = options(given, 'options', ['constraint'])
  oneOf(constraint, 'constraint', ['simplex', 'cone'])
  formed(target, 'target')
  const count = list(candidates, 'candidates').length
  candidates.forEach((candidate, i) => {
    formed(candidate, `candidates[${i}]`)
  })
  if (count === 0) throw new ValueError('"candidates" expected at least one embedding, got none', 'shape')
  const G = new Float64Array(count * count)
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) G[i * count + j] = G[j * count + i] = inner(candidates[i], candidates[j])
  }
  const c = Float64Array.from(candidates, (candidate) => inner(target, candidate))
  const { weights, objective, gap } = quadratic({ rows: count, columns: count, data: G }, c, { constraint })
  const distance = isNormalised(target.kernel)
    ? Math.sqrt(Math.max(0, inner(target, target) + objective))
    : mmd(target, unionOf(candidates.map((embedding, i) => ({ embedding, share: weights[i] }))))
  return { weights, distance, gap }
}
