import { finite, oneOf, whole } from '../base/check.js'
import { matrix } from '../base/matrix.js'
import { quadratic } from '../qp/quadratic.js'
import type { Embedding } from '../rkme/embedding.js'
import { type Candidate, type ProductTable, productTable } from './products.js'
import { score } from './topk.js'

/** A candidate's part in a mixture. */
export interface Member {
  readonly id: string
  /** Position among the candidates. */
  readonly index: number
  readonly weight: number
}

/** The sparse combination of candidates nearest to a target. */
export interface SparseMixture {
  /** Heaviest first, ties by id. */
  readonly members: readonly Member[]
  /** ‖Φ_u − Σ w_i Φ_i‖. */
  readonly distance: number
  readonly score: number
  /** How much distance² could still fall, at most, with all candidates and any weights of the constraint. */
  readonly gap: number
  /** `curve[k]` is the distance with k + 1 members, while they were added. */
  readonly curve: readonly number[]
}

/** Options of {@link frankWolfe}. */
export interface MixtureOptions {
  /** Nonnegative weights (`cone`: 1 − Σw is what nobody covers), or nonnegative weights of sum 1 (`simplex`). */
  readonly constraint?: 'cone' | 'simplex'
  /** At most so many members. */
  readonly support?: number
  /** A further member must lower the distance by this share. */
  readonly decrease?: number
  /** Members of less weight are dropped and the others refitted. */
  readonly least?: number
  /** Inner products that an earlier step of the search has taken. */
  readonly table?: ProductTable
}

/** Below this part of ‖Φ_u‖² nothing is left to explain. */
const exhausted = 1e-12

/**
 * Fully corrective Frank–Wolfe over embeddings: each step looks at all candidates for the steepest one, adds it, and solves
 * the quadratic program of all members anew (ALGORITHMS 2.2, 15.4; in the cone the steepest is by
 * ⟨residual, Φ_i⟩/‖Φ_i‖). Never starts from a list of near singles, which misses mixtures of unlike parts.
 * @throws MarketError `incompatible` where kernels or dimensions differ.
 */
export const frankWolfe = (
  target: Embedding,
  candidates: readonly Candidate[],
  {
    constraint = 'cone',
    support = 10,
    decrease = 0.05,
    least = 0.02,
    table = productTable(target, candidates),
  }: MixtureOptions = {},
): SparseMixture => {
  oneOf(constraint, 'constraint', ['cone', 'simplex'])
  whole(support, 'support', 1)
  finite(decrease, 'decrease', 0, 1)
  finite(least, 'least', 0, 1)
  const { own } = table
  let best: Fit = { members: [], weights: new Float64Array(0), squared: own }
  const curve: number[] = []
  while (best.members.length < support && best.squared > exhausted * own) {
    const next = steepest(best, table, constraint)
    if (next === undefined) break
    const trial = refit([...best.members, next], table, constraint)
    const isFirst = best.members.length === 0
    if (!isFirst && Math.sqrt(trial.squared) > (1 - decrease) * Math.sqrt(best.squared)) break
    best = trial
    curve.push(Math.sqrt(best.squared))
  }
  for (
    let light = lightest(best, least);
    light !== undefined && best.members.length > 1;
    light = lightest(best, least)
  ) {
    const kept: readonly number[] = best.members.filter((_, i) => i !== light)
    best = refit(kept, table, constraint)
  }
  const distance = Math.sqrt(best.squared)
  return {
    members: best.members
      .map((index, i) => ({ id: candidates[index].id, index, weight: best.weights[i] }))
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1)),
    distance,
    score: score(distance, own),
    gap: gapOf(best, table, constraint),
    curve,
  }
}

interface Fit {
  readonly members: readonly number[]
  readonly weights: Float64Array
  /** distance². */
  readonly squared: number
}

const refit = (
  members: readonly number[],
  { own, linear, column }: ProductTable,
  constraint: 'cone' | 'simplex',
): Fit => {
  const n = members.length
  const G = new Float64Array(n * n)
  members.forEach((a, i) => {
    members.forEach((b, j) => {
      G[i * n + j] = a < b ? column(a)[b] : column(b)[a]
    })
  })
  const c = Float64Array.from(members, (index) => linear[index])
  const { weights, objective } = quadratic(matrix(G, n, n), c, { constraint })
  return { members, weights, squared: Math.max(0, own + objective) }
}

/** g_i = (Hw)_i − c_i, half the gradient of distance², for every candidate. */
const gradient = ({ members, weights }: Fit, { linear, column }: ProductTable): Float64Array => {
  const result = Float64Array.from(linear, (value) => -value)
  members.forEach((index, k) => {
    const h = column(index)
    for (let i = 0; i < result.length; i++) result[i] += weights[k] * h[i]
  })
  return result
}

const steepest = (current: Fit, table: ProductTable, constraint: 'cone' | 'simplex'): number | undefined => {
  const { norms, candidates } = table
  const g = gradient(current, table)
  const isFirst = current.members.length === 0
  let found: number | undefined
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < g.length; i++) {
    if (current.members.includes(i) || !(norms[i] > 0)) continue
    const slope = constraint === 'cone' ? g[i] / Math.sqrt(norms[i]) : isFirst ? norms[i] + 2 * g[i] : g[i]
    if (slope < least || (slope === least && found !== undefined && candidates[i].id < candidates[found].id)) {
      least = slope
      found = i
    }
  }
  return constraint === 'cone' && least >= 0 ? undefined : found
}

const lightest = ({ weights }: Fit, least: number): number | undefined => {
  let found: number | undefined
  weights.forEach((weight, i) => {
    if (weight < least && (found === undefined || weight < weights[found])) found = i
  })
  return found
}

/** Frank–Wolfe gap of distance²: 2·max_i ⟨g, w − e_i⟩ on the simplex; on the cone 2·max_i(−g_i)₊ for one unit of mass. */
const gapOf = (best: Fit, table: ProductTable, constraint: 'cone' | 'simplex'): number => {
  const g = gradient(best, table)
  if (g.length === 0) return 0
  let along = 0
  best.members.forEach((index, k) => {
    along += best.weights[k] * g[index]
  })
  const lowest = g.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY)
  return 2 * Math.max(0, (constraint === 'cone' ? 0 : along) - lowest)
}
