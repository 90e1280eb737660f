import { median, once } from '../measure/timing.js'
import { digits, must, type Section } from '../report/section.js'
import { builtIndex } from './island/built-index.js'
import { certifiedSearch, mustEqual } from './island/certified-search.js'
import { lookAtAll } from './island/look-at-all.js'
import { simulatedIsland } from './island/simulated.js'

const columns = 20
const count = 1_000_000
const users = 20
const top = 10
// Numbers of users that no other bench takes.
const firstUser = 7000

/** Is the certified top-10 of a million learnwares that of a look at all of them? Any difference ends the bench with an error. */
export const run = (): Section => {
  const island = simulatedIsland({ columns })
  const { index } = builtIndex(island, `island-${columns}`, count, 256)
  const asked = Array.from({ length: users }, (_, u) => island.user(firstUser + u, u >= users / 2))
  const look = once(() => lookAtAll(asked, count, island.learnware, top))
  const { truth, again, used } = look.value
  must(used < 1, `a distance² in f32 is wrong by ${used} of what was allowed for`)
  const found = asked.map((user, u) => {
    const searched = certifiedSearch(user, index, island.learnware, top)
    mustEqual(searched.answer, truth[u], `user ${u}`)
    return searched
  })
  const of = (isOutside: boolean): string[] => {
    const some = found.filter((_, u) => u >= users / 2 === isOutside)
    const lasts = truth.filter((_, u) => u >= users / 2 === isOutside).map((ranked) => ranked[top - 1].distance)
    const evaluations = some.map((one) => one.evaluations)
    return [
      isOutside ? 'elsewhere' : 'the market',
      String(some.length),
      String(some.length),
      digits(median(evaluations)),
      String(Math.max(...evaluations)),
      digits(median(lasts)),
    ]
  }
  return {
    title: 'Certified search of a million against a look at all',
    setting: `A simulated island of 100 domains, d = ${columns}, 50 points a learnware, ${digits(count)} learnwares; for ${users} users that nothing was tuned on, ids and distances of the certified top ${top} are to the bit those of a look at all learnwares without any index, or the bench ends with an error.`,
    tables: [
      {
        head: ['users of', 'users', 'proven and equal', 'evaluations', 'most', 'distance of the tenth'],
        rows: [of(false), of(true)],
      },
    ],
    notes: [
      `The look at all took ${digits(look.seconds)} s for ${users} users: every distance² in f32, ${digits((users * count * 2500) / 1e9)}·10⁹ kernel values, with a proven error (bench/search/island/look-at-all.ts), and the ${digits(again / users)} learnwares for each user that this leaves open again in f64; the largest error seen is ${digits(used, 2)} of what was allowed for.`,
    ],
  }
}
