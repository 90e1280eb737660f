import type { Embedding } from '../../../src/rkme/embedding.js'
import { type Nearest, nearestSteps, pool } from '../../../src/search/sketch/certified.js'
import type { SketchIndex } from '../../../src/search/sketch/sketch-index.js'
import type { Fetched, Steps } from '../../../src/search/steps.js'
import type { Ranked } from '../../../src/search/topk.js'
import { must } from '../../report/section.js'
import { idOf } from './look-at-all.js'

/** A certified answer with what it took. */
export interface Searched {
  readonly answer: Nearest
  /** Without those that making the specifications took. */
  readonly seconds: number
  readonly evaluations: number
}

/** Runs the steps of a search; what stands under an ordinal is made where it is asked for, and the milliseconds of that are kept. */
export const driven = <T>(
  steps: Steps<T>,
  index: SketchIndex,
  learnware: (ordinal: number) => Embedding | Fetched,
  clock: { fetching: number } = { fetching: 0 },
): T => {
  let next = steps.next()
  while (!next.done) {
    const asked = performance.now()
    const got = next.value.map((place) => {
      const ordinal = index.ordinalAt(place)
      if (ordinal === undefined) return undefined
      const made = learnware(ordinal)
      return 'embedding' in made ? made : { id: idOf(ordinal), embedding: made }
    })
    clock.fetching += performance.now() - asked
    next = steps.next(got)
  }
  return next.value
}

/** The certified `top` of an index for one user. */
export const certifiedSearch = (
  user: Embedding,
  index: SketchIndex,
  learnware: (ordinal: number) => Embedding,
  top: number,
): Searched => {
  const clock = { fetching: 0 }
  const started = performance.now()
  const known = pool(user, index)
  const answer = driven(nearestSteps(known, { top }), index, learnware, clock)
  return {
    answer,
    seconds: (performance.now() - started - clock.fetching) / 1000,
    evaluations: known.table.candidates.length,
  }
}

/** Ends the bench unless an answer is proven and, ids and distances, to the bit the one that a look at all found. */
export const mustEqual = ({ certificate, ranked }: Nearest, truth: readonly Ranked[], name: string): void => {
  must(certificate === 'exact', `${name}: certificate ${certificate}`)
  must(ranked.length === truth.length, `${name}: ${ranked.length} found, expected ${truth.length}`)
  truth.forEach(({ id, distance }, i) => {
    const found = ranked[i]
    must(
      found.id === id && found.distance === distance,
      `${name}: place ${i} is ${found.id} at ${found.distance}, expected ${id} at ${distance}`,
    )
  })
}
