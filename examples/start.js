// npm start: a user's rows meet a committed market. npm start -- --help says what it takes.
import { mkdirSync, writeFileSync } from 'node:fs'
import { openMarket } from 'learnware'
import { onnxRuntime } from 'learnware/onnx'
import { reuse } from 'learnware/reuse'
import { fileStore } from 'learnware/store/file'
import { compareMethods, improvements, SHOWN_METHODS } from '../bench/experiments/compare/methods.js'
import { median } from '../bench/experiments/compare/statistics.js'
import { readUserFile } from './csv.js'
import { digits } from './digits/island.js'
import { indented, requirementOf, showFound, showManifest } from './find.js'
import { optionsOf } from './options.js'
import { progress } from './present/progress.js'
import { showReport, writePredictions } from './present/reuse.js'
import { percent, table } from './present/table.js'
import { sales } from './sales/island.js'

const HELP = `Finds and reuses models of a committed market for rows that never leave this machine.

  npm start                                   users of the sales market where LEARNWARE_DATA names a folder with
                                              rossmann/, else of the digits market
  npm start -- --island digits                the market of choice: sales or digits
  npm start -- --csv my.csv --target column   your own rows; rows without a target are only predicted
  npm start -- --users 5 --draws 2            how many users, and random draws of labelled rows, to average over`

const OPTIONS = {
  csv: { type: 'string' },
  target: { type: 'string' },
  island: { type: 'string' },
  users: { type: 'string' },
  draws: { type: 'string' },
  help: { type: 'boolean' },
}

const ISLANDS = [sales, digits]
const FETCHED = 60
const SHOWN = 5
const OUT = new URL('../out/', import.meta.url)

/** What `npm start` shows: one user from rows to curve, then the average over several. */
async function showMarket({ island, users: userCount, draws }) {
  const users = island.users({ count: userCount })
  const market = await opened(island)
  try {
    const terms = await market.terms(island.description())
    console.log(`${island.name}: ${island.what}. First user: ${users[0].name}, ${users[0].labels.length} rows.`)
    const comparisons = []
    const sizes = island.sizes
    const bar = progress('comparing methods')
    for (const user of users) {
      const requirement = await requirementOf(terms, user.rows)
      const found = await market.search(requirement, { top: FETCHED })
      if (user === users[0]) {
        showManifest(requirement)
        showFound(found, SHOWN)
      }
      const learnwares = await market.fetch(found)
      const step = () => bar.update((comparisons.length + ++steps / (draws * sizes.length)) / users.length)
      let steps = 0
      comparisons.push(
        await compareMethods({
          learnwares,
          requirement,
          user,
          sizes,
          draws,
          seed: 100,
          methods: SHOWN_METHODS,
          loss: island.loss,
          onStep: step,
        }),
      )
      await Promise.all(learnwares.map(({ model }) => model.close()))
    }
    bar.stop()
    await showImprovements(island, comparisons, draws)
  } finally {
    await market.close()
  }
}

async function showImprovements(island, comparisons, draws) {
  const { sizes } = island
  const points = SHOWN_METHODS.flatMap((method) =>
    sizes.map((labels) => ({ method, labels, improvement: median(improvements(comparisons, method, labels)) })),
  )
  const cell = (method, labels) => percent(points.find((p) => p.method === method && p.labels === labels).improvement)
  const averaged = `${comparisons.length} users, ${draws} draws of labelled rows`
  console.log(`\nImprovement over an own model, (L_own − L_method) / L_own, by number of labelled rows.`)
  console.log(`L is the ${island.measure} on test rows; median over ${averaged}:`)
  const rows = SHOWN_METHODS.map((method) => [method, ...sizes.map((size) => cell(method, size))])
  console.log(indented(table(['', ...sizes.map(String)], rows)))

  mkdirSync(OUT, { recursive: true })
  // Slow to load, and needed only here.
  const { improvementPlot } = await import('./present/plot.js')
  const file = new URL(`${island.name}.svg`, OUT)
  writeFileSync(file, improvementPlot({ title: `${island.name}: ${averaged}`, points }))
  console.log(`\nThe curve: out/${island.name}.svg`)
}

/** What `npm start -- --csv` does: someone's own rows, from the file to predictions. */
async function useFile(path, target) {
  const { island, rows, labels } = readUserFile(path, target, ISLANDS)
  const market = await opened(island)
  try {
    const terms = await market.terms(island.description())
    console.log(`${path}: ${labels.length} rows for the ${island.name} market.`)
    const requirement = await requirementOf(terms, rows)
    showManifest(requirement)
    const found = await market.search(requirement, { top: FETCHED })
    showFound(found, SHOWN)
    const learnwares = await market.fetch(found)
    const chosen = [...labels.keys()].filter((i) => labels[i] !== undefined)
    const labelled = {
      rows: Object.fromEntries(
        Object.entries(rows).map(([name, column]) => [name, Float64Array.from(chosen, (i) => column[i])]),
      ),
      labels: chosen.map((i) => labels[i]),
    }
    const bar = progress('reusing')
    const model = await reuse(learnwares, requirement, { labelled, onProgress: (share) => bar.update(share) })
    bar.stop()
    showReport(model.report)
    writePredictions(new URL('predictions.csv', OUT), await model.predict(rows), model.output)
    console.log('\nPredictions of all rows: out/predictions.csv')
  } finally {
    await market.close()
  }
}

async function opened(island) {
  return openMarket({ store: fileStore(island.folder(), { readOnly: true }), runtime: onnxRuntime() })
}

function wholeNumber(text, name, otherwise) {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`--${name} expected a whole number above 0, got "${text}"`)
  return value
}

async function main() {
  const values = optionsOf(OPTIONS, 'npm start')
  if (values.help) return console.log(HELP)
  if (values.target !== undefined && values.csv === undefined)
    throw new RangeError(
      '--target names a column of --csv, which is not there; give --csv <file>, or leave --target out',
    )
  if (values.csv !== undefined) return useFile(values.csv, values.target)
  const island = values.island
    ? ISLANDS.find(({ name }) => name === values.island)
    : ISLANDS.find((candidate) => candidate.isHere())
  if (!island) throw new RangeError(`--island expected sales or digits, got "${values.island}"; name one of them`)
  if (!island.isHere())
    throw new RangeError('the users of the sales market need LEARNWARE_DATA to name a folder with rossmann/')
  await showMarket({
    island,
    users: wholeNumber(values.users, 'users', 5),
    draws: wholeNumber(values.draws, 'draws', 2),
  })
}

main().catch((error) => {
  console.error(process.env.DEBUG ? error : `npm start: ${error.message}`)
  process.exitCode = 1
})
