import { dot } from '../../qp/lbfgs.js'
import type { Outputs } from '../outputs.js'

/** Up to so many candidates every subset is looked at. */
const mostForAll = 12

/** Members that are added one after the other where there are more candidates. */
const mostPicks = 20

/**
 * Ensembles of growing size, each as weights that sum to 1: up to 12 candidates the subset of each size whose mean has the
 * least squared error, from all subsets; of more, forward selection with replacement (Caruana and others, 2004), the
 * candidate that lowers the error of the mean the most joining again and again. Ties go to the first.
 */
export const subsets = ({ rows, of }: Outputs, y: Float64Array): Float64Array[] => {
  const size = of.length
  const linear = of.map((f) => dot(f, y) / rows)
  const products = of.map((f) => Float64Array.from(of, (g) => dot(f, g) / rows))
  return size <= mostForAll ? allSubsets(size, linear, products) : forward(size, linear, products)
}

const allSubsets = (size: number, linear: readonly number[], products: readonly Float64Array[]): Float64Array[] => {
  const total = 1 << size
  const [first, second, members] = [new Float64Array(total), new Float64Array(total), new Uint8Array(total)]
  const best = Array.from({ length: size }, () => ({ error: Number.POSITIVE_INFINITY, mask: 0 }))
  for (let mask = 1; mask < total; mask++) {
    const i = 31 - Math.clz32(mask)
    const rest = mask ^ (1 << i)
    let cross = 0
    for (let j = 0; j < i; j++) if (rest & (1 << j)) cross += products[i][j]
    first[mask] = first[rest] + linear[i]
    second[mask] = second[rest] + products[i][i] + 2 * cross
    const k = members[rest] + 1
    members[mask] = k
    const error = second[mask] / (k * k) - (2 * first[mask]) / k
    if (error < best[k - 1].error) best[k - 1] = { error, mask }
  }
  return best.map(({ mask }, k) => Float64Array.from({ length: size }, (_, i) => (mask & (1 << i) ? 1 / (k + 1) : 0)))
}

const forward = (size: number, linear: readonly number[], products: readonly Float64Array[]): Float64Array[] => {
  const counts = new Float64Array(size)
  // Σ over those picked of ⟨f_i, f_l⟩ for every candidate i, and what goes with it.
  const across = new Float64Array(size)
  let [first, second] = [0, 0]
  return Array.from({ length: mostPicks }, (_, picks) => {
    const k = picks + 1
    let best = { error: Number.POSITIVE_INFINITY, i: 0 }
    for (let i = 0; i < size; i++) {
      const error = (second + 2 * across[i] + products[i][i]) / (k * k) - (2 * (first + linear[i])) / k
      if (error < best.error) best = { error, i }
    }
    const { i } = best
    second += 2 * across[i] + products[i][i]
    first += linear[i]
    counts[i]++
    for (let j = 0; j < size; j++) across[j] += products[i][j]
    return counts.map((count) => count / k)
  })
}
