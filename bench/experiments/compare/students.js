import { choleskySolve, gaussian, gram } from 'learnware/numeric'
import { mean } from './statistics.js'

/** A student learns from so many of a user's rows, taken at even steps, or from all where there are fewer. */
export const STUDENT_ROWS = 500
/** Penalties of the students: the loose one follows the mixture, the stiff one keeps its broad lines only. */
const LAMBDAS = [0.3, 10]

/**
 * Kernel ridge regressions of outputs on the rows of a table, the same columns standardised, gamma = 1/(4d), one for each of
 * the penalties; they answer for the tables given.
 * @param {Record<string, Float64Array>} table
 * @param {Float64Array} outputs
 * @param {Record<string, Float64Array>[]} tables
 * @returns {Float64Array[][]} by table, then by penalty
 */
export function studentsOf(table, outputs, tables) {
  const names = Object.keys(table)
  const scale = names.map((name) => {
    const middle = mean(table[name])
    return { name, middle, width: Math.sqrt(mean(table[name].map((value) => (value - middle) ** 2))) || 1 }
  })
  const pointsOf = (columns, rows) =>
    rows.map((i) => scale.map(({ name, middle, width }) => (columns[name][i] - middle) / width))
  const count = Math.min(STUDENT_ROWS, outputs.length)
  const rows = Array.from({ length: count }, (_, i) => Math.floor((i * outputs.length) / count))
  const kernel = gaussian(1 / (4 * names.length))
  const points = pointsOf(table, rows)
  const level = mean(rows.map((i) => outputs[i]))
  const K = gram(points, undefined, kernel)
  const targets = { rows: count, columns: 1, data: Float64Array.from(rows, (i) => outputs[i] - level) }
  const alphas = LAMBDAS.map((ridge) => choleskySolve(K, targets, { ridge }).data)
  return tables.map((columns) => {
    const across = gram(pointsOf(columns, [...columns[names[0]].keys()]), points, kernel)
    return alphas.map((alpha) =>
      Float64Array.from({ length: across.rows }, (_, i) => {
        let sum = level
        for (let j = 0; j < count; j++) sum += across.data[i * count + j] * alpha[j]
        return sum
      }),
    )
  })
}
