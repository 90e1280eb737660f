/**
 * The developers' side: each specifies the digits that she trained on and submits her model.
 *
 *   node examples/digits/build-market.js [folder of the trained models]
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { specify } from 'learnware'
import { buildMarket, showReceipts } from '../build.js'
import { describe } from './description.js'
import { catalogue, digits } from './island.js'
import { developers, parseDigits, table } from './tasks.js'

const models = process.argv[2] ?? fileURLToPath(new URL('models', import.meta.url))
const all = parseDigits(readFileSync(new URL('digits.csv', import.meta.url), 'utf8'))
const known = catalogue()
const tasks = developers(all.labels)

const submissions = known.models.map((entry, i) => ({
  name: `developer ${i}`,
  model: new Uint8Array(readFileSync(join(models, entry.file))),
  description: describe(known, entry),
  ...table(all, tasks[i].rows),
}))
showReceipts('market', await buildMarket(digits.folder(), submissions, specify))
