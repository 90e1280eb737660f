import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Market, openMarket } from '../../src/market/market.js'
import { fileStore } from '../../src/store/file.js'
import { readLog } from '../../src/store/file-log.js'
import { faultyFileSystem, type Plan } from '../store/faulty.js'
import { contentOf, temporaryFolder } from '../store/folder.js'
import { numberRuntime } from './number-runtime.js'
import { shop, userRequirement } from './shops.js'

const shops = [0, 1, 2].map((place) => shop(place, { padding: 3000 }))
const user = userRequirement([1, 2])

const open = (folder: string, options: Parameters<typeof fileStore>[1] = {}): Promise<Market> =>
  openMarket({ store: fileStore(folder, options), runtime: numberRuntime })

describe('a market in a folder', () => {
  it('answers the same after it was closed and opened, and read only', async () => {
    const folder = temporaryFolder()
    const first = await open(folder)
    const receipts = []
    for (const submission of shops) receipts.push(await first.submit(submission))
    const retired = await first.submit(shop(0, { seed: 50 }))
    await first.retire(retired.id)
    const [found, islands] = [await first.search(user), await first.islands()]
    await first.close()
    const before = contentOf(folder)
    for (const readOnly of [true, false]) {
      const again = await open(folder, { readOnly })
      expect(await again.search(user)).toEqual(found)
      expect(await again.islands()).toEqual(islands)
      for (const receipt of receipts) expect(await again.receipt(receipt.id)).toEqual(receipt)
      await expect(again.fetch([retired.id])).rejects.toMatchObject({ code: 'retired' })
      expect((await again.fetch(found)).length).toBeGreaterThan(0)
      await again.close()
    }
    expect(contentOf(folder)).toEqual(before)
    const reader = await open(folder, { readOnly: true })
    await expect(reader.submit(shop(0, { seed: 51 }))).rejects.toMatchObject({ code: 'denied' })
    expect(contentOf(folder)).toEqual(before)
  })

  it('is not changed by a byte when a submission is rejected', async () => {
    const folder = temporaryFolder()
    const market = await open(folder)
    await market.submit(shops[0])
    const before = contentOf(folder)
    const bad = [
      { ...shops[1], model: new Uint8Array(10_000_000).fill(7) },
      { ...shops[1], model: shops[1].model.slice(0, 20) },
      { ...shops[1], specification: new Uint8Array(9) },
      shop(1, { model: { fault: 'wide' } }),
    ]
    for (const submission of bad) {
      expect((await market.submit(submission)).status).toBe('rejected')
      expect(contentOf(folder)).toEqual(before)
    }
    await market.close()
  })

  it('refuses a model whose bytes were changed on disk', async () => {
    const folder = temporaryFolder()
    const market = await open(folder)
    const { id } = await market.submit(shops[0])
    const models = Object.keys(contentOf(join(folder, 'blobs'))).filter((path) =>
      readFileSync(path, 'latin1').startsWith('NUM1'),
    )
    writeFileSync(models[0], 'NUM1{}')
    await expect(market.fetch([id])).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(/restore it from a copy/),
    })
    await market.close()
  })
})

/** Submits shop after shop until something fails; answers the receipts that were given. */
const submitAll = async (folder: string, plan?: Plan) => {
  const fileSystem = await faultyFileSystem(plan)
  const receipted: string[] = []
  try {
    const market = await open(folder, { fileSystem })
    for (const submission of shops) receipted.push((await market.submit(submission)).id)
    await market.close()
  } catch {
    // what was receipted until then is what counts
  }
  await fileSystem.die()
  return { receipted, calls: fileSystem.calls }
}

describe('a market killed at every call of its submissions that changes the disk', () => {
  it('opens with every receipted learnware, its model and its place in search', async () => {
    const { calls, receipted } = await submitAll(join(temporaryFolder(), 'whole'))
    expect(receipted.length).toBe(3)
    for (let at = 0; at < calls; at++) {
      const folder = join(temporaryFolder(), 'market')
      const killed = await submitAll(folder, { at, part: 0.5, kind: 'kill' })
      const market = await open(folder, { fileSystem: await faultyFileSystem() })
      const learnwares = await market.fetch(killed.receipted)
      expect(learnwares.map(({ id }) => id)).toEqual(killed.receipted)
      if (learnwares.length > 0) {
        const ranked = (await market.search(user)).ranked.map(({ id }) => id)
        for (const id of killed.receipted) expect(ranked).toContain(id)
      }
      expect((await market.submit(shops[2])).status).toBe('accepted')
      await market.close()
    }
  })

  it('opens with the last complete state when its records are cut at any byte of the last one', async () => {
    const folder = temporaryFolder()
    await submitAll(folder)
    const path = join(folder, 'records')
    const whole = readFileSync(path)
    const last = whole.lastIndexOf(10, whole.length - 2) + 1
    const complete = readLog(whole.subarray(0, last), path)
    expect(complete.length).toBe(last)
    for (let length = last; length < whole.length; length++) {
      expect(readLog(whole.subarray(0, length), path)).toEqual(complete)
      writeFileSync(path, whole.subarray(0, length))
      const market = await open(folder, { readOnly: true })
      expect((await market.islands()).map(({ learnwares }) => learnwares)).toEqual([2])
      await market.close()
    }
  })
})
