import { boundsBy } from '../../../src/search/anchor/pivots.js'

/**
 * How many candidates one compares who knows all answers beforehand: the nearest first, then each time the one whose answer
 * leaves least undecided, the sum of D² − bound², and 10⁻³ D² besides, over those that may still be nearer. Greedy: fewer could do. `gram` holds ⟨Φ_i, Φ_j⟩ by rows, `products` the target's.
 */
export const clairvoyant = (gram: readonly Float64Array[], own: number, products: Float64Array): number => {
  const norms = gram.map((row, i) => row[i])
  const geometry = { norms, column: (j: number) => gram[j] }
  const squared = norms.map((norm, i) => own + norm - 2 * products[i])
  const least = Math.min(...squared)
  const answers = [{ index: squared.indexOf(least), product: products[squared.indexOf(least)] }]
  const undecided = (given: typeof answers): Map<number, number> => {
    const { lower } = boundsBy(geometry, own, given)
    const asked = new Set(given.map(({ index }) => index))
    return new Map(
      Array.from(lower, (bound, i) => [i, least - bound * bound] as const).filter(
        ([i, open]) => !asked.has(i) && open >= 0,
      ),
    )
  }
  while (undecided(answers).size > 0) {
    const known = new Set(answers.map(({ index }) => index))
    const tried = norms.flatMap((_, index) => {
      if (known.has(index)) return []
      const open = undecided([...answers, { index, product: products[index] }])
      return [{ index, open: [...open.values()].reduce((sum, value) => sum + value, open.size * 1e-3 * least) }]
    })
    const { index } = tried.reduce((best, one) => (one.open < best.open ? one : best))
    answers.push({ index, product: products[index] })
  }
  return answers.length
}
