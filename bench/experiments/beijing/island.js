import { mulberry32, shuffle } from '../../../examples/random.js'
import { forecastIsland } from '../forecast.js'
import { parseReadings, rowsOf } from './features.js'

const USERS = 3
const SEED = 20170228
const TEST_SHARE = 0.25

/** Fine particles in the air of Beijing: nine stations' years in the market, the years of the other three as users. */
export const beijing = forecastIsland({
  name: 'beijing',
  what: 'fine particles (PM2.5) at a station in one year, at least a day ahead with the weather known',
  file: ['beijing', 'every6h_12stations.csv.gz'],
  unit: 'PM2.5 of an hour, at least a day ahead,',
  sizes: [10, 30, 100, 500],
  tuned: 'Nothing was tuned on this set.',
  choices: 3,
  tasks: (csv) => {
    const rows = new Map([...parseReadings(csv)].map(([name, readings]) => [name, rowsOf(readings)]))
    const stations = shuffle([...new Set([...rows.keys()].map((name) => name.split(' ')[0]))].sort(), mulberry32(SEED))
    return (choice) => {
      const users = stations.slice(USERS * choice, USERS * (choice + 1))
      const isUser = (name) => users.includes(name.split(' ')[0])
      const cut = (name) => Math.round((1 - TEST_SHARE) * rows.get(name).length)
      const names = [...rows.keys()].sort()
      return {
        developers: names
          .filter((name) => !isUser(name))
          .map((name) => ({ name, rows: rows.get(name).slice(0, cut(name)) })),
        users: names
          .filter(isUser)
          .map((name) => ({ name, rows: rows.get(name).slice(0, cut(name)), test: rows.get(name).slice(cut(name)) })),
      }
    }
  },
})
