/**
 * Rows of daily shop sales, and the table of features a sales model is trained on and asked with.
 * The training script reads what this file writes, so a model and its user see the same numbers.
 */

/**
 * @typedef {object} Day one shop on one day
 * @property {string} date `YYYY-MM-DD`
 * @property {number} day days since 1970-01-01
 * @property {number} weekday 1 = Monday … 7 = Sunday
 * @property {number} sales turnover of the day
 * @property {number} open 1 or 0
 * @property {number} promo 1 or 0
 * @property {boolean} holiday whether the day is a state holiday
 * @property {number} schoolHoliday 1 or 0
 */

/**
 * @typedef {object} SalesTable
 * @property {Record<string, Float64Array>} columns one per entry of `FEATURES`, in that order
 * @property {Float64Array} target sales over the trailing mean, within [0.03, 6]
 * @property {Float64Array} mean the trailing mean: target × mean = sales
 * @property {string[]} dates
 * @property {number} test index of the first test row
 */

const HEADER = ['Store', 'DayOfWeek', 'Date', 'Sales', 'Open', 'Promo', 'StateHoliday', 'SchoolHoliday']
const WINDOW = 24
const WINDOW_DAYS = 60
const HISTORY_DAYS = 120
const LAG_OPEN = 6
const LAG_DAYS = 7
const FEWEST_OPEN = 60
const YEAR = 365.25

/** First day of the test months. */
export const TEST_FROM = '2015-03-01'

/** The columns of a sales table: name, meaning, unit, kind. "Mean" is the trailing mean of 24 open days. */
export const FEATURES = [
  ['lag_0', 'sales of the last known open day', 'ratio to trailing mean', 'numeric'],
  ['lag_6', 'sales six open days before the last known one', 'ratio to trailing mean', 'numeric'],
  ['week', 'mean sales of the last six known open days', 'ratio to trailing mean', 'numeric'],
  ['long', 'mean sales of the known open days of 120 days', 'ratio to trailing mean', 'numeric'],
  ['deviation', 'standard deviation of sales over 24 open days', 'ratio to trailing mean', 'numeric'],
  ['weekday_last', 'sales of the last known open day with the same weekday', 'ratio to trailing mean', 'numeric'],
  ['weekday_mean', 'mean sales of open days with the same weekday in 120 days', 'ratio to trailing mean', 'numeric'],
  [
    'alike',
    'mean sales of the last four known open days with the same weekday and promotion',
    'ratio to trailing mean',
    'numeric',
  ],
  ['promo', 'promotion on the day', 'flag', 'binary'],
  [
    'promo_effect',
    'mean sales with less mean sales without promotion in 120 days',
    'ratio to trailing mean',
    'numeric',
  ],
  ['promo_level', 'mean sales of the days in 120 with the same promotion', 'ratio to trailing mean', 'numeric'],
  ['promo_share', 'share of promotion days in the trailing mean', 'share', 'numeric'],
  ['promo_start', 'promotion begins on the day', 'flag', 'binary'],
  ['monday', 'the day is a Monday', 'flag', 'binary'],
  ['friday', 'the day is a Friday', 'flag', 'binary'],
  ['saturday', 'the day is a Saturday', 'flag', 'binary'],
  ['sunday', 'the day is a Sunday', 'flag', 'binary'],
  ['summer', 'season, 1 at midsummer and -1 at midwinter', 'triangle wave', 'numeric'],
  ['spring', 'season, 1 at the start of April and -1 at the start of October', 'triangle wave', 'numeric'],
  ['month_start', 'days since the month began, at most 10', 'days', 'numeric'],
  ['month_end', 'days until the month ends, at most 10', 'days', 'numeric'],
  ['school_holiday', 'school holiday on the day', 'flag', 'binary'],
  ['holiday_next', 'state holiday on the next day', 'flag', 'binary'],
  ['holiday_near', 'state holidays within three days', 'days', 'numeric'],
  ['closed_before', 'closed days just before, at most 7', 'days', 'numeric'],
  ['closed_after', 'closed days just after, at most 7', 'days', 'numeric'],
  ['christmas', 'closeness to 24 December, from 0 on 30 November to 1', 'ramp', 'numeric'],
  ['december_share', 'share of December days in the trailing mean', 'share', 'numeric'],
].map(([name, concept, unit, kind]) => ({ name, concept, unit, kind }))

/**
 * Daily rows of every shop of a comma-separated file with the columns of the Rossmann set.
 * @param {string} csv
 * @returns {Map<string, Day[]>} by shop, in order of date
 * @throws {RangeError} for a missing column or no row; TypeError for text in a number column
 */
export function parseSales(csv) {
  const lines = csv.replace(/^\uFEFF/, '').split(/\r?\n/)
  const header = cells(lines[0])
  const at = Object.fromEntries(HEADER.map((name) => [name, header.indexOf(name)]))
  const missing = HEADER.filter((name) => at[name] < 0)
  if (missing.length > 0) {
    throw new RangeError(`missing column "${missing.join('", "')}": the first line must name ${HEADER.join(', ')}`)
  }

  const shops = new Map()
  for (let i = 1; i < lines.length; i++) {
    if (lines[i].trim() === '') continue
    const row = cells(lines[i])
    const number = (name) => {
      const text = row[at[name]] ?? ''
      const value = Number(text)
      if (text === '' || !Number.isFinite(value)) {
        throw new TypeError(`line ${i + 1}: "${name}" must be a number, got "${text}"; correct it or leave the row out`)
      }
      return value
    }
    const date = row[at.Date] ?? ''
    const day = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(date) / 864e5 : Number.NaN
    if (Number.isNaN(day))
      throw new TypeError(`line ${i + 1}: "Date" must be like 2015-03-01, got "${date}"; write it so`)
    const store = row[at.Store]
    if (!shops.has(store)) shops.set(store, [])
    shops.get(store).push({
      date,
      day,
      weekday: number('DayOfWeek'),
      sales: number('Sales'),
      open: number('Open'),
      promo: number('Promo'),
      holiday: !['', '0'].includes(row[at.StateHoliday] ?? ''),
      schoolHoliday: number('SchoolHoliday'),
    })
  }
  if (shops.size === 0)
    throw new RangeError('the file has a first line but no rows: give daily rows of at least one shop')
  for (const rows of shops.values()) rows.sort((a, b) => a.day - b.day)
  return shops
}

/**
 * Features and target of one shop. Only open days with sales become rows; sales enter a row's features when they are
 * at least six open days and seven days old, promotions and closures of other days only as the published plan.
 * @param {Day[]} days in order of date
 * @param {{ testFrom?: string }} [options]
 * @returns {SalesTable}
 * @throws {RangeError} for fewer than 60 open days
 */
export function salesTable(days, { testFrom = TEST_FROM } = {}) {
  const open = days.filter((d) => d.open > 0 && d.sales > 0)
  if (open.length < FEWEST_OPEN) {
    throw new RangeError(
      `a shop expected at least ${FEWEST_OPEN} open days with sales, got ${open.length}; give more days or leave the shop out`,
    )
  }
  const calendar = new Map(days.map((d) => [d.day, d]))
  const rows = []
  let last = -1
  for (let i = 0; i < open.length; i++) {
    while (last + 1 <= i - LAG_OPEN && open[last + 1].day <= open[i].day - LAG_DAYS) last++
    const first = last - WINDOW + 1
    if (first < 0 || open[i].day - open[first].day > WINDOW_DAYS) continue
    rows.push(rowOf(open, i, last, calendar))
  }

  const column = (pick) => Float64Array.from(rows, pick)
  const dates = rows.map((r) => r.date)
  const test = dates.findIndex((date) => date >= testFrom)
  return {
    columns: Object.fromEntries(FEATURES.map(({ name }) => [name, column((r) => r.features[name])])),
    target: column((r) => clip(r.sales / r.mean, 0.03, 6)),
    mean: column((r) => r.mean),
    dates,
    test: test < 0 ? rows.length : test,
  }
}

function rowOf(open, i, last, calendar) {
  const today = open[i]
  const window = open.slice(last - WINDOW + 1, last + 1)
  let start = last
  while (start > 0 && open[start - 1].day >= today.day - HISTORY_DAYS) start--
  const history = open.slice(start, last + 1)

  const m = average(window)
  const ratio = (days) => (days.length > 0 ? average(days) / m : 1)
  const sameWeekday = history.filter((d) => d.weekday === today.weekday)
  const withPromo = history.filter((d) => d.promo > 0)
  const without = history.filter((d) => d.promo === 0)
  const alike = sameWeekday.filter((d) => d.promo === today.promo).slice(-4)
  const promoLevel = ratio(today.promo > 0 ? withPromo : without)
  const isHoliday = (offset) => (calendar.get(today.day + offset)?.holiday ? 1 : 0)

  return {
    date: today.date,
    sales: today.sales,
    mean: m,
    features: {
      lag_0: open[last].sales / m,
      lag_6: open[last - 6].sales / m,
      week: ratio(window.slice(-6)),
      long: ratio(history),
      deviation: deviation(window) / m,
      weekday_last: ratio(sameWeekday.slice(-1)),
      weekday_mean: ratio(sameWeekday),
      alike: alike.length > 0 ? ratio(alike) : promoLevel,
      promo: today.promo,
      promo_effect: withPromo.length > 0 && without.length > 0 ? ratio(withPromo) - ratio(without) : 0,
      promo_level: promoLevel,
      promo_share: share(window, (d) => d.promo > 0),
      promo_start: today.promo > 0 && open[i - 1].promo === 0 ? 1 : 0,
      monday: today.weekday === 1 ? 1 : 0,
      friday: today.weekday === 5 ? 1 : 0,
      saturday: today.weekday === 6 ? 1 : 0,
      sunday: today.weekday === 7 ? 1 : 0,
      school_holiday: today.schoolHoliday,
      holiday_next: isHoliday(1),
      holiday_near: [-3, -2, -1, 1, 2, 3].reduce((sum, offset) => sum + isHoliday(offset), 0),
      closed_before: closedDays(calendar, today.day, -1),
      closed_after: closedDays(calendar, today.day, 1),
      december_share: share(window, (d) => d.date.slice(5, 7) === '12'),
      ...season(today.date),
    },
  }
}

function season(date) {
  const [year, month, day] = date.split('-').map(Number)
  const ofYear = (Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / 864e5
  const monthDays = new Date(Date.UTC(year, month, 0)).getUTCDate()
  return {
    summer: wave(ofYear, 172),
    spring: wave(ofYear, 91),
    month_start: Math.min(day - 1, 10),
    month_end: Math.min(monthDays - day, 10),
    christmas: month === 12 && day <= 24 ? day / 24 : 0,
  }
}

// A triangle, not a sine: the same bits in every JavaScript engine.
function wave(ofYear, peak) {
  const apart = Math.abs(ofYear - peak)
  return 1 - Math.min(apart, YEAR - apart) / (YEAR / 4)
}

function closedDays(calendar, from, step) {
  let count = 0
  while (count < 7 && calendar.get(from + step * (count + 1))?.open === 0) count++
  return count
}

function average(days) {
  return days.reduce((sum, d) => sum + d.sales, 0) / days.length
}

function deviation(days) {
  const mean = average(days)
  return Math.sqrt(days.reduce((sum, d) => sum + (d.sales - mean) ** 2, 0) / days.length)
}

function share(days, test) {
  return days.filter(test).length / days.length
}

function clip(value, low, high) {
  return Math.min(high, Math.max(low, value))
}

function cells(line) {
  return line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
}
