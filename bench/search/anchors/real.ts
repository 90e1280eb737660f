import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { permutation, uniforms } from '../../../src/base/random.js'
import { onnxRuntime } from '../../../src/onnx/index.js'
import { fileStore } from '../../../src/store/file.js'
import { memoryStore } from '../../../src/store/memory.js'
import type { Store } from '../../../src/store/store.js'
import type { AnchorSet, Labelled } from './set.js'

interface User {
  readonly rows: Record<string, Float64Array>
  readonly labels: readonly unknown[]
  readonly test: Labelled
}

const example = (path: string) => import(pathToFileURL(join(process.cwd(), 'examples', path)).href)

/** Some of a user's rows, drawn by a seed. */
const drawn = ({ rows, labels }: User, count: number, seed: number): Labelled => {
  const order = permutation(uniforms(seed), labels.length, count)
  return {
    rows: Object.fromEntries(
      Object.entries(rows).map(([name, values]) => [name, Float64Array.from(order, (i) => values[i])]),
    ),
    labels: Array.from(order, (i) => labels[i]),
  }
}

/** The first `most` learnwares by id of some markets on disk, in one market in memory. */
const joinedStore = async (folders: readonly string[], most: number): Promise<Store> => {
  const store = memoryStore()
  const islands = new Set<string>()
  const found: {
    record: Awaited<ReturnType<Store['records']>>[number]
    from: Store
  }[] = []
  const opened = folders.map((folder) => fileStore(folder, { readOnly: true }))
  for (const from of opened) {
    for (const record of await from.records()) {
      if (record.kind === 'learnware') found.push({ record, from })
      else if (record.kind === 'island' && !islands.has(record.key)) {
        islands.add(record.key)
        await store.append([record])
      }
    }
  }
  found.sort((a, b) => (a.record.key < b.record.key ? -1 : 1))
  for (const { record, from } of found.slice(0, most)) {
    const { model, specification } = record.value as {
      model: string
      specification: string
    }
    for (const address of [model, specification]) await store.putBlob(await from.blob(address))
    await store.append([record])
  }
  for (const from of opened) await from.close()
  return store
}

/** The 50 classifiers of handwritten digits, and users with six of the ten; no draw of users was used before. */
export const digitsSet = async (users: number, few: number): Promise<AnchorSet> => {
  const { digits } = await example('digits/island.js')
  const tasks = await example('digits/tasks.js')
  const all = tasks.parseDigits(readFileSync(join(process.cwd(), 'examples/digits/digits.csv'), 'utf8'))
  const drawnUsers: User[] = tasks.users(all, 20_260_101, users)
  return {
    name: 'digits',
    runtime: onnxRuntime(),
    store: await joinedStore([digits.folder()], 80),
    submissions: () => [],
    users: drawnUsers.map((user, u) => ({
      few: drawn(user, few, 31 * u + 7),
      test: user.test,
    })),
    loss: digits.loss,
  }
}

/**
 * 80 models of shops, or those of `markets`, and the 41 shops that no market knows, `draws` times each; undefined where the
 * data are not here.
 */
export const salesSet = async (
  draws: number,
  few: number,
  { markets = [0, 1], most = 80 }: { markets?: readonly number[]; most?: number } = {},
): Promise<AnchorSet | undefined> => {
  const { sales } = await example('sales/island.js')
  if (!sales.isHere()) return undefined
  const shops: User[] = sales.users()
  return {
    name: few === 20 ? 'sales' : `sales, ${few} rows`,
    runtime: onnxRuntime(),
    store: await joinedStore(
      markets.map((choice) => sales.folder(choice)),
      most,
    ),
    submissions: () => [],
    users: shops.flatMap((shop, s) =>
      Array.from({ length: draws }, (_, d) => ({
        few: drawn(shop, few, 1000 * s + d + 3),
        test: shop.test,
      })),
    ),
    loss: sales.loss,
  }
}
