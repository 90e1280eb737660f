import type { Embedding } from '../rkme/embedding.js'
import { inner } from '../rkme/mmd.js'

// Embeddings are values that nobody changes, and the same learnwares are reused again and again, by one method after the other.
const known = new WeakMap<Embedding, WeakMap<Embedding, number>>()

/** ⟨Φ_a, Φ_b⟩, worked out once for each pair of embeddings. */
export const product = (a: Embedding, b: Embedding): number => {
  const row = known.get(a) ?? new WeakMap<Embedding, number>()
  known.set(a, row)
  const value = row.get(b) ?? inner(a, b)
  row.set(b, value)
  return value
}

/** ‖Φ_a − Φ_b‖ (not squared). */
export const distance = (a: Embedding, b: Embedding): number =>
  a === b ? 0 : Math.sqrt(Math.max(0, product(a, a) - 2 * product(a, b) + product(b, b)))
