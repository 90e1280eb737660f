import { mkdirSync, writeFileSync } from 'node:fs'
import { short, table } from './table.js'

/**
 * Why a model was chosen, what it is made of, and what else was tried.
 * @param {import('learnware/reuse').Report} report
 */
export function showReport({ method, reason, used, measure, candidates }) {
  console.log(`\nChosen: ${method} (${reason}).`)
  const shown = used.filter(({ weight }) => weight >= 0.01).slice(0, 8)
  const learnwares = shown.map(({ id, weight, distance }) => [short(id), weight.toFixed(2), distance.toFixed(4)])
  console.log(table(['learnware', 'weight', 'distance'], learnwares))
  if (candidates.length === 0) return
  const tried = candidates.map(({ method, loss, weight }) => [
    method,
    loss.toPrecision(4),
    weight > 0 ? weight.toFixed(2) : '',
  ])
  console.log(`\n${table(['tried', measure, 'share'], tried)}`)
}

/**
 * Predictions as a CSV file: one column for a real, the likeliest class and the probabilities for classes.
 * @param {URL} file
 * @param {import('learnware').Matrix} predicted
 * @param {import('learnware').ModelOutput} output
 */
export function writePredictions(file, { rows, columns, data }, output) {
  const isReal = output.kind === 'real'
  const lines = [isReal ? 'prediction' : ['prediction', ...output.classes].join(',')]
  for (let i = 0; i < rows; i++) {
    const row = [...data.subarray(i * columns, (i + 1) * columns)]
    const cells = row.map((value) => value.toPrecision(6))
    lines.push(isReal ? cells[0] : [output.classes[row.indexOf(Math.max(...row))], ...cells].join(','))
  }
  mkdirSync(new URL('.', file), { recursive: true })
  writeFileSync(file, `${lines.join('\n')}\n`)
}
