import { clip, dayOf, deviation, mean, wave } from '../series.js'

const WINDOW = 28
const WINDOW_READINGS = 40
const HISTORY = 112
const LAG = 4
const FAR = { N: [0, 1], E: [1, 0], S: [0, -1], W: [-1, 0] }

/**
 * Readings of every station, four a day, in order of time; a year begins in March.
 * @param {string} csv
 * @returns {Map<string, object[]>} by station and year
 */
export function parseReadings(csv) {
  const [head, ...lines] = csv.trim().split(/\r?\n/)
  const names = head.split(',')
  const domains = new Map()
  for (const line of lines) {
    const cells = line.split(',')
    const row = Object.fromEntries(names.map((name, c) => [name, cells[c]]))
    const number = (name) => (row[name] === '' || row[name] === 'NA' ? Number.NaN : Number(row[name]))
    const date = [row.year, row.month, row.day].map((part) => part.padStart(2, '0')).join('-')
    const year = Number(row.month) >= 3 ? Number(row.year) : Number(row.year) - 1
    const key = `${row.station} ${year}`
    if (!domains.has(key)) domains.set(key, [])
    domains.get(key).push({
      date,
      time: dayOf(date) * 4 + number('hour') / 6,
      hour: number('hour'),
      particles: number('PM2.5'),
      weather: [number('TEMP'), number('PRES'), number('DEWP'), number('RAIN'), number('WSPM')],
      wind: row.wd,
    })
  }
  for (const readings of domains.values()) readings.sort((a, b) => a.time - b.time)
  return domains
}

/**
 * Rows of features and target, PM2.5 over the mean of the last 28 known readings at least a day before, within [0.03, 6].
 * The weather of the hour is taken as known: a forecast of the weather stands in for it.
 */
export function rowsOf(readings) {
  const known = readings.filter(({ particles, weather }) => particles >= 0 && weather.every(Number.isFinite))
  const rows = []
  let last = -1
  for (let i = 0; i < known.length; i++) {
    while (known[last + 1].time <= known[i].time - LAG) last++
    const first = last - WINDOW + 1
    if (first < 0 || known[i].time - known[first].time > WINDOW_READINGS) continue
    const m = mean(known.slice(first, last + 1).map(({ particles }) => particles))
    rows.push({
      date: known[i].date,
      target: clip(known[i].particles / m, 0.03, 6),
      features: featuresOf(known, i, last, m),
    })
  }
  return rows
}

function featuresOf(known, i, last, m) {
  const now = known[i]
  const window = known.slice(last - WINDOW + 1, last + 1)
  const history = known.slice(Math.max(0, last + 1 - HISTORY), last + 1)
  const ratio = (part) => (part.length > 0 ? mean(part.map(({ particles }) => particles)) / m : 1)
  const [temperature, pressure, dew, rain, speed] = now.weather
  const usual = [0, 1, 2, 3, 4].map((w) => mean(window.map(({ weather }) => weather[w])))
  const [east, north] = direction(now.wind)
  return {
    lag_0: known[last].particles / m,
    lag_3: known[last - 3].particles / m,
    day: ratio(window.slice(-4)),
    long: ratio(history),
    deviation: deviation(window.map(({ particles }) => particles)) / m,
    same_hour: ratio(window.filter(({ hour }) => hour === now.hour)),
    six: now.hour === 6 ? 1 : 0,
    noon: now.hour === 12 ? 1 : 0,
    evening: now.hour === 18 ? 1 : 0,
    temperature,
    warmer: temperature - usual[0],
    pressure_change: pressure - usual[1],
    dew,
    damper: dew - usual[2],
    dryness: temperature - dew,
    rain: Math.min(rain, 5),
    wind: speed,
    windier: speed - usual[4],
    east: east * speed,
    north: north * speed,
    summer: wave(now.date, 172),
    spring: wave(now.date, 91),
  }
}

/** Of a wind like NNW: where it comes from, east and north. */
function direction(word) {
  const parts = [...word].filter((letter) => letter in FAR).map((letter) => FAR[letter])
  if (parts.length === 0) return [0, 0]
  return [mean(parts.map(([east]) => east)), mean(parts.map(([, north]) => north))]
}
