import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { matrix } from '../../../src/base/matrix.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import type { Embedding } from '../../../src/rkme/embedding.js'
import { reduce } from '../../../src/rkme/reduce/reduce.js'
import { keptEmbeddings } from './kept.js'

/** Learnwares and users of one island, made of real rows. */
export interface RealIsland {
  readonly name: string
  readonly columns: number
  readonly learnwares: readonly Embedding[]
  /** Half of them of series, or rows, that no learnware has. */
  readonly users: readonly Embedding[]
  readonly said: string
}

/** Rows by column name, in order of time. */
type Table = Readonly<Record<string, Float64Array>>

interface Source {
  readonly name: string
  readonly file: readonly [string, string]
  /** Days or readings that a learnware has, and a user. */
  readonly window: number
  readonly asked: number
  /** Of so many series the last `apart` are users only. */
  readonly apart: number
  readonly what: string
  tables(text: string): Promise<Map<string, Table>>
}

const program = (path: string) => import(pathToFileURL(join(process.cwd(), path)).href)

const sources: readonly Source[] = [
  {
    name: 'sales',
    file: ['rossmann', 'train_194stores.csv.gz'],
    window: 150,
    asked: 100,
    apart: 40,
    what: 'shops (Rossmann), features of the sales example',
    tables: async (text) => {
      const { parseSales, salesTable } = await program('examples/sales/features.js')
      return new Map([...parseSales(text)].map(([name, days]) => [name, salesTable(days).columns]))
    },
  },
  {
    name: 'm5',
    file: ['m5', 'daily_sales_store_dept.csv.gz'],
    window: 250,
    asked: 150,
    apart: 14,
    what: 'departments of stores (M5), features of that experiment',
    tables: async (text) => {
      const { parseDays, rowsOf } = await program('bench/experiments/m5/features.js')
      const { tableOf } = await program('bench/experiments/series.js')
      return new Map([...parseDays(text)].map(([name, days]) => [name, tableOf(rowsOf(days)).rows]))
    },
  },
  {
    name: 'beijing',
    file: ['beijing', 'every6h_12stations.csv.gz'],
    window: 360,
    asked: 240,
    apart: 12,
    what: 'years of air quality stations (Beijing), features of that experiment',
    tables: async (text) => {
      const { parseReadings, rowsOf } = await program('bench/experiments/beijing/features.js')
      const { tableOf } = await program('bench/experiments/series.js')
      return new Map([...parseReadings(text)].map(([name, readings]) => [name, tableOf(rowsOf(readings)).rows]))
    },
  },
]

// Enough for an embedding of these rows: what is compared is a search among them.
const iterations = 10

/** The islands whose data LEARNWARE_DATA holds; embeddings made once are kept in build/bench. */
export const realIslands = async (learnwares: number, users: number): Promise<RealIsland[]> => {
  const islands: RealIsland[] = []
  for (const source of sources) {
    const file = join(process.env.LEARNWARE_DATA ?? '', ...source.file)
    if (!existsSync(file)) continue
    const all = await keptEmbeddings(`real-${source.name}-${learnwares}-${users}`, async () =>
      cut(source, await source.tables(gunzipSync(readFileSync(file)).toString()), learnwares, users),
    )
    islands.push({
      name: source.name,
      columns: all[0].points.columns,
      learnwares: all.slice(0, learnwares),
      users: all.slice(learnwares),
      said: source.what,
    })
  }
  return islands
}

/** Windows in time over the series of the market, then those of users: half over other series, half between those of the market. */
const cut = (source: Source, tables: Map<string, Table>, learnwares: number, users: number): Embedding[] => {
  const names = [...tables.keys()].sort().filter((name) => lengthOf(tables.get(name)) >= 1.2 * source.window)
  // Every so many-th series is apart, so that both kinds are spread over the names.
  const step = Math.floor(names.length / source.apart)
  const isApart = (i: number): boolean => i % step === step - 1
  const inMarket = names.filter((_, i) => !isApart(i))
  const apart = names.filter((_, i) => isApart(i))
  const encoded = encodedBy(inMarket.map((name) => tables.get(name) as Table))
  const over = (among: readonly string[], many: number, length: number): Embedding[] =>
    Array.from({ length: many }, (_, i) => {
      const table = tables.get(among[i % among.length]) as Table
      const round = Math.floor(i / among.length)
      const rounds = Math.ceil(many / among.length)
      const start = Math.floor(((round + 0.5) * (lengthOf(table) - length)) / rounds)
      const data = encoded(table, start, length)
      const columns = data.length / length
      return reduce(matrix(data, length, columns), {
        kernel: gaussian(1 / (4 * columns)),
        size: Math.ceil(Math.sqrt(length)),
        iterations,
        measure: false,
        seed: i,
      })
    })
  return [
    ...over(inMarket, learnwares, source.window),
    ...over(apart, users / 2, source.asked),
    ...over(inMarket, users - users / 2, source.asked),
  ]
}

const lengthOf = (table: Table | undefined): number => Object.values(table ?? {})[0]?.length ?? 0

/** Columns by their mean and standard deviation over all rows of the market, clipped to ±8. */
const encodedBy = (tables: readonly Table[]) => {
  const scales = Object.keys(tables[0]).map((name) => {
    const values = tables.flatMap((table) => Array.from(table[name]))
    const centre = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length
    return { name, centre, scale: Math.sqrt(variance) || 1 }
  })
  return (table: Table, start: number, length: number): Float32Array => {
    const data = new Float32Array(length * scales.length)
    scales.forEach(({ name, centre, scale }, k) => {
      for (let i = 0; i < length; i++) {
        data[i * scales.length + k] = Math.min(8, Math.max(-8, (table[name][start + i] - centre) / scale))
      }
    })
    return data
  }
}
