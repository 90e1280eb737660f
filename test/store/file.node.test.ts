import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { fileStore } from '../../src/store/file.js'
import { type FileSystem, nodeFileSystem } from '../../src/store/file-system.js'
import { storeContract } from './contract.js'
import { contentOf, temporaryFolder } from './folder.js'

storeContract('fileStore', async () => {
  const folder = join(temporaryFolder(), 'deep', 'market')
  return { open: () => fileStore(folder), keeps: true }
})

const record = (i: number) => ({ kind: 'thing', key: `k${i}`, value: { i, text: 'word '.repeat(i) } })

const filled = async (count: number): Promise<string> => {
  const folder = temporaryFolder()
  const store = fileStore(folder)
  for (let i = 0; i < count; i++) await store.append([record(i)])
  await store.putBlob(Uint8Array.of(1, 2, 3))
  await store.close()
  return folder
}

describe('a log that was damaged', () => {
  it('opens with the last complete state when cut at any byte of its last batch', async () => {
    const folder = await filled(3)
    const path = join(folder, 'records')
    const whole = readFileSync(path)
    const lastBatch = whole.lastIndexOf(10, whole.length - 2) + 1
    for (let length = lastBatch; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length))
      const readOnly = fileStore(folder, { readOnly: true })
      expect(await readOnly.records()).toEqual([record(0), record(1)])
      await readOnly.close()
      const store = fileStore(folder)
      expect(await store.records()).toEqual([record(0), record(1)])
      await store.append([record(7)])
      expect(await store.records()).toEqual([record(0), record(1), record(7)])
      await store.close()
    }
  })

  it('opens when a power cut left zeros where the last batch should be', async () => {
    const folder = await filled(3)
    const path = join(folder, 'records')
    const whole = readFileSync(path)
    const lastBatch = whole.lastIndexOf(10, whole.length - 2) + 1
    for (const from of [lastBatch, lastBatch + 10, lastBatch + 40]) {
      writeFileSync(path, Buffer.from(whole).fill(0, from))
      const store = fileStore(folder)
      expect(await store.records()).toEqual([record(0), record(1)])
      await store.close()
    }
  })

  it('opens when it was cut inside its first line', async () => {
    const folder = await filled(0)
    for (const length of [0, 1, 10]) {
      truncateSync(join(folder, 'records'), length)
      const store = fileStore(folder)
      expect(await store.records()).toEqual([])
      await store.append([record(1)])
      await store.close()
      const again = fileStore(folder)
      expect(await again.records()).toEqual([record(1)])
      await again.close()
    }
  })

  it('is refused, and left as it is, when any byte before the last batch is wrong', async () => {
    const folder = await filled(3)
    const path = join(folder, 'records')
    const whole = readFileSync(path)
    const lastBatch = whole.lastIndexOf(10, whole.length - 2) + 1
    for (let at = 0; at < lastBatch; at++) {
      const damaged = Buffer.from(whole)
      damaged[at] ^= 4
      writeFileSync(path, damaged)
      for (const readOnly of [true, false]) {
        const store = fileStore(folder, { readOnly })
        await expect(store.records()).rejects.toMatchObject({
          code: expect.stringMatching(/corrupt|version/),
          message: expect.stringMatching(/restore it|restore the file|update the library/),
        })
        await store.close()
      }
      expect(readFileSync(path).equals(damaged)).toBe(true)
    }
  })

  it('of a later version asks for a newer library', async () => {
    const folder = await filled(1)
    writeFileSync(join(folder, 'records'), 'learnware records 2\0\nsomething else')
    await expect(fileStore(folder).records()).rejects.toMatchObject({ code: 'version' })
  })
})

describe('blobs on disk', () => {
  it('are refused when their bytes changed, and healed when they are put again', async () => {
    const folder = await filled(1)
    const [address] = readdirSync(join(folder, 'blobs'))
    writeFileSync(join(folder, 'blobs', address), 'other')
    const store = fileStore(folder)
    await expect(store.blob(address)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(/restore/),
    })
    await store.putBlob(Uint8Array.of(1, 2, 3))
    expect(await store.blob(address)).toEqual(Uint8Array.of(1, 2, 3))
    await store.close()
  })
})

describe('opening read only', () => {
  it('writes nothing, takes no lock, and many may do it beside a writer', async () => {
    const folder = await filled(2)
    const before = contentOf(folder)
    const readers = [1, 2, 3].map(() => fileStore(folder, { readOnly: true }))
    for (const reader of readers) expect(await reader.records()).toEqual([record(0), record(1)])
    expect(contentOf(folder)).toEqual(before)
    await expect(readers[0].append([record(1)])).rejects.toMatchObject({ code: 'denied', message: /readOnly/ })
    await expect(readers[0].putBlob(new Uint8Array(1))).rejects.toMatchObject({ code: 'denied' })
    const writer = fileStore(folder)
    await writer.append([record(2)])
    expect((await readers[1].records()).length).toBe(3)
    for (const store of [...readers, writer]) await store.close()
    expect(Object.keys(contentOf(folder))).toEqual(Object.keys(before))
  })

  it('works in a directory that may not be written', async () => {
    const folder = await filled(2)
    for (const path of [join(folder, 'blobs'), folder]) chmodSync(path, 0o555)
    const store = fileStore(folder, { readOnly: true })
    expect((await store.records()).length).toBe(2)
    for (const path of [folder, join(folder, 'blobs')]) chmodSync(path, 0o755)
  })

  it('of nothing is refused and makes nothing', async () => {
    const folder = join(temporaryFolder(), 'nothing')
    await expect(fileStore(folder, { readOnly: true }).records()).rejects.toMatchObject({
      code: 'absent',
      message: expect.stringMatching(/holds no learnware store.*check the path/),
    })
    expect(existsSync(folder)).toBe(false)
  })
})

it('takes a file: URL too', async () => {
  const folder = await filled(2)
  const store = fileStore(pathToFileURL(`${folder}/`), { readOnly: true })
  expect((await store.records()).length).toBe(2)
})

describe('the lock', () => {
  it('keeps a second writer out and is given back', async () => {
    const folder = temporaryFolder()
    const first = fileStore(folder)
    await first.append([record(1)])
    const second = fileStore(folder)
    await expect(second.records()).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringMatching(/close that market first, or open this one with readOnly: true/),
    })
    await first.close()
    expect(existsSync(join(folder, 'lock'))).toBe(false)
    expect(await second.records()).toEqual([record(1)])
    await second.close()
  })

  it('is given back once close has resolved, whoever called it first, and where the log does not close', async () => {
    const folder = temporaryFolder()
    const system = await nodeFileSystem()
    const fileSystem: FileSystem = {
      ...system,
      async open(path, exclusive) {
        const file = await system.open(path, exclusive)
        const close = async (): Promise<void> => {
          await file.close()
          if (path.endsWith('records')) throw new Error('EIO: injected')
        }
        return { ...file, close }
      },
    }
    const store = fileStore(folder, { fileSystem })
    await store.append([record(1)])
    const closings = await Promise.allSettled([store.close(), store.close()])
    expect(closings.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(existsSync(join(folder, 'lock'))).toBe(false)
    const again = fileStore(folder)
    await again.append([record(2)])
    void again.close()
    await again.close()
    expect(existsSync(join(folder, 'lock'))).toBe(false)
  })

  it('lets one of many win', async () => {
    const folder = temporaryFolder()
    const stores = Array.from({ length: 8 }, () => fileStore(folder))
    const results = await Promise.allSettled(stores.map((store) => store.records()))
    expect(results.filter((result) => result.status === 'fulfilled').length).toBe(1)
    for (const store of stores) await store.close()
  })

  it('of a dead process, or of another with its number, or without sense, is taken over', async () => {
    const folder = await filled(1)
    const gone = spawnSync(process.execPath, ['-e', ''])
    const locks = [
      JSON.stringify({ pid: gone.pid, host: hostname(), start: '1' }),
      JSON.stringify({ pid: process.pid, host: hostname(), start: 'another time' }),
      '',
      'no json',
      '{}',
    ]
    for (const lock of locks) {
      writeFileSync(join(folder, 'lock'), lock)
      const store = fileStore(folder)
      expect(await store.records()).toEqual([record(0)])
      await store.close()
      expect(readdirSync(folder).sort()).toEqual(['blobs', 'records'])
    }
  })

  it('of another machine is respected', async () => {
    const folder = await filled(1)
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: 1, host: 'another', start: '1' }))
    await expect(fileStore(folder).records()).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringMatching(/another machine.*delete that file/),
    })
  })
})

it('sweeps what an interrupted write left behind', async () => {
  const folder = await filled(1)
  for (const name of ['lock.1-a.tmp', 'blobs/abc.1-a.tmp']) writeFileSync(join(folder, name), 'half')
  const store = fileStore(folder)
  await store.records()
  await store.close()
  expect(readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('.tmp'))).toEqual([])
})

it('refuses a directory that is a file, and a path that is no text', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'a'))
  writeFileSync(join(folder, 'a', 'file'), '')
  await expect(fileStore(join(folder, 'a', 'file')).records()).rejects.toThrow(/EEXIST|ENOTDIR/)
  expect(() => fileStore(undefined as unknown as string)).toThrow(
    /"directory" expected the path or the file: URL of a directory, got undefined/,
  )
})
