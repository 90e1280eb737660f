import { readFileSync, writeSync } from 'node:fs'
import { openMarket } from '../../src/market/market.js'
import { fileStore } from '../../src/store/file.js'
import { type FileSystem, nodeFileSystem, type OpenFile } from '../../src/store/file-system.js'
import { numberModel, numberRuntime } from '../market/number-runtime.js'

// Submits without end and says on its standard output what it does: W before and w after each call that changes the
// disk, R and the id for each receipt. Its parent kills it.

const [folder, material, first] = process.argv.slice(2)
const say = (text: string): void => {
  writeSync(1, `${text}\n`)
}

const marked = async <T>(action: () => Promise<T>): Promise<T> => {
  say('W')
  const result = await action()
  say('w')
  return result
}

/** The disk, told about and slowed down: a blob goes out in pieces of 1 KiB, the log in pieces of 64 bytes. */
const slow = (system: FileSystem): FileSystem => {
  const slowFile = (file: OpenFile, piece: number): OpenFile => ({
    write: (bytes, position) => marked(() => file.write(bytes.subarray(0, piece), position)),
    sync: () => marked(() => file.sync()),
    truncate: (length) => marked(() => file.truncate(length)),
    close: () => file.close(),
  })
  return {
    ...system,
    open: async (path, exclusive) =>
      slowFile(await marked(() => system.open(path, exclusive)), path.endsWith('records') ? 64 : 1024),
    rename: (from, to) => marked(() => system.rename(from, to)),
    link: (from, to) => marked(() => system.link(from, to)),
    remove: (path) => marked(() => system.remove(path)),
    syncDirectory: (path) => marked(() => system.syncDirectory(path)),
  }
}

const { description } = JSON.parse(readFileSync(`${material}/description.json`, 'utf8'))
const specification = new Uint8Array(readFileSync(`${material}/specification`))
const store = fileStore(folder, { fileSystem: slow(await nodeFileSystem()) })
say('S')
const market = await openMarket({ store, runtime: numberRuntime })
say('O')
for (let i = 0; ; i++) {
  const model = new Uint8Array(16_384).fill(i)
  model.set(numberModel({ weights: [2, -1], bias: 90, note: `${first} ${i}` }))
  const { id, status, findings } = await market.submit({ model, description, specification })
  if (status !== 'accepted') throw new Error(JSON.stringify(findings))
  say(`R${id}`)
}
