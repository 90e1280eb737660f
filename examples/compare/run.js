import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { improvementPlot } from '../present/plot.js'
import { markdownTable } from '../present/table.js'
import { runExperiment } from './experiment.js'
import { colophon, curvePoints, improvementTable, labelsNeeded, usersWorse, worse } from './report.js'

const REPORTS = new URL('../../docs/experiments/', import.meta.url)

/**
 * Runs an experiment and writes its report and curve; with --tuning it only prints.
 * @param {object} options
 * @param {object} options.island
 * @param {string} options.module where the island is, seen from here
 * @param {number[]} options.sizes numbers of labelled rows
 * @param {(results: object[]) => string[][]} options.goals lines of figures
 */
export async function runReport({ island, module, sizes, goals }) {
  const { values } = parseArgs({
    options: { users: { type: 'string' }, draws: { type: 'string' }, tuning: { type: 'boolean', default: false } },
  })
  if (!island.isHere()) {
    console.error(`the users of the ${island.name} market need LEARNWARE_DATA to name the folder with their rows`)
    process.exitCode = 1
    return
  }
  const start = performance.now()
  const draws = Number(values.draws ?? 5)
  const users = values.users ? Number(values.users) : undefined
  const results = await runExperiment({ island: module, name: island.name, tuning: values.tuning, users, draws, sizes })
  const points = curvePoints(results, sizes)
  const command = `node examples/${island.name}/experiment.js${process.argv
    .slice(2)
    .map((word) => ` ${word}`)
    .join('')}`
  const averaged = `${new Set(results.map(({ user }) => user)).size} users, ${draws} draws of labelled rows, ${island.choices === 1 ? 'one market' : `${island.choices} choices of the market's models`}`
  const risk = sizes.map((size) => [
    `${size}`,
    share(usersWorse(size)(results)),
    share(worse(size)(results)),
    rows(labelsNeeded(sizes, size)(results), sizes),
  ])
  const text = `# ${island.name}: reuse against a model of one's own

${colophon(command, (performance.now() - start) / 1000)}.

${island.what[0].toUpperCase()}${island.what.slice(1)}. ${averaged}.
Loss: ${island.measure}, on the user's test rows.
The own model is the better of the built-in learners by cross-validation. Intervals are 95% bootstrap intervals over
users. ${island.tuned}

## Figures

${markdownTable(['', 'figure', '95% interval', 'goal'], goals(results))}

## Improvement over the own model, (L_own − L_method) / L_own, by number of labelled rows

Median over users (losses are summed over draws first), with intervals. Best-1, the averages and the mixture use no
labels; "chosen" is what \`reuse\` gives.

${improvementTable(results, sizes)}

![curve](${island.name}.svg)

## Risk, and labels saved

| labels | users more than 1% worse than own | draws more than 1% worse | labels that the own model needs to match chosen (median) |
| ---: | ---: | ---: | ---: |
${risk.map((row) => `| ${row.join(' | ')} |`).join('\n')}

Decisions of the search: ${counted(results.map(({ decision }) => decision))}.
`
  if (values.tuning) return console.log(text)
  mkdirSync(REPORTS, { recursive: true })
  writeFileSync(new URL(`${island.name}.md`, REPORTS), text)
  writeFileSync(
    new URL(`${island.name}.svg`, REPORTS),
    improvementPlot({ title: `${island.name}: ${averaged}`, points }),
  )
  console.log(text)
}

function share(value) {
  return `${(100 * value).toFixed(1)}%`
}

function rows(count, sizes) {
  return Number.isFinite(count) ? `${Math.round(count)}` : `more than ${sizes.at(-1)}`
}

function counted(words) {
  const counts = new Map()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].map(([word, count]) => `${word} ${count}`).join(', ')
}
