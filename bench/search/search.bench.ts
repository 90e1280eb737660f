import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { openIndex } from '../../src/search/sketch/sketch-index.js'
import { inChromium } from '../browser/chromium.js'
import { median, ms, once } from '../measure/timing.js'
import { atMost, type Check, digits, must, type Section } from '../report/section.js'
import { builtIndex } from './island/built-index.js'
import { simulatedIsland } from './island/simulated.js'
import { type TimedSearch, timedSearch } from './island/timed-search.js'

const columns = 20
const count = 1_000_000
const users = 25
const top = 10
const asked = [false, true].map((outside) => ({ first: 0, users, outside, top }))

interface Place {
  readonly name: string
  readonly opened: number
  readonly runs: readonly TimedSearch[]
}

/** How long does a certified search of a million learnwares take, in Node and in a page of Chromium? One thread. */
export const run = async (): Promise<Section> => {
  const island = simulatedIsland({ columns })
  const { file } = builtIndex(island, `island-${columns}`, count, 256)
  const { seconds, value: index } = once(() => openIndex(new Uint8Array(readFileSync(file))))
  const bytes = index.blocks.bytes.length / index.size
  const places: Place[] = [
    { name: 'Node', opened: seconds, runs: asked.map((some) => timedSearch(island, index, some)) },
  ]
  const notes: string[] = []
  const page = await inChromium<Omit<Place, 'name'>>('search-page', 'search', [`/${basename(file)}`, columns, asked])
  if (typeof page === 'string') notes.push(page)
  else {
    places.push({ name: `Chromium ${page.version.split('.')[0]}`, ...page.value })
    page.value.runs.forEach(({ digest }, i) => {
      must(
        digest === places[0].runs[i].digest,
        `${asked[i].outside ? 'elsewhere' : 'the market'}: Chromium has other answers than Node`,
      )
    })
  }
  const checks: Check[] = places.flatMap(({ name, opened, runs: [own] }) => [
    atMost(`${name}: scan`, 1000 * median(own.scans), 12, ' ms'),
    atMost(`${name}: certified top-10`, 1000 * median(own.searches), 25, ' ms'),
    ...(name === 'Node' ? [atMost('Node: opening from disk', opened, 3, ' s')] : []),
  ])
  return {
    title: 'Certified search',
    setting: `A simulated island of 100 domains, d = ${columns}, 50 points a learnware, ${digits(count)} learnwares as sketches of 128 coordinates; ${users} users each of the market’s domains and from elsewhere, medians, and the least; a scan is the least of five passes for each user; top ${top}, one thread. The page of Chromium has the answers of Node, ids and distances, to the bit.`,
    tables: [
      {
        head: [
          'in',
          'users of',
          'scan: ms',
          'least',
          'top-10: ms',
          'least',
          'evaluations',
          'most',
          'proven',
          'opening: s',
        ],
        rows: places.flatMap(({ name, opened, runs }) =>
          runs.map(({ scans, searches, evaluations, proven }, i) => [
            name,
            asked[i].outside ? 'elsewhere' : 'the market',
            ms(median(scans)),
            ms(Math.min(...scans)),
            ms(median(searches)),
            ms(Math.min(...searches)),
            digits(median(evaluations)),
            String(Math.max(...evaluations)),
            `${proven} of ${users}`,
            digits(opened),
          ]),
        ),
      },
    ],
    checks: [...checks, atMost('bytes a learnware', bytes, 150)],
    notes: [
      'Time beside the fetch of the raw specifications, which are made anew from their numbers here. Opening: the checksum of all bytes; in Node with the reading from disk, in Chromium without. Building the index takes some minutes; it is kept in build/bench.',
      ...notes,
    ],
  }
}
