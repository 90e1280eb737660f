import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { openMarket, specify } from 'learnware'
import { builtInRuntime, fitOwn } from 'learnware/reuse'
import { fileStore } from 'learnware/store/file'
import { progress } from '../../examples/present/progress.js'
import { squaredError } from './compare/loss.js'
import { publicScale, tableOf } from './series.js'

/**
 * @typedef {object} Row
 * @property {Record<string, number>} features
 * @property {number} target
 * @property {string} date
 */

/**
 * An island of forecasts as ratios to a trailing mean. A developer submits the best of the built-in learners by
 * cross-validation, as a user's own model is; the market stands under build/.
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.what
 * @param {string[]} options.file below LEARNWARE_DATA
 * @param {string} options.unit what the trailing mean is of
 * @param {number[]} options.sizes numbers of labelled rows
 * @param {string} options.tuned
 * @param {number} options.choices of market and users
 * @param {(text: string) => (choice: number, tuning: boolean) => { developers: { name: string, rows: Row[] }[], users: { name: string, rows: Row[], test: Row[] }[] }} options.tasks
 */
export function forecastIsland({ name, file, unit, tasks, ...words }) {
  const path = join(process.env.LEARNWARE_DATA ?? '', ...file)
  let read
  const known = new Map()
  const tasksOf = (choice, tuning) => {
    read ??= tasks(gunzipSync(readFileSync(path)).toString())
    const key = `${choice} ${tuning}`
    if (!known.has(key)) known.set(key, read(choice, tuning))
    return known.get(key)
  }
  const folder = (choice, tuning) =>
    fileURLToPath(new URL(`../../build/experiments/${name}/${tuning ? 'tuning-' : ''}${choice}`, import.meta.url))
  const columnsFile = (tuning) => join(folder('columns', tuning), 'columns.json')
  const description = ({ tuning = false } = {}) => {
    const file = columnsFile(tuning)
    if (!existsSync(file)) {
      const tables = tasksOf(0, tuning).developers.map(({ rows }) => tableOf(rows).rows)
      mkdirSync(folder('columns', tuning), { recursive: true })
      writeFileSync(file, JSON.stringify(publicScale(Object.keys(tables[0]), tables)))
    }
    return describe(name, unit, JSON.parse(readFileSync(file, 'utf8')))
  }

  return {
    name,
    ...words,
    output: 'real',
    developers: 'A developer submits the best of the built-in learners by cross-validation on all of her rows.',
    measure: 'squared error of the ratio to the trailing mean',
    loss: squaredError,
    isHere: () => existsSync(path),
    description,
    runtime: builtInRuntime,
    folder: (choice = 0, tuning = false) => folder(choice, tuning),

    users({ choice = 0, tuning = false, count = Infinity } = {}) {
      return tasksOf(choice, tuning)
        .users.slice(0, count)
        .map(({ name, rows, test }) => ({ name, ...tableOf(rows), test: tableOf(test) }))
    },

    /** Fits and submits what is not in the market yet. */
    async prepare({ tuning = false } = {}) {
      const learn = fitting(description({ tuning }).LDL.inputs)
      for (let choice = 0; choice < words.choices; choice++) {
        if (existsSync(join(folder(choice, tuning), 'complete'))) continue
        rmSync(folder(choice, tuning), { recursive: true, force: true })
        const { developers } = tasksOf(choice, tuning)
        await buildMarket({
          folder: folder(choice, tuning),
          island: name,
          description: description({ tuning }),
          developers,
          learn,
        })
        writeFileSync(join(folder(choice, tuning), 'complete'), '')
      }
    },
  }
}

/** Fits a developer's model, once for all markets that she is in. */
function fitting(inputs) {
  const known = new Map()
  return async (name, { rows, labels }) => {
    if (!known.has(name)) {
      const own = await fitOwn(rows, labels, { inputs })
      const { chosen, candidates } = own.report
      const { loss } = candidates.find(({ name }) => name === chosen)
      known.set(name, {
        bytes: own.save(),
        kind: chosen,
        claim: { value: Number(loss.toPrecision(6)), n: labels.length, method: 'cv' },
      })
    }
    return known.get(name)
  }
}

async function buildMarket({ folder, island, description, developers, learn }) {
  const market = await openMarket({ store: fileStore(folder), runtime: builtInRuntime() })
  const bar = progress(`${island}: fitting the developers' models`)
  let refused = 0
  for (const [i, { name, rows: given }] of developers.entries()) {
    const { rows, labels } = tableOf(given)
    const { bytes, kind, claim } = await learn(name, { rows, labels })
    bar.update((i + 1) / developers.length)
    const submitted = {
      ...description,
      Library: { Type: 'Class', Values: ['Others'] },
      License: { Type: 'Class', Values: ['Others'] },
      Name: { Type: 'String', Values: `${island} ${name}` },
      Description: { Type: 'String', Values: `${kind} trained on ${labels.length} rows of ${name}` },
      LDL: { ...description.LDL, claim },
    }
    const specification = specify(await market.terms(submitted), rows, { role: 'learnware', labels, seed: 7 })
    const { status, findings } = await market.submit({ model: bytes, description: submitted, specification })
    if (status === 'accepted') continue
    refused++
    console.error(
      `${name} ${status}: ${findings
        .filter(({ level }) => level !== 'pass')
        .map(({ message }) => message)
        .join('; ')}`,
    )
  }
  bar.stop()
  console.error(`${island}: ${developers.length - refused} of ${developers.length} learnwares accepted`)
  await market.close()
}

function describe(name, unit, columns) {
  return {
    Data: { Type: 'Class', Values: ['Table'] },
    Task: { Type: 'Class', Values: ['Regression'] },
    Library: { Type: 'Class', Values: [] },
    Scenario: { Type: 'Tag', Values: [] },
    License: { Type: 'Class', Values: [] },
    Input: {
      Dimension: columns.length,
      Description: Object.fromEntries(columns.map(({ name }, i) => [String(i), name])),
    },
    Output: { Dimension: 1, Description: { 0: `${unit} as ratio to the trailing mean` } },
    LDL: {
      version: 1,
      inputs: columns.map(({ name: column, centre, scale }) => ({
        name: column,
        concept: `${name}: ${column}`,
        kind: 'numeric',
        unit: 'ratio or flag',
        centre,
        scale,
      })),
      output: { kind: 'real', unit: 'ratio to trailing mean' },
      objective: { metric: 'mse', direction: 'min' },
    },
  }
}
