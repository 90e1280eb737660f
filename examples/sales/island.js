import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { squaredError } from '../../bench/experiments/compare/loss.js'
import { describe } from './description.js'
import { FEATURES, parseSales, salesTable } from './features.js'

const DAILY = ['Store', 'DayOfWeek', 'Date', 'Sales', 'Open', 'Promo', 'StateHoliday', 'SchoolHoliday']

/** Daily sales of shops as ratios to their trailing mean. */
export const sales = {
  name: 'sales',
  what: 'daily sales of a shop, at least seven days ahead',
  columns: FEATURES.map(({ name }) => name),
  output: 'real',
  measure: 'squared error of the ratio to the trailing mean',
  loss: squaredError,
  sizes: [10, 30, 100, 500],
  developers:
    'Developers submit ridge regressions, boosted trees, forests, networks and support vector regressions in turn.',
  tuned: 'The constants of reuse were tuned on shops of another choice, never on these users.',
  choices: 3,

  /** @param {number} choice which 51 shops stand in the market */
  folder: (choice = 0) => fileURLToPath(new URL(`market/${choice}`, import.meta.url)),

  /** What a user wants. */
  description: () => describe(catalogue()),

  /**
   * Shops as users: those that no market knows, or, to tune with, those of the next choice.
   * @param {{ choice?: number, tuning?: boolean, count?: number }} [options]
   * @returns {import('../../bench/experiments/compare/methods.js').User[]}
   */
  users({ choice = 0, tuning = false, count = Infinity } = {}) {
    const { users, choices } = catalogue()
    const names = tuning ? choices[(choice + 1) % choices.length].map(({ store }) => store) : users
    const shops = parseSales(gunzipSync(readFileSync(dataFile())).toString())
    return names.slice(0, count).map((name) => userOf(`shop ${name}`, salesTable(shops.get(name))))
  },

  /** Whether the real data lie beside the project. */
  isHere: () => existsSync(dataFile()),

  /** The columns of daily sales, from which those of the market are made. */
  daily: DAILY,

  /** Whether a file has daily sales. */
  isRaw: (names) => DAILY.every((name) => names.includes(name)),

  /**
   * Columns and labels from daily sales; the days of several shops follow one another.
   * @param {string} csv
   */
  fromRaw(csv) {
    const tables = [...parseSales(csv).values()].map((days) => salesTable(days))
    const joined = (of) => Float64Array.from(tables.flatMap((table) => [...of(table)]))
    return {
      rows: Object.fromEntries(FEATURES.map(({ name }) => [name, joined((table) => table.columns[name])])),
      labels: [...joined((table) => table.target)],
    }
  },
}

/** The trained models with their columns, and the shops that are only users. */
export function catalogue() {
  return JSON.parse(readFileSync(new URL('catalogue.json', import.meta.url), 'utf8'))
}

/** Rows and target of a shop up to `test`, and from there on. */
export function userOf(name, { columns, target, test }) {
  const part = (start, end) => ({
    rows: Object.fromEntries(Object.entries(columns).map(([column, values]) => [column, values.slice(start, end)])),
    labels: [...target.slice(start, end)],
  })
  return { name, ...part(0, test), test: part(test, target.length) }
}

function dataFile() {
  return join(process.env.LEARNWARE_DATA ?? '', 'rossmann', 'train_194stores.csv.gz')
}
