import { median, ms } from '../measure/timing.js'
import { digits, type Section } from '../report/section.js'
import { builtIndex } from './island/built-index.js'
import { certifiedSearch, mustEqual } from './island/certified-search.js'
import { lookAtAll } from './island/look-at-all.js'
import { simulatedIsland } from './island/simulated.js'
import { timedSearch } from './island/timed-search.js'

const top = 10
const users = 15
const compared = 5
const firstUser = 3000
const mostCompared = 10_000
const grid: readonly (readonly [number, readonly number[]])[] = [
  [10, [1000, 10_000, 100_000]],
  [20, [1_000_000]],
  [50, [1000, 10_000, 100_000]],
  [200, [1000, 10_000, 100_000]],
]

/** How do time, memory and the number of evaluations grow with learnwares and dimensions, for users from inside and outside? */
export const run = (): Section => {
  const rows: string[][] = []
  for (const [columns, counts] of grid) {
    const island = simulatedIsland({ columns })
    for (const count of counts) {
      const { index } = builtIndex(island, `island-${columns}`, count, count > 100_000 ? 256 : 512)
      for (const outside of [false, true]) {
        const { scans, searches, evaluations, proven } = timedSearch(island, index, {
          first: firstUser,
          users,
          outside,
          top,
        })
        let equal = '–'
        if (count <= mostCompared) {
          const asked = Array.from({ length: compared }, (_, u) => island.user(firstUser + users + u, outside))
          const { truth } = lookAtAll(asked, count, island.learnware, top)
          asked.forEach((user, u) => {
            mustEqual(
              certifiedSearch(user, index, island.learnware, top).answer,
              truth[u],
              `d = ${columns}, ${count}, user ${u}`,
            )
          })
          equal = `${compared} of ${compared}`
        }
        const row = [
          String(columns),
          digits(count),
          outside ? 'elsewhere' : 'the market',
          ms(median(scans)),
          ms(median(searches)),
          digits(median(evaluations)),
          String(Math.max(...evaluations)),
          `${proven} of ${users}`,
          equal,
          digits(index.blocks.bytes.length / index.size),
        ]
        console.log(row.join('  '))
        rows.push(row)
      }
    }
  }
  return {
    title: 'Certified search by learnwares and dimensions',
    setting: `Simulated islands of 100 domains, 50 points a learnware, sketches of 128 coordinates; ${users} users of the market’s domains and ${users} from elsewhere, medians; top ${top}, one thread. Where a search is proven its recall is 1; up to ${digits(mostCompared)} learnwares ${compared} further users are compared with a look at all, to the bit.`,
    tables: [
      {
        head: [
          'd',
          'learnwares',
          'users of',
          'scan: ms',
          'top-10: ms',
          'evaluations',
          'most',
          'proven',
          'equal',
          'bytes a learnware',
        ],
        rows,
      },
    ],
    notes: [
      'Time beside the fetch of the raw specifications. Small islands carry a projection of some hundred kilobytes to some megabytes, which weighs on each of few learnwares.',
    ],
  }
}
