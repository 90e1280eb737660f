import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileStore } from '../../src/store/file.js'
import type { StoredRecord } from '../../src/store/store.js'
import { faultyFileSystem, type Plan } from './faulty.js'
import { temporaryFolder } from './folder.js'

const record = (i: number): StoredRecord => ({ kind: 'thing', key: `k${i}`, value: { i } })

/** Opens, puts a blob, appends two batches, closes; answers which batches were acknowledged. */
const work = async (folder: string, plan?: Plan) => {
  const fileSystem = await faultyFileSystem(plan)
  const store = fileStore(folder, { fileSystem })
  const done: StoredRecord[] = []
  let failure: unknown
  try {
    const address = await store.putBlob(Uint8Array.of(1, 2, 3))
    await store.append([{ kind: 'blob', key: address, value: true }, record(1)])
    done.push({ kind: 'blob', key: address, value: true }, record(1))
    await store.append([record(2), record(3)])
    done.push(record(2), record(3))
    await store.close()
  } catch (error) {
    failure = error
  }
  return { fileSystem, store, done, failure }
}

describe('a process killed at every call that changes the disk', () => {
  it('leaves a store that opens with all that was acknowledged, and each batch whole or not at all', async () => {
    const { fileSystem } = await work(join(temporaryFolder(), 'whole'))
    expect(fileSystem.calls).toBeGreaterThan(20)
    let unacknowledged = 0
    for (let at = 0; at < fileSystem.calls; at++) {
      for (const part of [undefined, 0.01, 0.5, 1]) {
        const folder = join(temporaryFolder(), 'market')
        const killed = await work(folder, { at, part, kind: 'kill' })
        await killed.fileSystem.die()
        const store = fileStore(folder, { fileSystem: await faultyFileSystem() })
        const records = await store.records()
        expect(records.slice(0, killed.done.length)).toEqual(killed.done)
        expect([0, 2, 4]).toContain(records.length)
        if (records.length > killed.done.length) unacknowledged++
        for (const { kind, key } of records)
          if (kind === 'blob') expect(await store.blob(key)).toEqual(Uint8Array.of(1, 2, 3))
        await store.append([record(9)])
        expect(await store.records()).toEqual([...records, record(9)])
        await store.close()
      }
    }
    expect(unacknowledged).toBeGreaterThan(0)
  })
})

describe('a disk that fails once, at every call', () => {
  it('is told to the caller, and the same store goes on without a lost or half batch', async () => {
    const { calls } = (await work(join(temporaryFolder(), 'whole'))).fileSystem
    for (let at = 0; at < calls; at++) {
      for (const part of [undefined, 0.5]) {
        const folder = join(temporaryFolder(), 'market')
        const { store, done, failure, fileSystem } = await work(folder, { at, part, kind: 'ENOSPC' })
        if (failure === undefined || done.length === 4) {
          await fileSystem.die()
          continue
        }
        expect(failure).toMatchObject({ code: 'quota', message: expect.stringMatching(/no space left.*try again/) })
        await store.append([record(9)])
        expect(await store.records()).toEqual([...done, record(9)])
        await store.close()
      }
    }
  })
})
