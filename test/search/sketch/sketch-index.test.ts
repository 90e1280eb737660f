import { describe, expect, test } from 'vitest'
import { uniforms } from '../../../src/base/random.js'
import { nearestSteps, pool } from '../../../src/search/sketch/certified.js'
import { fitProjection } from '../../../src/search/sketch/projection.js'
import { adoptIndex, openIndex, sketchIndex } from '../../../src/search/sketch/sketch-index.js'
import { driven, indexed } from '../indexed.js'
import { arbitrary } from '../islands.js'

const embeddings = Array.from({ length: 300 }, (_, i) => arbitrary(i + 1, 5, 3))
const island = indexed(embeddings)
const user = arbitrary(555, 8, 3)
const answer = (index: typeof island.index) =>
  driven(nearestSteps(pool(user, index), { top: 10 }), { ...island, index }).value

describe('the index as one buffer', () => {
  test('comes back from its bytes, and goes on in place', () => {
    const expected = answer(island.index)
    const bytes = island.index.save()
    const opened = openIndex(bytes.slice())
    expect(answer(opened)).toEqual(expected)
    expect(opened.save()).toEqual(bytes)
    opened.remove(island.places[17])
    expect(opened.ordinalAt(island.places[17])).toBeUndefined()
    expect(opened.add(17, embeddings[17])).toBe(island.places[17])
    expect(answer(opened)).toEqual(expected)
    const again = openIndex(opened.save())
    expect([again.size, again.places]).toEqual([300, 300])
    expect(answer(again)).toEqual(expected)
  })

  test('goes to another thread as it is, and is gone here', () => {
    const moved = openIndex(island.index.save())
    const buffer = structuredClone(moved.release(), { transfer: [] })
    expect(answer(adoptIndex(buffer))).toEqual(answer(island.index))
    expect(() => moved.add(1, embeddings[1])).toThrow()
    expect(() => adoptIndex(new Uint8Array(3) as never)).toThrow(/"buffer" expected an ArrayBuffer/)
  })

  test('remembers free places and its holder through its bytes', () => {
    const changed = openIndex(island.index.save())
    changed.holder = new Uint8Array(32).fill(7)
    changed.remove(3)
    changed.remove(299)
    const opened = openIndex(changed.save())
    expect(opened.size).toBe(298)
    expect(opened.holder).toEqual(new Uint8Array(32).fill(7))
    expect([opened.add(3, embeddings[3]), opened.add(299, embeddings[299])].sort()).toEqual([299, 3])
    expect(opened.places).toBe(300)
    expect(answer(opened)).toEqual(answer(island.index))
  })

  test('replaces in place', () => {
    const changed = openIndex(island.index.save())
    changed.replace(40, user)
    const all = island.all.map((one, i) => (i === 40 ? { ...one, embedding: user } : one))
    const { value } = driven(nearestSteps(pool(user, changed), { top: 1 }), { ...island, all, index: changed })
    expect(value.ranked[0].id).toBe('id00040')
    expect(changed.size).toBe(300)
  })

  test('takes at most 150 bytes a learnware at 128 coordinates', () => {
    const projection = fitProjection(embeddings, { basis: 64 })
    const bytes = (room: number) => sketchIndex(projection, { room }).blocks.bytes.length
    expect((bytes(102400) - bytes(0)) / 102400).toBeLessThan(149.5)
  })

  test('refuses what is cut or has one bit wrong', () => {
    const bytes = island.index.save()
    const random = uniforms(3)
    for (let i = 0; i < 60; i++) {
      const wrong = bytes.slice()
      wrong[i < 20 ? i * 7 : Math.floor(random() * wrong.length)] ^= 1 << (i % 8)
      expect(() => openIndex(wrong), `flip ${i}`).toThrow(
        expect.objectContaining({ name: 'MarketError', code: 'corrupt' }),
      )
    }
    for (const length of [0, 3, 143, 144, 1000, bytes.length - 1]) {
      expect(() => openIndex(bytes.slice(0, length))).toThrow(expect.objectContaining({ code: 'corrupt' }))
    }
    expect(() => openIndex('LWIX' as never)).toThrow(expect.objectContaining({ code: 'corrupt' }))
  })

  test('says when its projection no longer fits what came', () => {
    const near = Array.from({ length: 300 }, (_, i) => arbitrary(i + 1, 5, 3))
    const index = sketchIndex(island.index.projection, { sample: near.slice(0, 40) })
    for (const [i, embedding] of near.entries()) index.add(i, embedding)
    expect(index.worn()).toBe(false)
    const far = { ...near[0], points: { ...near[0].points, data: near[0].points.data.map((x) => x + 30) } }
    for (let i = 0; i < 1000; i++) index.add(300 + i, far)
    expect(index.worn()).toBe(true)
  })

  test('refuses a place that holds nothing, and sizes that make no sense', () => {
    const index = openIndex(island.index.save())
    expect(() => index.remove(300)).toThrow(/"place" expected a place that holds a learnware, got 300/)
    expect(() => index.replace(-1, user)).toThrow(/"place"/)
    expect(() => index.add(-1, user)).toThrow(/"ordinal"/)
    expect(() => fitProjection([])).toThrow(/"embeddings"/)
    expect(() => fitProjection(embeddings, { dimension: 100 })).toThrow(/multiple of 32/)
  })
})
