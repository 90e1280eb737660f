// npm run submit: a developer's model goes into a market. npm run submit -- --help says what it takes.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { memoryStore, openMarket, specify } from 'learnware'
import { onnxRuntime } from 'learnware/onnx'
import { fileStore } from 'learnware/store/file'
import { contentOf, Refusal, readLabelledTable, readUserFile, textOf } from './csv.js'
import { digits } from './digits/island.js'
import { optionsOf } from './options.js'
import { progress } from './present/progress.js'
import { sales } from './sales/island.js'

const HELP = `Specifies your rows under a market's terms and submits your model with that specification.

  npm run submit -- --model model.onnx --csv rows.csv --target column --market folder --island sales

  --market folder              a market's folder; a new one is founded by the first learnware that is accepted
  --island sales|digits        what the model is for; daily sales of a shop may come as they are
  --description file.json      another task than these two: the whole description (docs/guide.md, Describe the model)
  --specification file         a specification that was made before, in place of --csv and --target
  --name "..."                 the learnware's name`

const OPTIONS = {
  model: { type: 'string' },
  csv: { type: 'string' },
  target: { type: 'string' },
  market: { type: 'string' },
  island: { type: 'string' },
  name: { type: 'string' },
  description: { type: 'string' },
  specification: { type: 'string' },
  help: { type: 'boolean' },
}

const ISLANDS = [sales, digits]
const KEPT = {
  accepted: 'a search finds it',
  quarantined: 'it is kept, but no search finds it',
  rejected: 'nothing was kept',
}

/**
 * Submits under the terms of the market in a folder. A market that is not there yet is tried in memory first, so that no
 * folder is made for a learnware that is rejected.
 * @param {string} folder
 * @param {Uint8Array} model
 * @param {import('learnware').Description} description
 * @param {(terms: import('learnware').Terms) => import('learnware').Specification | Uint8Array} specification
 * @returns {Promise<import('learnware').Receipt>}
 */
async function submitTo(folder, model, description, specification) {
  const stores = isMarket(folder) ? [fileStore(folder)] : [memoryStore(), fileStore(folder)]
  let receipt
  for (const store of stores) {
    const market = await openMarket({ store, runtime: onnxRuntime() })
    try {
      receipt = await market.submit({
        model,
        description,
        specification: specification(await market.terms(description)),
      })
    } finally {
      await market.close()
    }
    if (receipt.status === 'rejected') break
  }
  return receipt
}

/** Whether a folder holds a market; a refusal where it holds something else. */
function isMarket(folder) {
  if (!existsSync(folder)) return false
  if (!statSync(folder).isDirectory()) {
    throw new Refusal(`--market expected a folder, got the file ${folder}; name a market's folder or a new one`)
  }
  if (existsSync(join(folder, 'records'))) return true
  if (readdirSync(folder).length === 0) return false
  throw new Refusal(`--market expected a market's folder, got ${folder} with other files; name a new one to found it`)
}

/** How the specification comes about: read from its file, or made from rows under the market's terms. */
function specificationOf({ csv, target, specification }, island) {
  if (specification !== undefined) {
    const bytes = contentOf(specification)
    return () => bytes
  }
  const { rows, labels } = island ? readUserFile(csv, target, [island]) : readLabelledTable(csv, target)
  const unlabelled = labels.indexOf(undefined)
  if (unlabelled >= 0) {
    throw new Refusal(`${csv} has no "${target}" in row ${unlabelled + 1}; fill it in or leave the row out`)
  }
  let made
  return (terms) => {
    made ??= specified(terms, { rows, labels, csv, target })
    return made
  }
}

function specified(terms, { rows, labels, csv, target = 'Sales' }) {
  const bar = progress('specifying')
  try {
    const onProgress = ({ iteration, iterations, done, parts }) =>
      bar.update((done + iteration / Math.max(iterations, 1)) / parts)
    return specify(terms, rows, { labels, seed: 7, onProgress })
  } catch (error) {
    // In the words of the file, which is all that the reader knows.
    throw new Refusal(error.message.replace(/^"rows"/, csv).replace(/^column "labels"/, `column "${target}"`))
  } finally {
    bar.stop()
  }
}

/** The description in a file, else that of the island with a name of its own. */
function descriptionOf({ description: path, name, model }, island) {
  const named = name === undefined ? {} : { Name: { Type: 'String', Values: name } }
  if (path === undefined) {
    return {
      ...island.description(),
      Library: { Type: 'Class', Values: ['Others'] },
      License: { Type: 'Class', Values: ['Others'] },
      Name: { Type: 'String', Values: basename(model) },
      Description: { Type: 'String', Values: `A model for ${island.what}` },
      ...named,
    }
  }
  try {
    const description = JSON.parse(textOf(path))
    if (typeof description === 'object' && description !== null && !Array.isArray(description))
      return { ...description, ...named }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new Refusal(`${path} expected a description as a JSON object, got other text; docs/guide.md shows one`)
}

function islandOf({ island: name, description }) {
  const island = ISLANDS.find((candidate) => candidate.name === name)
  if (island || (name === undefined && description !== undefined)) return island
  if (name === undefined)
    throw new Refusal('say what the model is for: --island sales or digits, or --description file')
  throw new Refusal(`--island expected sales or digits, got "${name}"; describe another task by --description file`)
}

/** Options that fit together. */
function checked(values) {
  const { model, market, csv, target, specification } = values
  if (model === undefined) throw new Refusal('name the file of the model: --model model.onnx')
  if (market === undefined) throw new Refusal("name the market's folder: --market folder")
  if ((csv === undefined) === (specification === undefined)) {
    throw new Refusal(
      `expected either rows or a specification, got ${csv === undefined ? 'neither' : 'both'}; give --csv rows.csv --target column, or --specification file`,
    )
  }
  if (target !== undefined && csv === undefined) {
    throw new Refusal(
      '--target names a column of --csv, which is not there; give --csv rows.csv, or leave --target out',
    )
  }
  return values
}

/** The receipt, a finding a line. */
function show({ status, id, island, findings }) {
  console.log(`${status}: ${KEPT[status]}\n  id ${id}\n  island ${island || 'none'}`)
  for (const { check, level, message } of findings) console.log(`  ${level}  ${check}: ${message}`)
}

async function main() {
  const values = optionsOf(OPTIONS, 'npm run submit')
  if (values.help) return console.log(HELP)
  const options = checked(values)
  const island = islandOf(options)
  const description = descriptionOf(options, island)
  const model = contentOf(options.model)
  const receipt = await submitTo(options.market, model, description, specificationOf(options, island))
  show(receipt)
  if (receipt.status === 'accepted') return
  const failures = receipt.findings.filter(({ level }) => level === 'fail')
  const further = failures.length > 1 ? ` (and ${failures.length - 1} more above)` : ''
  throw new Refusal(`${receipt.status}, ${failures[0].check}: ${failures[0].message}${further}`)
}

/** A disk's own words say what happened, but not what to do. */
function sentence({ message, syscall }) {
  return syscall === undefined ? message : `the market's folder cannot be used: ${message}; name another by --market`
}

main().catch((error) => {
  console.error(process.env.DEBUG ? error : `npm run submit: ${sentence(error)}`)
  process.exitCode = 1
})
