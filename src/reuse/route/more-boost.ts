import { exp, log } from '../../wasm/scalar.js'

/** What boosting by usefulness found. */
export interface Boosting {
  /** α of every learnware that was picked, 0 for the others. */
  readonly alphas: Float64Array
  /** Learnwares in the order in which they were picked. */
  readonly picks: readonly number[]
  /** Π Z_t: no larger share of the rows is expected to be served by none of those picked, or by a majority that is wrong. */
  readonly bound: number
}

/** The α's as parts of their sum; undefined where no learnware was picked. */
export const boostedWeights = ({ alphas }: Boosting): Float64Array | undefined => {
  const total = alphas.reduce((sum, alpha) => sum + alpha, 0)
  return total > 0 ? alphas.map((alpha) => alpha / total) : undefined
}

/** A round that lowers the bound by a smaller share than this is not worth another model. */
const leastGain = 1e-3

/**
 * Boosting on rows whose labels nobody knows, by the usefulness u_l(x) ∈ [−1, 1] of learnware l at row x: it is asked where
 * u_l ≥ 0 and taken to be right there with chance p = (1 + u_l)/2, elsewhere it keeps silent. D_1 is uniform; round t takes
 * the learnware of the least Z = W₀ + 2√(W₊W₋), with W₊ = Σ D p and W₋ = Σ D (1 − p) where it is asked and W₀ = Σ D where
 * it is not, gives it α = ½ ln(W₊ / W₋), and D ∝ D (p e^−α + (1 − p) e^α) where it was asked, so that the next one serves
 * the rows that are served least. Each is taken once; both W count as 1/(2m) or more, for m rows. Equal learnwares: the first.
 *
 * This is MoreBoost (Ding and Zhou 2020, known to us by its summary) with abstention as in confidence-rated boosting: under
 * indicators of ±1 alone, a learnware that serves just what the first does not has error ½, and is never picked.
 */
export const moreBoost = (usefulness: readonly Float64Array[], rounds: number): Boosting => {
  const rows = usefulness[0].length
  const alphas = new Float64Array(usefulness.length)
  const picks: number[] = []
  const share = new Float64Array(rows).fill(1 / rows)
  let bound = 1
  for (let round = 0; round < rounds; round++) {
    let best = { l: -1, z: 1 - leastGain, alpha: 0 }
    for (let l = 0; l < usefulness.length; l++) {
      if (alphas[l] > 0) continue
      const { z, alpha } = offer(usefulness[l], share)
      if (z < best.z) best = { l, z, alpha }
    }
    const { l, z, alpha } = best
    if (l < 0) break
    alphas[l] = alpha
    picks.push(l)
    bound *= z
    const [falls, rises] = [exp(-alpha), exp(alpha)]
    let sum = 0
    for (let i = 0; i < rows; i++) {
      const u = usefulness[l][i]
      if (u >= 0) share[i] *= 0.5 * ((1 + u) * falls + (1 - u) * rises)
      sum += share[i]
    }
    for (let i = 0; i < rows; i++) share[i] /= sum
  }
  return { alphas, picks, bound }
}

const offer = (u: Float64Array, share: Float64Array): { z: number; alpha: number } => {
  let [right, wrong, silent] = [0, 0, 0]
  for (let i = 0; i < share.length; i++) {
    if (u[i] < 0) silent += share[i]
    else {
      right += 0.5 * (1 + u[i]) * share[i]
      wrong += 0.5 * (1 - u[i]) * share[i]
    }
  }
  if (!(right > wrong)) return { z: 1, alpha: 0 }
  const least = 1 / (2 * share.length)
  const odds = Math.max(right, least) / Math.max(wrong, least)
  // With W₋ raised to the floor, α is no longer the minimiser; Z is what that α gives.
  const root = Math.sqrt(odds)
  return { z: silent + right / root + wrong * root, alpha: 0.5 * log(odds) }
}

/** Σ_l α_l u_l(x) / Σ_l α_l at every row: 1 where all that were picked serve it, −1 where none does; 0 where none was picked. */
export const margins = (alphas: ArrayLike<number>, usefulness: readonly ArrayLike<number>[]): Float64Array => {
  const result = new Float64Array(usefulness[0].length)
  let total = 0
  usefulness.forEach((u, l) => {
    total += alphas[l]
    for (let i = 0; i < result.length; i++) result[i] += alphas[l] * u[i]
  })
  return total > 0 ? result.map((value) => value / total) : result
}
