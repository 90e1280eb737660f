import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { type Matrix, matrix, takeRows } from '../../../src/base/matrix.js'
import { permutation, uniforms } from '../../../src/base/random.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import type { Embedding } from '../../../src/rkme/embedding.js'
import { reduce } from '../../../src/rkme/reduce/reduce.js'
import { normals } from '../../../src/wasm/scalar.js'
import { keptEmbeddings } from './kept.js'
import type { RealIsland } from './real.js'

const rows = 64
/** So many rows are drawn, of which the learnware keeps the 64 farthest along a direction of its own. */
const drawn = 256
const iterations = 10
/** The part of all rows that no learnware has. */
const apart = 1 / 3

/** The islands of the views in LEARNWARE_DATA, one for each file of features. */
export const viewIslands = async (learnwares: number, users: number): Promise<RealIsland[]> => {
  const islands: RealIsland[] = []
  for (const { name, rows: load } of views()) {
    const all = await keptEmbeddings(`view-${name}-${learnwares}-${users}`, async () =>
      cut(standardised(await load()), learnwares, users),
    )
    islands.push({
      name,
      columns: all[0].points.columns,
      learnwares: all.slice(0, learnwares),
      users: all.slice(learnwares),
      said: name,
    })
  }
  return islands
}

interface View {
  readonly name: string
  rows(): Promise<Matrix>
}

const views = (): View[] => {
  const from = (set: string, pattern: RegExp, read: (bytes: Buffer) => Promise<Matrix>): View[] => {
    const folder = join(process.env.LEARNWARE_DATA ?? '', set)
    if (!existsSync(folder)) return []
    return readdirSync(folder)
      .sort()
      .flatMap((file) => {
        const view = file.match(pattern)?.[1]
        if (view === undefined || view === 'labels') return []
        return [{ name: `${set} ${view}`, rows: () => read(readFileSync(join(folder, file))) }]
      })
  }
  return [
    ...from('mfeat', /^mfeat_(\w+)\.csv\.gz$/, async (bytes) => {
      const [, ...lines] = gunzipSync(bytes).toString().trim().split('\n')
      const cells = lines.map((line) => line.split(',').slice(0, -1).map(Number))
      return matrix(Float64Array.from(cells.flat()), cells.length, cells[0].length)
    }),
    ...from('mosei', /^(\w+)\.npy$/, async (bytes) => {
      const { readNpy } = await import(pathToFileURL(join(process.cwd(), 'bench/experiments/npy.js')).href)
      const { data, rows, columns } = readNpy(bytes)
      return matrix(data, rows, columns)
    }),
  ]
}

/** Columns by their mean and standard deviation, clipped to ±8. */
const standardised = ({ rows, columns, data }: Matrix): Matrix => {
  const result = new Float64Array(data.length)
  for (let k = 0; k < columns; k++) {
    let sum = 0
    let squares = 0
    for (let i = 0; i < rows; i++) sum += data[i * columns + k] / rows
    for (let i = 0; i < rows; i++) squares += (data[i * columns + k] - sum) ** 2 / rows
    const scale = Math.sqrt(squares) || 1
    for (let i = 0; i < rows; i++) {
      result[i * columns + k] = Math.min(8, Math.max(-8, (data[i * columns + k] - sum) / scale))
    }
  }
  return matrix(result, rows, columns)
}

/** Learnwares, then users: half of rows that no learnware has, half of the rows of the market. */
const cut = (all: Matrix, learnwares: number, users: number): Embedding[] => {
  const order = permutation(uniforms(1), all.rows, all.rows)
  const others = Math.floor(apart * all.rows)
  const over = (among: Int32Array, many: number, first: number): Embedding[] =>
    Array.from({ length: many }, (_, i) => {
      const seed = first + i
      const chosen = permutation(uniforms(seed), among.length, Math.min(drawn, among.length)).map((at) => among[at])
      const direction = normals(seed, all.columns)
      const along = new Map(
        Array.from(chosen, (row) => {
          const start = row * all.columns
          return [row, direction.reduce((sum, value, k) => sum + value * all.data[start + k], 0)]
        }),
      )
      const farthest = Array.from(chosen)
        .sort((a, b) => (along.get(b) as number) - (along.get(a) as number))
        .slice(0, rows)
      return reduce(takeRows(all, farthest), {
        kernel: gaussian(1 / (4 * all.columns)),
        size: Math.ceil(Math.sqrt(rows)),
        iterations,
        measure: false,
        seed,
      })
    })
  return [
    ...over(order.slice(others), learnwares, 10),
    ...over(order.slice(0, others), users / 2, 500_010),
    ...over(order.slice(others), users - users / 2, 700_010),
  ]
}
