import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gaussian } from '../../src/kernel/kernel.js'
import { decode, encode, fromJson, toJson } from '../../src/rkme/codec.js'
import { embed } from '../../src/rkme/mmd.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { data3 } from '../reference.js'

const X = data3(60, 1)
const embeddings = {
  plain: reduce(X, { size: 5, seed: 1 }),
  classes: reduce(X, { size: 6, labels: X.map(([a]) => (a > 2 ? 'right' : 'left')) }),
  joint: reduce(X, { size: 5, labels: X.map(([a, b]) => a + b) }),
  single: reduce([[1]], { kernel: gaussian(1) }),
  every: embed(X, gaussian(0.5)),
}

describe('codecs', () => {
  test.each(Object.entries(embeddings))('decode ∘ encode is the identity (%s)', (_, embedding) => {
    expect(decode(encode(embedding))).toEqual(embedding)
    expect(encode(decode(encode(embedding)))).toEqual(encode(embedding))
    expect(fromJson(toJson(embedding))).toEqual(embedding)
    expect(fromJson(JSON.stringify(toJson(embedding)))).toEqual(embedding)
  })

  test('any damaged byte and any cut is noticed', () => {
    const bytes = encode(embeddings.classes)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = bytes.slice()
        damaged[at] ^= flip
        expect(() => decode(damaged)).toThrow(expect.objectContaining({ name: 'MarketError', code: 'corrupt' }))
        expect(() => decode(bytes.slice(0, at))).toThrow(expect.objectContaining({ code: 'corrupt' }))
      }),
      { numRuns: 200 },
    )
  })

  test('damaged JSON is noticed, a newer version is named', () => {
    const json = toJson(embeddings.plain)
    const moved = { ...json, embedding: { ...json.embedding, weights: [1, 0, 0, 0, 0] } }
    expect(() => fromJson(moved)).toThrow(expect.objectContaining({ code: 'corrupt' }))
    expect(() => fromJson('{"format":')).toThrow(expect.objectContaining({ code: 'corrupt' }))
    expect(() => fromJson('null')).toThrow(expect.objectContaining({ code: 'corrupt' }))
    expect(() => fromJson({ ...json, version: 2 as 1 })).toThrow(expect.objectContaining({ code: 'version' }))
  })

  test('an unsound embedding is not written', () => {
    const { plain } = embeddings
    expect(() => encode({ ...plain, weights: plain.weights.slice(1) })).toThrow(
      '"embedding.weights" expected length 5, got 4',
    )
    expect(() => encode({ ...plain, kernel: { kind: 'gaussian', gamma: -1 } })).toThrow('"embedding.kernel.gamma"')
    expect(() =>
      toJson({ ...plain, points: { ...plain.points, data: plain.points.data.map(() => Number.NaN) } }),
    ).toThrow('"embedding.points" expected finite numbers')
  })
})
