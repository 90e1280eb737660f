import { nearestSteps, pool } from '../src/search/certified.js'
import { project } from '../src/search/projection.js'
import { scan } from '../src/search/scan.js'
import type { SketchIndex } from '../src/search/sketch-index.js'
import { nearest } from '../src/search/topk.js'
import { builtIndex } from './methods/built-index.js'
import { type SimulatedIsland, simulatedIsland } from './methods/island.js'
import { atMost, type Check, digits, must, type Section } from './report/section.js'
import { median, ms } from './timing.js'

const columns = 20
const users = 25
const top = 10
const sizes = [10_000, 1_000_000]
const compared = 40

const idOf = (place: number): string => String(place).padStart(8, '0')

/** The certified answer for one user, the seconds that making the specifications took left out. */
const search = (island: SimulatedIsland, index: SketchIndex, number: number, outside: boolean) => {
  const user = island.user(number, outside)
  const started = performance.now()
  let fetching = 0
  const candidates = pool(user, index)
  const steps = nearestSteps(candidates, { top })
  let next = steps.next()
  while (!next.done) {
    const asked = performance.now()
    const got = next.value.map((place: number) => ({ id: idOf(place), embedding: island.learnware(place) }))
    fetching += performance.now() - asked
    next = steps.next(got)
  }
  return {
    user,
    answer: next.value,
    seconds: (performance.now() - started - fetching) / 1000,
    evaluations: candidates.table.candidates.length,
  }
}

const scanSeconds = (island: SimulatedIsland, index: SketchIndex, number: number, outside: boolean): number => {
  const query = project(index.projection, island.user(number, outside))
  const started = performance.now()
  scan(index, query, { mode: 'nearest', capacity: 256 })
  return (performance.now() - started) / 1000
}

/** How long does a certified search take in a large market, and how many specifications does it look at? One thread. */
export const run = (): Section => {
  const island = simulatedIsland({ columns })
  const rows: string[][] = []
  const checks: Check[] = []
  for (const count of sizes) {
    const { index } = builtIndex(island, `island-${columns}`, count, count > 100_000 ? 256 : 512)
    const everything =
      count > 10_000
        ? undefined
        : Array.from({ length: count }, (_, place) => ({ id: idOf(place), embedding: island.learnware(place) }))
    for (const outside of [false, true]) {
      if (everything) {
        for (let number = 100; number < 100 + compared / 2; number++) {
          const { user, answer } = search(island, index, number, outside)
          const truth = nearest(user, everything, { top })
          must(answer.certificate === 'exact', `user ${number} of ${count}: certificate ${answer.certificate}`)
          truth.forEach(({ id, distance }, i) => {
            const found = answer.ranked[i]
            must(
              found.id === id && found.distance === distance,
              `user ${number} of ${count}: place ${i} is ${found.id} at ${found.distance}, expected ${id} at ${distance}`,
            )
          })
        }
      }
      const numbers = Array.from({ length: users }, (_, number) => number)
      const scans = numbers.map((number) => scanSeconds(island, index, number, outside))
      const answers = numbers.map((number) => search(island, index, number, outside))
      const evaluations = answers.map((one) => one.evaluations)
      rows.push([
        digits(count),
        outside ? 'elsewhere' : 'the market',
        ms(median(scans)),
        ms(median(answers.map(({ seconds }) => seconds))),
        digits(median(evaluations)),
        digits(Math.max(...evaluations)),
        `${answers.filter(({ answer }) => answer.certificate === 'exact').length} of ${users}`,
        digits(index.blocks.bytes.length / index.size),
      ])
      if (count === 1_000_000 && !outside) {
        checks.push(
          atMost('N = 1e6: scan', 1000 * median(scans), 12, ' ms'),
          atMost('N = 1e6: certified top-10', 1000 * median(answers.map(({ seconds }) => seconds)), 25, ' ms'),
          atMost('N = 1e6: bytes a learnware', index.blocks.bytes.length / index.size, 150),
        )
      }
    }
  }
  return {
    title: 'Certified search',
    setting: `Simulated islands of 100 domains, d = ${columns}, 50 points a learnware, sketches of 128 coordinates; ${users} users each of the market's domains and from elsewhere, medians; top ${top}, one thread. At 10,000 learnwares the answers for ${compared} further users, ids and distances, are those of a look at all, to the bit.`,
    tables: [
      {
        head: [
          'learnwares',
          'users of',
          'scan: ms',
          'top-10: ms',
          'evaluations',
          'most',
          'proven',
          'bytes a learnware',
        ],
        rows,
      },
    ],
    checks,
    notes: [
      'Time beside the fetch of the raw specifications, which are made anew from their numbers here. Building the index of a million takes some minutes; it is kept in build/bench.',
    ],
  }
}
