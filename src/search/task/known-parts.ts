import { gram } from '../../kernel/gram.js'
import { choleskySolve } from '../../qp/cholesky.js'
import { evaluate } from '../../rkme/evaluate.js'
import { type Candidate, type ProductTable, productTable } from '../products.js'
import type { Steps } from '../steps.js'
import { type KnownPart, spread } from './misfit.js'
import { frankWolfe, mixtureSteps, type Outside } from './mixture.js'

/** A {@link KnownPart} with its position among the candidates. */
export interface KnownMember extends KnownPart {
  readonly index: number
}

/** Wider than a shown mixture, since what it leaves out would count as unseen. */
const wide = { constraint: 'cone', support: 20, decrease: 0, least: 0 } as const
/** In units of noise: a member is taken where it shows by two standard deviations. */
const shown = 4
/** In the kernel's own metric, where a part of the task may hardly show, as a part of floor². */
const hint = 0.1

/**
 * The candidates that a target is made of beside what is new in it: its cone fit in the metric of the target's own noise
 * ({@link inNoise}), in which a learnware that lies between two others does not pass for them. A further member must lower
 * the misfit by 4. From an index the cone fit in the kernel's metric first brings candidates into the table.
 */
export function* knownPartSteps(table: ProductTable, outside?: Outside): Steps<KnownMember[]> {
  if (outside) {
    const { floor } = table.target
    // An embedding whose floor was never measured is fitted as far as it goes.
    yield* mixtureSteps(table, { ...wide, gain: Number.isNaN(floor) ? 0 : hint * floor * floor }, outside)
  }
  const { candidates, target } = table
  const { members } = frankWolfe(target, candidates, { ...wide, gain: shown, table: inNoise(table) })
  return members.map(({ index, weight }) => ({ index, weight, embedding: candidates[index].embedding }))
}

/** {@link knownPartSteps} among all candidates. */
export const knownParts = (target: Candidate['embedding'], candidates: readonly Candidate[]): KnownMember[] => {
  const { value, done } = knownPartSteps(productTable(target, candidates)).next()
  if (!done) throw new RangeError('a fit among all candidates asked for more of them')
  return value
}

/**
 * The products of a table as they stand in the metric (C + λI)⁻¹, C = Σ_a ρ_a k(x_a, ·) ⊗ k(x_a, ·) over the target's points: ρ
 * the variance of its weights under sampling, λ its squared reduction error. ⟨f, g⟩ becomes (⟨f, g⟩ − f'√R M⁻¹ √R g)/λ, with f
 * and g at the points and M = λI + √R K √R.
 */
export const inNoise = (table: ProductTable): ProductTable => {
  const { target, candidates, linear, norms, own } = table
  const { points, kernel } = target
  const { rho, lambda } = spread([target], [])
  const roots = rho.map(Math.sqrt)
  const inner = gram(points, undefined, kernel)
  const n = inner.rows
  const scaled = Float64Array.from(inner.data, (value, at) => roots[Math.floor(at / n)] * value * roots[at % n])
  const count = candidates.length + 1
  const right = new Float64Array(n * count)
  ;[target, ...candidates.map(({ embedding }) => embedding)].forEach((embedding, i) => {
    evaluate(embedding, points).forEach((value, a) => {
      right[a * count + i] = roots[a] * value
    })
  })
  const solved = choleskySolve(
    { rows: n, columns: n, data: scaled },
    { rows: n, columns: count, data: right },
    { ridge: lambda },
  ).data
  const seen = (product: number, i: number, j: number): number => {
    let less = 0
    for (let a = 0; a < n; a++) less += right[a * count + i] * solved[a * count + j]
    return (product - less) / lambda
  }
  const columns = new Map<number, readonly number[]>()
  return {
    ...table,
    own: seen(own, 0, 0),
    linear: linear.map((product, i) => seen(product, 0, i + 1)),
    norms: norms.map((product, i) => seen(product, i + 1, i + 1)),
    column: (j) => {
      const column = columns.get(j) ?? table.column(j).map((product, i) => seen(product, i + 1, j + 1))
      columns.set(j, column)
      return column
    },
  }
}
