/**
 * The developers' side: every shop specifies its own rows and submits its model, into three markets.
 *
 *   LEARNWARE_DATA=… node examples/sales/build-market.js [folder of the trained models]
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { specify } from 'learnware'
import { buildMarket, showReceipts } from '../build.js'
import { describe } from './description.js'
import { parseSales, salesTable } from './features.js'
import { catalogue, sales, userOf } from './island.js'

const models = process.argv[2] ?? fileURLToPath(new URL('models', import.meta.url))
const data = join(process.env.LEARNWARE_DATA ?? '', 'rossmann', 'train_194stores.csv.gz')
const shops = parseSales(gunzipSync(readFileSync(data)).toString())
const known = catalogue()

for (const [choice, entries] of known.choices.entries()) {
  const submissions = entries.map((entry) => {
    const { rows, labels } = userOf(entry.store, salesTable(shops.get(entry.store)))
    return {
      name: `shop ${entry.store}`,
      model: new Uint8Array(readFileSync(join(models, entry.file))),
      description: describe(known, entry),
      rows,
      labels,
    }
  })
  showReceipts(`market ${choice}`, await buildMarket(sales.folder(choice), submissions, specify))
}
