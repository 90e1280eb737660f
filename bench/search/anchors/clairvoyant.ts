import { boundsBy } from '../../../src/search/anchor/pivots.js'

/**
 * How many candidates one compares who knows all answers beforehand: the nearest first, then each time the one whose answer
 * leaves least undecided, the sum of D² − bound², and 10⁻³ D² besides, over those that may still be nearer. Greedy: fewer
 * could do. `gram` holds ⟨Φ_i, Φ_j⟩ by rows, `products` the target's.
 */
export const clairvoyant = (gram: readonly Float64Array[], own: number, products: Float64Array): number => {
  const norms = gram.map((row, i) => row[i])
  const geometry = { norms, column: (j: number) => gram[j] }
  const squared = norms.map((norm, i) => own + norm - 2 * products[i])
  const least = Math.min(...squared)
  /** What is undecided once these were asked: D² − bound² of each that may still be nearer. */
  const undecided = (asked: readonly number[]): number[] => {
    const { lower } = boundsBy(
      geometry,
      own,
      asked.map((index) => ({ index, product: products[index] })),
    )
    return Array.from(lower, (bound) => least - bound * bound).filter((open, i) => open >= 0 && !asked.includes(i))
  }
  let best = { asked: [squared.indexOf(least)], open: undecided([squared.indexOf(least)]) }
  while (best.open.length > 0) {
    const { asked } = best
    const tried = norms.flatMap((_, index) => {
      if (asked.includes(index)) return []
      const further = [...asked, index]
      const open = undecided(further)
      return [{ asked: further, open, left: open.reduce((sum, value) => sum + value, open.length * 1e-3 * least) }]
    })
    best = tried.reduce((one, other) => (other.left < one.left ? other : one))
  }
  return best.asked.length
}
