import { matrix } from '../../base/matrix.js'
import { choleskySolve } from '../../qp/cholesky.js'
import { exp } from '../../wasm/scalar.js'

/** Ridge on inner products of embeddings, for anchors that are almost alike. */
const ridge = 1e-3

/**
 * How much each of P tasks tells of a user, from her inner products c with A anchors alone: a task's share falls as
 * exp(−(D² − least)/(½(median − least))) with its squared distance from her, D²_p = ‖Φ_p‖² − 2 k_p'(K_AA + 10⁻³I)⁻¹c + ‖Φ_u‖², where
 * ‖Φ_u‖², the same for all, is not needed. `between` holds ⟨Φ_a, Φ_b⟩ (A × A), `across` ⟨Φ_a, Φ_p⟩ (A rows of P), `norms` ‖Φ_p‖². Their
 * sum is 1.
 */
export const taskShares = (
  products: ArrayLike<number>,
  between: Float64Array,
  across: readonly ArrayLike<number>[],
  norms: ArrayLike<number>,
): Float64Array => {
  const count = products.length
  const alpha = choleskySolve(matrix(between, count, count), Float64Array.from(products), { ridge })
  const squared = Float64Array.from(norms, (norm, p) => {
    let product = 0
    for (let a = 0; a < count; a++) product += alpha[a] * across[a][p]
    return norm - 2 * product
  })
  const sorted = squared.slice().sort()
  const unit = (sorted[sorted.length >> 1] - sorted[0]) / 2
  if (!(unit > 0)) return squared.fill(1 / squared.length)
  const shares = squared.map((value) => exp(-(value - sorted[0]) / unit))
  const total = shares.reduce((sum, share) => sum + share, 0)
  return shares.map((share) => share / total)
}
