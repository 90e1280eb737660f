import { finite, oneOf, whole } from '../../base/check.js'
import { matrix } from '../../base/matrix.js'
import { quadratic } from '../../qp/quadratic.js'
import type { Embedding } from '../../rkme/embedding.js'
import { type Candidate, type ProductTable, productTable } from '../products.js'
import type { Steps } from '../steps.js'
import { score } from '../topk.js'

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
  /** `exact`: every member was proven to be the steepest of all candidates when it was taken, and so was the end. */
  readonly certificate: 'exact' | 'none'
  /** `curve[k]` is the distance once k + 1 members were added; a member whose weight falls to 0 on the way is dropped. */
  readonly curve: readonly number[]
}

/** Options of {@link frankWolfe}. */
export interface MixtureOptions {
  /** Nonnegative weights (`cone`: 1 − Σw is what nobody covers), or nonnegative weights of sum 1 (`simplex`). */
  readonly constraint?: 'cone' | 'simplex'
  /** At most so many members, at no step more. */
  readonly support?: number
  /** A further member must lower the distance by this share. */
  readonly decrease?: number
  /** A further member must lower distance² by so much. */
  readonly gain?: number
  /** Members of less weight are dropped and the others refitted. */
  readonly least?: number
}

/** Below this part of ‖Φ_u‖² nothing is left to explain. */
const exhausted = 1e-12

/** Candidates that are not in the table, known by bounds alone. */
export interface Outside {
  /** Brings the nearest into the table. */
  nearest(): Steps<Proof>
  /**
   * Brings the steepest of a fit into the table, unless `least`, the least slope inside, is below all that are outside:
   * by −⟨Φ_i, residual⟩, in the cone (with `relative`) divided by ‖Φ_i‖.
   */
  steepest(fit: Fit, relative: boolean, least: () => number): Steps<Proof>
}

/** What is known of candidates outside a table: none has a slope below `bound`; whether that settles the question. */
export interface Proof {
  readonly bound: number
  readonly isClosed: boolean
}

/**
 * Fully corrective Frank–Wolfe over embeddings: each step looks at all candidates for the steepest one, adds it, and solves
 * the quadratic program of all members anew (ALGORITHMS 2.2, 15.4; in the cone the steepest is by
 * ⟨residual, Φ_i⟩/‖Φ_i‖). Never starts from a list of near singles, which misses mixtures of unlike parts.
 * @throws MarketError `incompatible` where kernels or dimensions differ.
 */
export const frankWolfe = (
  target: Embedding,
  candidates: readonly Candidate[],
  { table = productTable(target, candidates), ...rest }: MixtureOptions & { readonly table?: ProductTable } = {},
): SparseMixture => {
  const { value, done } = mixtureSteps(table, rest).next()
  if (!done) throw new RangeError('a search among all candidates asked for more of them')
  return value
}

/** {@link frankWolfe} over the candidates of a table and those outside it, which are looked at as far as a proof needs. */
export function* mixtureSteps(
  table: ProductTable,
  { constraint = 'cone', support = 10, decrease = 0.05, gain = 0, least = 0.02 }: MixtureOptions = {},
  outside?: Outside,
): Steps<SparseMixture> {
  oneOf(constraint, 'constraint', ['cone', 'simplex'])
  whole(support, 'support', 1)
  finite(decrease, 'decrease', 0, 1)
  finite(gain, 'gain', 0)
  finite(least, 'least', 0, 1)
  const { own } = table
  const isCone = constraint === 'cone'
  let best: Fit = { members: [], weights: new Float64Array(0), squared: own }
  let isProven = true
  const curve: number[] = []
  while (best.members.length < support && best.squared > exhausted * own) {
    const isFirst = best.members.length === 0
    const current = best
    if (outside) {
      const proof = yield* isFirst && !isCone
        ? outside.nearest()
        : outside.steepest(
            current,
            isCone,
            () => steepest(current, table, constraint)?.slope ?? Number.POSITIVE_INFINITY,
          )
      isProven = isProven && proof.isClosed
    }
    const next = steepest(best, table, constraint)
    if (next === undefined || (isCone && next.slope >= 0)) break
    const trial = refit([...best.members, next.index], table, constraint)
    if (!isFirst && !(Math.sqrt(trial.squared) < (1 - decrease) * Math.sqrt(best.squared))) break
    if (!isFirst && best.squared - trial.squared < gain) break
    best = supported(trial)
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
  const final = best
  const proof = outside && (yield* outside.steepest(final, false, () => lowestOf(gradient(final, table))))
  const distance = Math.sqrt(best.squared)
  return {
    members: best.members
      .map((index, i) => ({ id: table.candidates[index].id, index, weight: final.weights[i] }))
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1)),
    distance,
    score: score(distance, own),
    gap: gapOf(best, table, constraint, proof?.isClosed === false ? proof.bound : Number.POSITIVE_INFINITY),
    certificate: isProven ? 'exact' : 'none',
    curve,
  }
}

/** Members by their position in the table, with the best weights for them. */
export interface Fit {
  readonly members: readonly number[]
  readonly weights: Float64Array
  /** distance². */
  readonly squared: number
}

/** Without members whose weight fell to 0: what stands in for what was not found yet leaves room once it is. */
const supported = ({ members, weights, squared }: Fit): Fit => ({
  members: members.filter((_, i) => weights[i] > 0),
  weights: weights.filter((weight) => weight > 0),
  squared,
})

const refit = (members: readonly number[], table: ProductTable, constraint: 'cone' | 'simplex'): Fit => {
  const { own, linear, candidates } = table
  const n = members.length
  const G = new Float64Array(n * n)
  members.forEach((a, i) => {
    members.forEach((b, j) => {
      // In the order of ids: one product to the bit, wherever the two stand in a table.
      G[i * n + j] = candidates[a].id < candidates[b].id ? table.column(a)[b] : table.column(b)[a]
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

const steepest = (
  current: Fit,
  table: ProductTable,
  constraint: 'cone' | 'simplex',
): { index: number; slope: number } | undefined => {
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
  return found === undefined ? undefined : { index: found, slope: least }
}

const lightest = ({ weights }: Fit, least: number): number | undefined => {
  let found: number | undefined
  weights.forEach((weight, i) => {
    if (weight < least && (found === undefined || weight < weights[found])) found = i
  })
  return found
}

const lowestOf = (g: Float64Array): number => g.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY)

/**
 * Frank–Wolfe gap of distance²: 2·max_i ⟨g, w − e_i⟩ on the simplex; on the cone 2·max_i(−g_i)₊ for one unit of mass.
 * `outside`: no candidate outside the table has a g_i below it.
 */
const gapOf = (best: Fit, table: ProductTable, constraint: 'cone' | 'simplex', outside: number): number => {
  const g = gradient(best, table)
  if (g.length === 0) return Number.isFinite(outside) ? 2 * Math.max(0, -outside) : 0
  let along = 0
  best.members.forEach((index, k) => {
    along += best.weights[k] * g[index]
  })
  return 2 * Math.max(0, (constraint === 'cone' ? 0 : along) - Math.min(lowestOf(g), outside))
}
