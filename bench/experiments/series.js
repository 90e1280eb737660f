/** Words that the tables of forecasts share: ratios to a trailing mean, seasons, centre and scale of an island. */

const YEAR = 365.25

/** @param {ArrayLike<number>} values */
export function mean(values) {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  return sum / values.length
}

/** @param {ArrayLike<number>} values */
export function deviation(values) {
  const middle = mean(values)
  return Math.sqrt(mean(Array.from(values, (value) => (value - middle) ** 2)))
}

export function clip(value, low, high) {
  return Math.min(high, Math.max(low, value))
}

/** Days since 1970 of a date like 2015-03-01. */
export function dayOf(date) {
  return Date.parse(date) / 864e5
}

/** 1 at a day of the year and −1 half a year away: a triangle, the same bits in every JavaScript engine. */
export function wave(date, peak) {
  const [year, month, day] = date.split('-').map(Number)
  const apart = Math.abs((Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / 864e5 - peak)
  return 1 - Math.min(apart, YEAR - apart) / (YEAR / 4)
}

/**
 * Centre and scale from the means and variances that founders publish: the mean of means, the root of the mean variance
 * within founders plus the variance of their means. A column that never moves keeps the scale 1.
 * @param {string[]} names
 * @param {Record<string, Float64Array>[]} tables
 */
export function publicScale(names, tables) {
  return names.map((name) => {
    const means = tables.map((table) => mean(table[name]))
    const within = tables.map((table) => deviation(table[name]) ** 2)
    const scale = Math.sqrt(mean(within) + deviation(means) ** 2)
    const digits = (value) => Number(value.toPrecision(6))
    return { name, centre: digits(mean(means)), scale: scale > 1e-9 ? digits(scale) : 1 }
  })
}

/**
 * A table by column name of rows with `features`, `target` and `date`.
 * @param {{ features: Record<string, number>, target: number, date: string }[]} rows
 */
export function tableOf(rows) {
  const names = Object.keys(rows[0].features)
  return {
    rows: Object.fromEntries(names.map((name) => [name, Float64Array.from(rows, ({ features }) => features[name])])),
    labels: rows.map(({ target }) => target),
  }
}
