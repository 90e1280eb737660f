import { parseArgs } from 'node:util'
import { improvementPlot } from '../../../examples/present/plot.js'
import { markdownTable } from '../../../examples/present/table.js'
import { writeReport } from '../write.js'
import { runExperiment } from './experiment.js'
import { RUN } from './families.js'
import { METHODS, OTHER_WAYS } from './methods.js'
import {
  againstOwn,
  choicesTable,
  colophon,
  curvePoints,
  familiesTable,
  freeTable,
  improvementTable,
  line,
  seedsTable,
  sizesTable,
  weightsTable,
} from './report.js'
import { median } from './statistics.js'
import { STUDENT_ROWS } from './students.js'

/** How much of an experiment is run. */
const OPTIONS = {
  users: { type: 'string' },
  draws: { type: 'string', default: '2' },
  workers: { type: 'string' },
  sizes: { type: 'string' },
  tuning: { type: 'boolean', default: false },
}

/**
 * Runs an experiment and writes its report and curve; with --tuning (other users) or fewer --sizes it only prints.
 * @param {object} options
 * @param {object} options.island
 * @param {string} options.module where the island is, seen from here
 * @param {number[]} [options.recent] numbers of labelled rows where the most recent ones are labelled
 * @param {Record<number, number>} [options.goals] what solve / own should come to, by number of labelled rows
 * @param {(results: object[]) => string[][]} [options.figures] further lines of figures
 */
export async function runReport({ island, module, recent = [], goals = {}, figures = () => [] }) {
  const { values } = parseArgs({ args: process.argv.slice(3), options: OPTIONS })
  if (!island.isHere()) {
    console.error(`${island.name} needs LEARNWARE_DATA to name the folder with its rows; nothing was run`)
    return
  }
  const start = performance.now()
  const number = (text) => (text === undefined ? undefined : Number(text))
  const draws = Number(values.draws)
  const sizes = values.sizes?.split(',').map(Number) ?? island.sizes
  const plan = { island: module, name: island.name, tuning: values.tuning, draws, sizes, recent }
  const [users, workers] = [number(values.users), number(values.workers)]
  const results = await runExperiment({ ...plan, users, workers })
  const command = ['npm run experiments --', ...process.argv.slice(2)].join(' ')
  const averaged = `${new Set(results.map(({ user }) => user)).size} users, ${draws} ${draws === 1 ? 'draw' : 'draws'} of labelled rows, ${island.choices === 1 ? 'one market' : `${island.choices} choices of the market's models`}`
  const goalLines = Object.entries(goals).map(([size, most]) =>
    line(`solve / own at ${size} labels`, results, againstOwn('solve', Number(size)), `≤ ${most.toFixed(2)}`),
  )
  const text = `# ${island.name}: reuse against a model of one's own

${colophon(command, (performance.now() - start) / 1000)} (what broken-off runs before it had compared is not counted).

${island.what[0].toUpperCase()}${island.what.slice(1)}. ${averaged}.
Loss: ${island.measure}, on the user's test rows.
${island.developers}
The own model is the best of the built-in learners by cross-validation. Intervals are 95% bootstrap intervals over
users, who stay together with all their markets and draws. ${island.tuned}

## Figures

${markdownTable(['', 'figure', '95% interval', 'goal'], [...figures(results), ...goalLines])}

## Without labels

${results.length} pairs of a user and a market. Medians over them of a ratio of losses, with intervals. The mixture weighs by a quadratic
program on embeddings. The last two rows are no methods: they show what weights could come to, chosen by all labels that the user
has, or by the test rows themselves.

${freeTable(results)}

Each choice of the market by itself:

${choicesTable(results)}

The default under other seeds of the requirement:

${seedsTable(results)}

What labels make of the weights, if they choose nothing else (the shrunk stack; the last row is shrunk by nothing):

${weightsTable(results, sizes)}
${results[0].families ? withoutLabels(results) : ''}
## With labels

The best method in hindsight is that of the least median among ${METHODS.length}. A median of few users that is the least of many is too low
by chance, so that solve / best is above 1 even for a method that nothing beats: its interval, and the median of the ratio in pairs,
tell how much of it is chance.

${sizesTable(results, sizes)}

## Improvement over the own model, (L_own − L_method) / L_own, by number of labelled rows

Median over users (losses are summed over draws first), with intervals. What needs no labels is the same loss at every
number. More than 150 rows are dear, and were drawn once; more than 500 were compared in the first market only.

${improvementTable(results, sizes)}

![curve](${island.name}.svg)
${
  recent.length > 0
    ? `
## The same where the most recent rows are the labelled ones

${sizesTable(results, recent, 'recent')}

${improvementTable(results, recent, 'recent')}
`
    : ''
}
Decisions of the search: ${counted(results.map(({ decision }) => decision))}.
`
  if (values.tuning || values.sizes) return console.log(text)
  const title = `${island.name}: ${averaged}`
  writeReport(island.name, text, improvementPlot({ title, points: curvePoints(results, sizes) }))
}

/** How much better than the mixture a rule could be that has no labels. */
function withoutLabels(results) {
  const rows = (of) => Math.round(median(results.map(({ rows }) => rows[of])))
  return `
## What could be had without labels

Each row is a family of predictions that a rule without labels could choose from. The members held against the mixture are those of
least squared error: on the user's test rows themselves (${rows('test')} in the median); on half of these, every other quarter, judged on the
other half (weights are then held to those of the mixture); on all labels of the user's own rows (${rows('own')} in the median). “By luck” is the first on made-up labels, the mixture's predictions plus
its true errors with the sign of every ${RUN} rows drawn at random: nothing can be gained there, and the column tells how well the family
fits errors that have no direction. Students are kernel ridge regressions of the mixture's outputs on ${STUDENT_ROWS} of the own rows, a loose and a stiff one, and smooth
it. The other ways are the ${OTHER_WAYS.slice(0, -1).join(', the ')} and the ${OTHER_WAYS.at(-1)}. Shares may have any size and sign.

${familiesTable(results)}

What this shows. No rule that picks from a family, whatever it goes by, does better for any user than what the test rows themselves pick
(plain averages are found by forward selection; the weights of all bound them). A family that does not reach a goal there never
reaches it. Where one does, that alone is no sign that so much can be had: as much as luck gains, one would see if there were nothing. The two columns of
half the rows and of all labels are free of that luck: so much do true labels find, those of the same months and those of all the time before.
A rule without labels has less to go by.

What it does not show: anything of predictions outside these families; nor that, within a family whose bound is low, no rule could
choose better than these labels did.
`
}

function counted(words) {
  const counts = new Map()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].map(([word, count]) => `${word} ${count}`).join(', ')
}
