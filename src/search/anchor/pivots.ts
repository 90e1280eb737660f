/** Where a target can be, by its inner products with some candidates. */
export interface Bounds {
  /** No candidate is nearer to the target than this; for the candidates asked it is their distance. */
  readonly lower: Float64Array
  /** Positions of the candidates asked, nearest first, ties by position, with their distances. */
  readonly asked: readonly { readonly index: number; readonly distance: number }[]
  /** The target's distance from the span of the candidates asked: 0 where nothing of it is left to ask for. */
  readonly residual: number
}

/** What is known of the candidates without the target. */
export interface Geometry {
  /** ‖Φ_i‖². */
  readonly norms: ArrayLike<number>
  /** ⟨Φ_j, Φ_i⟩ for all i. */
  column(j: number): ArrayLike<number>
}

/** A candidate with less than this part of its norm² outside the span of those before it adds no coordinate. */
const dependent = 1e-9
/** Rounding of a squared distance, as a part of the largest norm². */
const rounding = 1e-8

/**
 * Lower bounds ‖z_u − z_i‖² + (r_u − r_i)² ≤ ‖Φ_u − Φ_i‖² from the inner products of a target with the candidates asked:
 * z are coordinates in the orthonormal basis of their span (Gram–Schmidt in the order asked), r what is left. The triangle
 * inequality |D_ua − D_ai| ≤ D_ui of LAESA (Micó, Oncina and Vidal 1994) is the same with one candidate at a time, so these
 * bounds are never below it; and every candidate asked serves as an anchor for the rest. Mixtures of candidates as anchors,
 * the principal directions of all or of those not yet dismissed, were tried on shops: no fewer answers, but for one who
 * begins with the nearest (15.1 % of the market in place of 15.9 %).
 */
export const boundsBy = (
  { norms, column }: Geometry,
  own: number,
  answers: readonly { readonly index: number; readonly product: number }[],
): Bounds => {
  const size = norms.length
  const scale = Math.max(own, ...Array.from(norms))
  const lower = new Float64Array(size)
  const left = Float64Array.from(norms)
  const basis: Float64Array[] = []
  const target: number[] = []
  let leftOfTarget = own
  for (const { index, product } of answers) {
    if (!(left[index] > dependent * norms[index])) continue
    const length = Math.sqrt(left[index])
    const products = column(index)
    const z = Float64Array.from({ length: size }, (_, i) => {
      let rest = products[i]
      for (const earlier of basis) rest -= earlier[index] * earlier[i]
      return rest / length
    })
    let rest = product
    basis.forEach((earlier, b) => {
      rest -= earlier[index] * target[b]
    })
    const coordinate = rest / length
    for (let i = 0; i < size; i++) {
      lower[i] += (coordinate - z[i]) * (coordinate - z[i])
      left[i] = Math.max(0, left[i] - z[i] * z[i])
    }
    basis.push(z)
    target.push(coordinate)
    leftOfTarget = Math.max(0, leftOfTarget - coordinate * coordinate)
  }
  const residual = Math.sqrt(leftOfTarget)
  for (let i = 0; i < size; i++) {
    const beyond = residual - Math.sqrt(left[i])
    const squared = lower[i] + beyond * beyond
    lower[i] = Math.sqrt(Math.max(0, squared - rounding * scale))
  }
  const asked = answers
    .map(({ index, product }) => ({ index, distance: Math.sqrt(Math.max(0, own - 2 * product + norms[index])) }))
    .sort((a, b) => a.distance - b.distance || a.index - b.index)
  for (const { index, distance } of asked) lower[index] = distance
  return { lower, asked, residual }
}

/**
 * The candidates to ask next, those of least lower bound first, ties by position: none once all that are left are farther
 * than the `top` nearest of those asked, which are then the nearest of all.
 */
export const nextToAsk = ({ lower, asked }: Bounds, { top = 1, batch = 1 } = {}): number[] => {
  const known = new Set(asked.map(({ index }) => index))
  const worst = asked[top - 1]?.distance ?? Number.POSITIVE_INFINITY
  return Array.from(lower.keys())
    .filter((index) => !known.has(index) && lower[index] <= worst)
    .sort((a, b) => lower[a] - lower[b] || a - b)
    .slice(0, batch)
}
