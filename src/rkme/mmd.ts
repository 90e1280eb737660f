import { finite, lengthOf, options } from '../base/check.js'
import { ValueError } from '../base/error.js'
import { type Samples, samples } from '../base/matrix.js'
import { checkColumns } from '../kernel/form.js'
import { checkKernel, type Kernel, nameOf, sameKernel } from '../kernel/kernel.js'
import { withArena } from '../wasm/arena.js'
import { squaredLength } from './dots.js'
import { type Embedding, formed } from './embedding.js'
import { placeInner } from './evaluate.js'
import { unionOf } from './union.js'

/** Refuses embeddings that cannot be compared. */
export const comparable = (a: Embedding, b: Embedding): void => {
  formed(a, 'a')
  formed(b, 'b')
  lengthOf({ length: b.points.columns }, 'points columns', a.points.columns)
  if (sameKernel(a.kernel, b.kernel)) return
  if (a.kernel.kind === 'gaussian' && b.kernel.kind === 'gaussian') {
    throw new ValueError(
      `"kernel" expected gamma ${a.kernel.gamma} in both embeddings, got ${b.kernel.gamma}; make them under the same terms`,
    )
  }
  throw new ValueError(
    `"kernel" expected ${nameOf(a.kernel)} in both embeddings, got ${nameOf(b.kernel)}; make them with the same one`,
  )
}

/**
 * The inner product ⟨Φ_a, Φ_b⟩ = Σ_i Σ_j α_i β_j k(x_i, z_j), f64.
 * @throws RangeError where kernels or dimensions differ.
 */
export const inner = (a: Embedding, b: Embedding): number => {
  comparable(a, b)
  return withArena((arena) => placeInner(arena, a)(b))
}

/** Mean of k(x, x) over the rows of an embedding, floor² · samples + ‖Φ‖²: what its floor was made of. */
export const meanDiagonal = (embedding: Embedding): number =>
  embedding.floor * embedding.floor * embedding.samples + inner(embedding, embedding)

/**
 * ‖Φ_a − Φ_b‖² = ⟨a, a⟩ − 2⟨a, b⟩ + ⟨b, b⟩, at least 0; for kernels of x·y summed around the mean of all points, so that a far-away
 * origin costs no digits.
 */
export const mmdSquared = (a: Embedding, b: Embedding): number => {
  comparable(a, b)
  if (a === b) return 0
  const { kernel } = a
  if (kernel.kind === 'linear' || kernel.kind === 'polynomial') {
    const parts = [
      { embedding: a, share: 1 },
      { embedding: b, share: -1 },
    ]
    return squaredLength(unionOf(parts), kernel)
  }
  const own = withArena((arena) => {
    const innerOfA = placeInner(arena, a)
    return innerOfA(a) - 2 * innerOfA(b)
  })
  return Math.max(0, own + inner(b, b))
}

/** The RKHS distance ‖Φ_a − Φ_b‖ of two embeddings (not squared). */
export const mmd = (a: Embedding, b: Embedding): number => Math.sqrt(mmdSquared(a, b))

/**
 * The empirical embedding of rows: every row a point, with equal weights 1/m or the given ones (used as they are).
 * X: m × d. Its error is 0; its floor is NaN, since ‖Φ̂‖² is not worked out.
 */
export const embed = (X: Samples, kernel: Kernel, given: { weights?: ArrayLike<number> } = {}): Embedding => {
  const { weights } = options(given, 'options', ['weights'])
  const checked = checkKernel(kernel)
  const x = samples(X, 'X')
  checkColumns(checked, x, 'X')
  const { rows, columns, data } = x
  if (weights !== undefined) lengthOf(weights, 'weights', rows)
  return {
    kernel: checked,
    points: { rows, columns, data: Float64Array.from(data) },
    weights: weights
      ? Float64Array.from(weights, (weight, i) => finite(weight, `weights[${i}]`))
      : new Float64Array(rows).fill(1 / rows),
    samples: rows,
    error: 0,
    floor: Number.NaN,
  }
}
