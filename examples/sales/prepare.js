/**
 * Writes what train.py reads: the features, the split, and one little-endian float32 table for each shop of the three
 * markets (rows of features then target). The users' rows are not written.
 *
 *   LEARNWARE_DATA=… node examples/sales/prepare.js OUT
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { FEATURES, parseSales, salesTable } from './features.js'
import { splitStores } from './stores.js'

const [out] = process.argv.slice(2)
const data = process.env.LEARNWARE_DATA
if (!out || !data) {
  console.error('usage: LEARNWARE_DATA=<folder with rossmann/> node examples/sales/prepare.js OUT')
  process.exit(1)
}

const csv = gunzipSync(readFileSync(join(data, 'rossmann', 'train_194stores.csv.gz'))).toString()
const shops = parseSales(csv)
const split = splitStores([...shops.keys()])

mkdirSync(out, { recursive: true })
const tables = {}
for (const store of split.choices.flat()) {
  const table = salesTable(shops.get(store))
  const columns = [...FEATURES.map(({ name }) => table.columns[name]), table.target]
  const rows = table.dates.length
  const flat = new Float32Array(rows * columns.length)
  columns.forEach((column, c) => {
    for (let r = 0; r < rows; r++) flat[r * columns.length + c] = column[r]
  })
  writeFileSync(join(out, `${store}.f32`), flat)
  tables[store] = { rows, test: table.test }
}
writeFileSync(join(out, 'index.json'), JSON.stringify({ features: FEATURES, ...split, tables }))
