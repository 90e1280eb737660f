import { clip, dayOf, deviation, mean, wave } from '../series.js'

const WINDOW = 28
const WINDOW_DAYS = 40
const HISTORY_DAYS = 120
const LAG_DAYS = 7
const TYPES = ['Cultural', 'National', 'Religious', 'Sporting']

/**
 * Daily rows of every store and department of the M5 file, in order of date.
 * @param {string} csv
 * @returns {Map<string, object[]>}
 */
export function parseDays(csv) {
  const [head, ...lines] = csv.trim().split('\n')
  const names = head.split(',')
  const series = new Map()
  for (const line of lines) {
    const cells = line.split(',')
    const row = Object.fromEntries(names.map((name, c) => [name, cells[c]]))
    const key = `${row.store_id} ${row.dept_id}`
    if (!series.has(key)) series.set(key, [])
    series.get(key).push({
      date: row.date,
      day: dayOf(row.date),
      sales: Number(row.sales),
      weekday: row.weekday,
      snap: Number(row[`snap_${row.store_id.slice(0, 2)}`]),
      event: row.event_type_1 === 'None' ? undefined : row.event_type_1,
      name: row.event_name_1,
    })
  }
  for (const days of series.values()) days.sort((a, b) => a.day - b.day)
  return series
}

/**
 * Rows of features and target, sales over the mean of 28 days that ended at least seven days before, within [0.03, 6].
 * Events and food stamps (snap) of other days enter as the published calendar.
 */
export function rowsOf(days) {
  const calendar = new Map(days.map((day) => [day.day, day]))
  const rows = []
  let last = -1
  for (let i = 0; i < days.length; i++) {
    while (days[last + 1].day <= days[i].day - LAG_DAYS) last++
    const first = last - WINDOW + 1
    if (first < 0 || days[i].day - days[first].day > WINDOW_DAYS) continue
    const m = mean(days.slice(first, last + 1).map(({ sales }) => sales))
    if (m < 1) continue
    rows.push({
      date: days[i].date,
      target: clip(days[i].sales / m, 0.03, 6),
      features: featuresOf(days, i, last, m, calendar),
    })
  }
  return rows
}

function featuresOf(days, i, last, m, calendar) {
  const today = days[i]
  const window = days.slice(last - WINDOW + 1, last + 1)
  let start = last
  while (start > 0 && days[start - 1].day >= today.day - HISTORY_DAYS) start--
  const history = days.slice(start, last + 1)
  const ratio = (part, otherwise = 1) => (part.length > 0 ? mean(part.map(({ sales }) => sales)) / m : otherwise)
  const sameWeekday = history.filter(({ weekday }) => weekday === today.weekday)
  const weekdayMean = ratio(sameWeekday)
  const withSnap = history.filter(({ snap }) => snap === 1)
  const without = history.filter(({ snap }) => snap === 0)
  const [, month, dayOfMonth] = today.date.split('-').map(Number)
  const lengthOfMonth = new Date(Date.UTC(Number(today.date.slice(0, 4)), month, 0)).getUTCDate()
  const event = (offset) => (calendar.get(today.day + offset)?.event ? 1 : 0)
  const flag = (condition) => (condition ? 1 : 0)
  return {
    lag_0: days[last].sales / m,
    lag_7: days[last - 7].sales / m,
    week: ratio(window.slice(-7)),
    long: ratio(history),
    deviation: deviation(window.map(({ sales }) => sales)) / m,
    weekday_last: ratio(sameWeekday.slice(-1)),
    weekday_mean: weekdayMean,
    alike: ratio(sameWeekday.filter(({ snap }) => snap === today.snap).slice(-4), weekdayMean),
    snap: today.snap,
    snap_effect: withSnap.length > 0 && without.length > 0 ? ratio(withSnap) - ratio(without) : 0,
    snap_share: mean(window.map(({ snap }) => snap)),
    ...Object.fromEntries(TYPES.map((type) => [type.toLowerCase(), flag(today.event === type)])),
    event_next: event(1),
    event_near: [-3, -2, -1, 2, 3].reduce((sum, offset) => sum + event(offset), 0),
    monday: flag(today.weekday === 'Monday'),
    friday: flag(today.weekday === 'Friday'),
    saturday: flag(today.weekday === 'Saturday'),
    sunday: flag(today.weekday === 'Sunday'),
    summer: wave(today.date, 172),
    spring: wave(today.date, 91),
    month_start: Math.min(dayOfMonth - 1, 10),
    month_end: Math.min(lengthOfMonth - dayOfMonth, 10),
    christmas: month === 12 && dayOfMonth <= 24 ? dayOfMonth / 24 : 0,
    december_share: mean(window.map(({ date }) => flag(date.slice(5, 7) === '12'))),
  }
}
