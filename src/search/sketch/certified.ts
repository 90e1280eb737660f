import { finite, whole } from '../../base/check.js'
import type { Embedding } from '../../rkme/embedding.js'
import { type Certificate, certify } from '../certificate.js'
import { type ProductTable, productTable } from '../products.js'
import type { Fetched, Steps } from '../steps.js'
import { type Ranked, rank } from '../topk.js'
import type { Sketch } from './code.js'
import { project } from './projection.js'
import { type Scanned, scan } from './scan.js'
import type { SketchIndex } from './sketch-index.js'

/** When a search may stop before its proof is closed. */
export interface Limits {
  /** At most so many learnwares are evaluated. */
  readonly evaluations?: number
  /** True where time is up; asked between evaluations. */
  readonly isLate?: () => boolean
}

/** What one search knows of an index: products of all it evaluated, and where they stand. */
export interface Pool {
  readonly index: SketchIndex
  readonly table: ProductTable
  readonly mask?: Uint8Array
  readonly limits: Limits
  /** Places by position in the table. */
  readonly places: readonly number[]
  readonly penalties: readonly number[]
  knows(place: number): boolean
  /** Asks for places and takes in what comes. */
  take(places: readonly number[]): Steps<void>
  /** How many more learnwares may be evaluated. */
  left(): number
}

/** The {@link Pool} of a target over an index; `mask` has a 0 byte for each place that is not to be found. */
export const pool = (
  target: Embedding,
  index: SketchIndex,
  { mask, limits = {} }: { mask?: Uint8Array; limits?: Limits } = {},
): Pool => {
  const table = productTable(target, [])
  const places: number[] = []
  const penalties: number[] = []
  const known = new Set<number>()
  const most = limits.evaluations ?? Number.POSITIVE_INFINITY
  return {
    index,
    table,
    mask,
    limits,
    places,
    penalties,
    knows: (place) => known.has(place),
    *take(wanted) {
      const fetched = yield wanted
      const found: Fetched[] = []
      wanted.forEach((place, i) => {
        known.add(place)
        const one = fetched[i]
        if (one === undefined) return
        found.push(one)
        places.push(place)
        penalties.push(one.penalty ?? 0)
      })
      table.join(found)
    },
    left: () => (limits.isLate?.() ? 0 : most - known.size),
  }
}

/** What {@link nearestSteps} finds. */
export interface Nearest extends Certificate {
  /** Nearest first, ties by id. */
  readonly ranked: readonly Ranked[]
}

const atOnce = 16
const scannedAtFirst = 256
const widening = 8

/**
 * The `top` of an index nearest to a target by distance + penalty, filtered by their codes and refined until the proof
 * closes (Seidl & Kriegel 1998; ALGORITHMS 15.3). `epsilon` > 0 stops where nothing can rank before the last by a factor
 * above 1 + epsilon. Without `penalised` by distance alone. `within` leaves out what ranks beyond it: an exact answer without anyone proves that nothing is nearer.
 */
export function* nearestSteps(
  known: Pool,
  {
    top = 5,
    epsilon = 0,
    within = Number.POSITIVE_INFINITY,
    penalised = true,
  }: { top?: number; epsilon?: number; within?: number; penalised?: boolean } = {},
): Steps<Nearest> {
  whole(top, 'top', 1)
  finite(epsilon, 'epsilon', 0)
  const { index, table, mask } = known
  const query = queryOf(known)
  let capacity = Math.max(scannedAtFirst, 4 * top)
  let scanned = scan(index, query, { mode: 'nearest', capacity, mask, penalised })
  let at = 0
  for (;;) {
    const ranked = rank(table, penalised ? known.penalties : [], top)
    const last = Math.min(ranked.length < top ? Number.POSITIVE_INFINITY : ranked[top - 1].rank, within)
    while (at < scanned.places.length && known.knows(scanned.places[at])) at++
    const isEnd = at === scanned.places.length
    const bound = isEnd ? scanned.floor : scanned.keys[at]
    const isProven = bound > last || bound === Number.POSITIVE_INFINITY
    if (isProven || bound * (1 + epsilon) > last || known.left() <= 0) {
      return { ranked: ranked.filter((one) => one.rank <= within), ...certify(last, bound) }
    }
    if (isEnd) {
      capacity *= widening
      scanned = scan(index, query, { mode: 'nearest', capacity, mask, penalised })
      at = 0
      continue
    }
    yield* known.take(promising(scanned, at, known, last, table.candidates.length === 0 ? 2 * top : atOnce))
  }
}

/** The next places whose bound is not beyond the last rank. */
const promising = (scanned: Scanned, start: number, known: Pool, last: number, most: number): number[] => {
  const wanted: number[] = []
  const limit = Math.min(most, known.left())
  for (let at = start; at < scanned.places.length && wanted.length < limit && scanned.keys[at] <= last; at++) {
    if (!known.knows(scanned.places[at])) wanted.push(scanned.places[at])
  }
  return wanted
}

const sketches = new WeakMap<Pool, Sketch>()

/** The sketch of a pool's target, made once. */
export const queryOf = (known: Pool): Sketch => {
  const query = sketches.get(known) ?? project(known.index.projection, known.table.target)
  sketches.set(known, query)
  return query
}
