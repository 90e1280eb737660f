/** A correlation of neighbours that independent rows exceed once in twenty times, as a multiple of 1/√n. */
const chance = 1.64
const most = 0.9

/**
 * How many independent rows the labelled rows are worth: n(1 − ρ)/(1 + ρ), ρ the correlation of neighbouring residuals in the
 * order of the rows (that of an autoregression of first order), 0 where independent rows would show as much. The rows of one
 * stretch of time share what is out of the ordinary then, and say less of other times than as many rows from all of them.
 */
export const effectiveRows = (residuals: Float64Array): number => {
  const rows = residuals.length
  const mean = residuals.reduce((sum, value) => sum + value, 0) / rows
  let squares = 0
  let neighbours = 0
  for (let i = 0; i < rows; i++) {
    const left = residuals[i] - mean
    squares += left * left
    if (i > 0) neighbours += left * (residuals[i - 1] - mean)
  }
  const correlation = squares > 0 ? Math.min(neighbours / squares, most) : 0
  return correlation > chance / Math.sqrt(rows) ? (rows * (1 - correlation)) / (1 + correlation) : rows
}
