import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/base/codec.js'
import type { Store, StoredRecord } from '../../src/store/store.js'

/** A place whose store can be opened again and again; `open` gives a fresh handle on the same content where it is kept. */
export interface Place {
  open(): Store
  readonly keeps: boolean
}

const record = (i: number): StoredRecord => ({
  kind: 'thing',
  key: `k${i}`,
  value: { i, text: 'ä\n"\\\u2028', list: [1, null] },
})

/** What every store promises, run over each implementation. */
export const storeContract = (name: string, place: () => Promise<Place>): void => {
  describe(`${name}: what every store promises`, () => {
    it('gives back records in the order of their writing', async () => {
      const store = (await place()).open()
      expect(await store.records()).toEqual([])
      await store.append([record(1)])
      await store.append([record(2), record(3), record(1)])
      await store.append([])
      expect(await store.records()).toEqual([record(1), record(2), record(3), record(1)])
      await store.close()
    })

    it('keeps a batch of any number of records', async () => {
      const there = await place()
      const store = there.open()
      const many = Array.from({ length: 200_000 }, (_, i) => ({ kind: 'thing', key: `${i}`, value: i }))
      await store.append(many)
      expect((await store.records()).length).toBe(many.length)
      await store.close()
    })

    it('writes concurrent batches one after the other, each whole', async () => {
      const store = (await place()).open()
      await Promise.all(Array.from({ length: 20 }, (_, i) => store.append([record(i), { ...record(i), kind: 'mate' }])))
      const records = await store.records()
      expect(records.length).toBe(40)
      for (let i = 0; i < 40; i += 2) expect(records[i + 1]).toEqual({ ...records[i], kind: 'mate' })
      await store.close()
    })

    it('keeps blobs under their SHA-256, the same bytes once', async () => {
      const store = (await place()).open()
      for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 2, 3), new Uint8Array(100_000).map((_, i) => i * 7)]) {
        const [address, again] = await Promise.all([store.putBlob(bytes), store.putBlob(bytes)])
        expect(address).toBe(sha256Hex(bytes))
        expect(again).toBe(address)
        expect(await store.blob(address)).toEqual(bytes)
      }
      await store.close()
    })

    it('copies what comes in and what goes out', async () => {
      const store = (await place()).open()
      const bytes = Uint8Array.of(1, 2, 3)
      const put = store.putBlob(bytes)
      bytes[0] = 9
      const address = await put
      const out = await store.blob(address)
      out[1] = 9
      expect(await store.blob(address)).toEqual(Uint8Array.of(1, 2, 3))
      const value = { list: [1] }
      const appended = store.append([{ kind: 'thing', key: 'a', value }])
      value.list.push(2)
      await appended
      ;((await store.records())[0].value as { list: number[] }).list.push(3)
      expect((await store.records())[0].value).toEqual({ list: [1] })
      await store.close()
    })

    it('refuses what it cannot keep, and is then as it was', async () => {
      const store = (await place()).open()
      await store.append([record(1)])
      const wrong: [unknown, RegExp][] = [
        [
          [record(2), { kind: 'Thing', key: 'a', value: 1 }],
          /"records\[1\]\.kind" expected a lower-case word, got "Thing"/,
        ],
        [
          [record(2), { kind: 'thing', key: '', value: 1 }],
          /"records\[1\]\.key" expected 1 to 200 printable characters/,
        ],
        [[{ kind: 'thing', key: 'a\nb', value: 1 }], /printable/],
        [[{ kind: 'thing', key: 'a' }], /"records\[0\]\.value" expected a JSON value, got undefined/],
        ['records', /"records" expected an array/],
      ]
      for (const [records, message] of wrong)
        await expect(store.append(records as StoredRecord[])).rejects.toThrow(message)
      await expect(store.putBlob('abc' as unknown as Uint8Array)).rejects.toThrow(
        /"bytes" expected a Uint8Array, got "abc"/,
      )
      expect(await store.records()).toEqual([record(1)])
      await store.close()
    })

    it('reads nothing but content addresses', async () => {
      const store = (await place()).open()
      for (const address of ['../records', 'A'.repeat(64), 'a'.repeat(63), '', `${'a'.repeat(64)}/..`]) {
        await expect(store.blob(address)).rejects.toThrow(/"address" expected 64 hexadecimal digits/)
      }
      await expect(store.blob('a'.repeat(64))).rejects.toMatchObject({ code: 'absent' })
      await store.close()
    })

    it('says that it is closed', async () => {
      const store = (await place()).open()
      await store.append([record(1)])
      await store.close()
      await store.close()
      for (const call of [
        store.records(),
        store.append([record(1)]),
        store.putBlob(new Uint8Array(1)),
        store.blob('a'.repeat(64)),
      ]) {
        await expect(call).rejects.toMatchObject({
          code: 'unreachable',
          message: expect.stringMatching(/closed; .* new|again/),
        })
      }
    })

    it('is the same after it was closed and opened, where it keeps', async () => {
      const there = await place()
      if (!there.keeps) return
      const first = there.open()
      await first.append([record(1), record(2)])
      const address = await first.putBlob(Uint8Array.of(5))
      await first.close()
      const second = there.open()
      expect(await second.records()).toEqual([record(1), record(2)])
      expect(await second.blob(address)).toEqual(Uint8Array.of(5))
      await second.append([record(3)])
      await second.close()
      const third = there.open()
      expect(await third.records()).toEqual([record(1), record(2), record(3)])
      await third.close()
    })
  })
}
