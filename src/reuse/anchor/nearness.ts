import { list, options } from '../../base/check.js'
import { shown, ValueError } from '../../base/error.js'
import { type Embedding, formed } from '../../rkme/embedding.js'
import { evaluateAt } from '../../rkme/evaluate.js'
import { embed, inner } from '../../rkme/mmd.js'
import { products } from '../../search/products.js'
import { encodeTable } from '../../specification/rows/encode.js'
import { type Rows, readTable } from '../../specification/rows/table.js'
import { checkTerms } from '../../specification/specify/terms-check.js'
import type { Terms } from '../../specification/terms.js'
import { powerOfTwo, standardError } from './rounding.js'

/** A learnware's public embedding, sent to a user who compares it with her rows. */
export interface Asked {
  readonly id: string
  readonly embedding: Embedding
}

/** All that leaves a user's machine when she asks by distance only: two kinds of inner products. */
export interface DistanceReport {
  readonly kind: 'distance'
  readonly island: string
  /** ‖Φ_u‖². */
  readonly own: number
  /** ⟨Φ_u, Φ_a⟩ of every learnware that was asked for, in the order asked. */
  readonly anchors: readonly { readonly id: string; readonly product: number }[]
}

/**
 * Compares a user's rows with the embeddings that a market asks about, here: ⟨Φ_u, Φ_a⟩ = (1/m) Σ_i Σ_j β_j k(x_i, z_j). Any
 * number of rows will do, since no reduced set of them leaves. Without `asked` it is an empty report, with which to begin.
 * @throws RangeError or TypeError with one sentence for rows, or an earlier report, that do not fit.
 */
export const reportDistances = (
  terms: Terms,
  rows: Rows,
  asked: readonly Asked[] = [],
  given: { after?: DistanceReport } = {},
): DistanceReport => {
  const { after } = options(given, 'options', ['after'])
  checkTerms(terms)
  if (after !== undefined && after?.island !== terms.island) {
    throw new ValueError(`"after" expected a report for island ${terms.island}, got one for ${shown(after?.island)}`)
  }
  const { own, products: found } = productsOf(
    terms,
    rows,
    list(asked, 'asked').map((learnware, i) => formed(learnware?.embedding, `asked[${i}].embedding`)),
  )
  return {
    kind: 'distance',
    island: terms.island,
    own: after?.own ?? own,
    anchors: [...(after?.anchors ?? []), ...asked.map(({ id }, i) => ({ id, product: found[i] }))],
  }
}

/** ‖Φ_u‖² of rows, and ⟨Φ_u, Φ_a⟩ with embeddings of the same island. */
const productsOf = (
  terms: Terms,
  rows: Rows,
  embeddings: readonly Embedding[],
): { readonly own: number; readonly products: Float64Array } => {
  const own = embed(encodeTable(readTable(rows, terms.columns), terms), terms.kernel)
  return { own: products(own, [own])[0], products: products(own, embeddings) }
}

/**
 * ⟨Φ_u, Φ_a⟩ with embeddings of the same island, (1/m) Σ_i f_a(x_i) of the witness f_a = Σ_j β_j k(·, z_j), each to the nearest
 * multiple of the least power of two that is not below its standard error over the rows, nor below ‖Φ_a‖/m, the most that a
 * single row can be of it; undefined where such a step leaves nothing to tell, as of one row.
 */
export const roundedProductsOf = (
  terms: Terms,
  rows: Rows,
  embeddings: readonly Embedding[],
): (number | undefined)[] => {
  const X = encodeTable(readTable(rows, terms.columns), terms)
  return embeddings.map((embedding) => {
    const { mean, error } = standardError(evaluateAt(X, embedding.points, embedding.weights, terms.kernel))
    const most = Math.sqrt(inner(embedding, embedding))
    const step = powerOfTwo(Math.max(error, most / X.rows))
    const largest = Math.floor(most / step)
    if (!(largest >= 1) || X.rows === 1) return undefined
    return Math.max(-largest, Math.min(largest, Math.round(mean / step))) * step
  })
}
