import { mulberry32, shuffle } from '../../../examples/random.js'
import { forecastIsland } from '../forecast.js'
import { parseDays, rowsOf } from './features.js'

const MARKET = 45
const SEED = 20160424
/** Tuning never sees a row of the test months: it ends where they begin, and tests on the half-year before. */
const SPANS = {
  test: { from: '2015-10-25', until: '2016-12-31' },
  tuning: { from: '2015-04-25', until: '2015-10-24' },
}

/** Daily unit sales of store-departments (M5): 45 in the market, 25 as users. */
export const m5 = forecastIsland({
  name: 'm5',
  what: 'daily unit sales of a department of a store, at least seven days ahead',
  file: ['m5', 'daily_sales_store_dept.csv.gz'],
  unit: 'unit sales of a day, at least seven days ahead,',
  sizes: [10, 30, 100, 500, 1000],
  tuned: 'What was tuned saw no row of the test half-year.',
  choices: 3,
  tasks: (csv) => {
    const rows = new Map([...parseDays(csv)].map(([name, days]) => [name, rowsOf(days)]))
    return (choice, tuning) => {
      const { from, until } = SPANS[tuning ? 'tuning' : 'test']
      const order = shuffle([...rows.keys()].sort(), mulberry32(SEED + choice + (tuning ? 100 : 0)))
      const before = (name) => rows.get(name).filter(({ date }) => date < from)
      return {
        developers: order.slice(0, MARKET).map((name) => ({ name, rows: before(name) })),
        users: order.slice(MARKET).map((name) => ({
          name,
          rows: before(name),
          test: rows.get(name).filter(({ date }) => date >= from && date <= until),
        })),
      }
    }
  },
})
