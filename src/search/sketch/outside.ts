import type { Steps } from '../steps.js'
import type { Fit, Outside, Proof } from '../task/mixture.js'
import { nearestSteps, type Pool, queryOf } from './certified.js'
import type { Sketch } from './code.js'
import { project, restOf } from './projection.js'
import { type Query, scan } from './scan.js'

const atOnce = 32
const scannedAtFirst = 256
const widening = 8

/**
 * The candidates of an index that a pool has not evaluated, for a mixture: a step asks the codes for the largest inner
 * products with the residual v, ⟨Φ_i − μ, v⟩ ≤ ⟨ŷ_i, y_v⟩ + e_i ‖v‖ (ALGORITHMS 15.4), and evaluates 32 at a time until
 * no bound is above the best value, or `proof` were evaluated for one step: then the question stays open. After the first 32 come
 * as many of the largest ⟨ẑ_i, z_v⟩ besides, since a bound that is far off says little of who is steepest.
 */
export const outsideOf = (known: Pool, { proof: most = 64 }: { proof?: number } = {}): Outside => {
  const sketches = new Map<number, Sketch>()
  const sketchOf = (member: number): Sketch => {
    const sketch = sketches.get(member) ?? project(known.index.projection, known.table.candidates[member].embedding)
    sketches.set(member, sketch)
    return sketch
  }
  return {
    *nearest(): Steps<Proof> {
      const { certificate, nextLowerBound } = yield* nearestSteps(known, { top: 1, penalised: false })
      return { bound: nextLowerBound, isClosed: certificate === 'exact' }
    },
    *steepest(fit, relative, least): Steps<Proof> {
      const { query, constant } = residual(known, fit, sketchOf)
      const mode = relative ? 'steepest' : 'inner'
      let capacity = scannedAtFirst
      const options = (room: number) => ({ mode, capacity: room, mask: known.mask, constant }) as const
      let scanned = scan(known.index, query, options(capacity))
      // Bounds come first; where they leave the question open, those that the sketches put first without their rests.
      const guess = (room: number): Int32Array => scan(known.index, { ...query, rest: 0 }, options(room)).places
      let at = 0
      let evaluated = 0
      let hasGuessed = false
      for (;;) {
        while (at < scanned.places.length && known.knows(scanned.places[at])) at++
        const isEnd = at === scanned.places.length
        const bound = isEnd ? scanned.floor : scanned.keys[at]
        // Where no inner product is positive, none can help a cone.
        const isClosed = bound > least() || bound === Number.POSITIVE_INFINITY || (relative && bound >= 0)
        if (isClosed || evaluated >= most || known.left() <= 0) return { bound, isClosed }
        if (isEnd) {
          capacity *= widening
          scanned = scan(known.index, query, options(capacity))
          at = 0
          continue
        }
        if (evaluated === atOnce && !hasGuessed) {
          hasGuessed = true
          yield* known.take(unknown(known, guess(atOnce + known.places.length)))
          continue
        }
        const wanted = unknown(known, scanned.places.subarray(at))
        evaluated += wanted.length
        yield* known.take(wanted)
      }
    },
  }
}

/** The first places that a pool has not evaluated, as many as are taken at once. */
const unknown = (known: Pool, places: Int32Array): number[] => {
  const wanted: number[] = []
  const most = Math.min(atOnce, known.left())
  for (let i = 0; i < places.length && wanted.length < most; i++) {
    if (!known.knows(places[i])) wanted.push(places[i])
  }
  return wanted
}

/** y_v of the residual v = Φ_u − Σ w_j Φ_j, and ⟨μ, v⟩. */
const residual = (
  known: Pool,
  { members, weights, squared }: Fit,
  sketchOf: (member: number) => Sketch,
): { query: Query; constant: number } => {
  const own = queryOf(known)
  const { offset } = known.index.projection
  const z = own.z.slice()
  let constant = own.withMean
  let left = 1
  members.forEach((member, j) => {
    const sketch = sketchOf(member)
    for (let k = 0; k < z.length; k++) z[k] -= weights[j] * sketch.z[k]
    constant -= weights[j] * sketch.withMean
    left -= weights[j]
  })
  // z is W(Φ − μ): what is left of μ comes back.
  let length = 0
  for (let k = 0; k < z.length; k++) {
    z[k] += left * offset[k]
    length += z[k] * z[k]
  }
  return { query: { z, ...restOf(squared - length, known.table.own) }, constant }
}
