import { sha256Of } from '../../../src/base/codec.js'
import { project } from '../../../src/search/sketch/projection.js'
import { scan } from '../../../src/search/sketch/scan.js'
import type { SketchIndex } from '../../../src/search/sketch/sketch-index.js'
import { certifiedSearch, type Searched } from './certified-search.js'
import type { SimulatedIsland } from './simulated.js'

/** What a run over some users took, and a digest of its answers. */
export interface TimedSearch {
  /** Seconds of one pass over all codes, for each user the least of five: what else the machine does comes and goes. */
  readonly scans: readonly number[]
  /** Seconds of the whole search, the fetch of specifications left out. */
  readonly searches: readonly number[]
  readonly evaluations: readonly number[]
  readonly proven: number
  /** Of ids and distances of all answers, bit by bit. */
  readonly digest: string
}

const warmUp = 30
const warmUpUser = 8000
const passes = 5

/** Users number … of an island one after the other, in whichever environment this runs. */
export const timedSearch = (
  island: SimulatedIsland,
  index: SketchIndex,
  { first, users, outside, top }: { first: number; users: number; outside: boolean; top: number },
): TimedSearch => {
  const asked = Array.from({ length: users }, (_, u) => island.user(first + u, outside))
  // The engine compiles what it runs often: others come first.
  for (let u = 0; u < warmUp; u++) certifiedSearch(island.user(warmUpUser + u, outside), index, island.learnware, top)
  const scans = asked.map((user) => {
    const query = project(index.projection, user)
    const seconds = Array.from({ length: passes }, () => {
      const started = performance.now()
      scan(index, query, { mode: 'nearest', capacity: 256 })
      return (performance.now() - started) / 1000
    })
    return Math.min(...seconds)
  })
  const found: Searched[] = asked.map((user) => certifiedSearch(user, index, island.learnware, top))
  const ranked = found.flatMap(({ answer }) => answer.ranked)
  const bytes = new Uint8Array(Float64Array.from(ranked, ({ distance }) => distance).buffer)
  const ids = new TextEncoder().encode(ranked.map(({ id }) => id).join())
  return {
    scans,
    searches: found.map(({ seconds }) => seconds),
    evaluations: found.map(({ evaluations }) => evaluations),
    proven: found.filter(({ answer }) => answer.certificate === 'exact').length,
    digest: Array.from(sha256Of(bytes, ids), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  }
}
