import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gaussian } from '../../../src/kernel/kernel.js'
import { decode, encode } from '../../../src/rkme/codec.js'
import type { Embedding } from '../../../src/rkme/embedding.js'
import { embed, mmd } from '../../../src/rkme/mmd.js'
import { merge } from '../../../src/rkme/reduce/merge.js'
import { reduce } from '../../../src/rkme/reduce/reduce.js'
import { core } from '../../../src/wasm/instance.js'
import { data3, gauss, innerReference, mmdSquaredReference, rowsOf } from '../../reference.js'

const kernel = gaussian(0.5)

const shards = [gauss([0, 0], 900, 1), gauss([4, 0], 500, 2), data3(600, 3)]
const parts = shards.map((rows) => reduce(rows, { kernel, size: 16, seed: 1, iterations: 60 }))
const all = embed(shards.flat(), kernel)

describe('merge', () => {
  test('is the weighted union while it fits', () => {
    const merged = merge(parts, { size: 48 })
    expect([merged.reduction, merged.samples, merged.points.rows]).toEqual([0, 2000, 48])
    const union = parts.flatMap(({ points }) => rowsOf(points))
    const weights = parts.flatMap((part) => Array.from(part.weights, (weight) => (weight * part.samples) / 2000))
    const difference = mmdSquaredReference(union, weights, rowsOf(merged.points), merged.weights, 0.5)
    expect(Math.abs(difference)).toBeLessThan(1e-14)
    expect(merged.error).toBeCloseTo(
      parts.reduce((sum, part) => sum + (part.samples / 2000) * part.error, 0),
      14,
    )
    expect(merged.floor).toBeCloseTo(Math.sqrt((1 - innerReference(union, weights, union, weights, 0.5)) / 2000), 14)
  })

  test('bounds the distance to the rows, and adds no more than it says', () => {
    for (const constraint of ['cone', 'simplex', 'free'] as const) {
      for (const size of ['auto', 5, 12, 30, 48] as const) {
        const merged = merge(parts, { size, constraint })
        expect(mmd(merged, all)).toBeLessThanOrEqual(merged.error + 1e-9)
        expect(merged.reduction).toBeCloseTo(mmd(merged, merge(parts, { size: 48, constraint: 'free' })), 7)
        if (constraint !== 'free') expect(Math.min(...merged.weights)).toBeGreaterThanOrEqual(0)
        if (constraint === 'simplex') expect(merged.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
      }
    }
  })

  test('agrees with the reduction of all rows within the sampling noise', () => {
    const together = reduce(shards.flat(), { kernel })
    const merged = merge(
      shards.map((rows) => reduce(rows, { kernel })),
      {},
    )
    expect(mmd(merged, together)).toBeLessThan(together.floor)
    expect(mmd(merged, all)).toBeLessThan(together.floor)
    expect(merged.points.rows).toBeLessThanOrEqual(Math.ceil(Math.sqrt(2000)))
    expect(Math.abs(merged.floor / together.floor - 1)).toBeLessThan(0.01)
  })

  test('is exact where the embeddings were, whatever the cut', () => {
    const cut = fc
      .tuple(fc.integer({ min: 1, max: 38 }), fc.integer({ min: 1, max: 38 }))
      .map((ends) => ends.sort((a, b) => a - b))
    const X = data3(40, 9)
    fc.assert(
      fc.property(cut, ([a, b]) => {
        const pieces = [X.slice(0, a), X.slice(a, b + 1), X.slice(b + 1)].map((rows) => embed(rows, kernel))
        const merged = merge(pieces, { size: 40 })
        expect(mmd(merged, embed(X, kernel))).toBeLessThan(1e-7)
        expect(merged.error).toBe(0)
        const fewer = merge(pieces, { size: 6 })
        expect(fewer.error).toBeCloseTo(mmd(fewer, embed(X, kernel)), 7)
      }),
      { numRuns: 15 },
    )
  })

  test('the order changes no byte', () => {
    const twin: Embedding = { ...parts[0], weights: parts[0].weights.map((weight) => weight / 2) }
    for (const size of [20, 64]) {
      const bytes = encode(merge([...parts, twin], { size }))
      for (const order of [
        [3, 2, 1, 0],
        [1, 3, 0, 2],
      ]) {
        expect(
          encode(
            merge(
              order.map((i) => [...parts, twin][i]),
              { size },
            ),
          ),
        ).toEqual(bytes)
      }
    }
  })

  test('a single one comes back as it is, as a copy, or smaller where asked', () => {
    const merged = merge([parts[0]])
    expect(merged).toEqual({ ...parts[0], reduction: 0 })
    merged.points.data.fill(0)
    merged.weights.fill(0)
    expect(parts[0].weights.every((weight) => weight > 0)).toBe(true)
    const smaller = merge([parts[0]], { size: 6 })
    expect(smaller.points.rows).toBeLessThanOrEqual(6)
    expect(mmd(smaller, parts[0])).toBeCloseTo(smaller.reduction, 7)
  })

  test('merges classes with their priors, and joint embeddings', () => {
    const words = (rows: number[][]) => rows.map(([a, b]) => (a > 2 ? 'east' : b > 2 ? 'north' : 'home'))
    const labelled = shards.map((rows) => reduce(rows, { kernel, size: 24, iterations: 40, labels: words(rows) }))
    const { classes = [], ...plain } = merge(labelled, { size: 40 })
    expect(plain).toEqual(
      merge(
        labelled.map(({ classes: _, ...rest }) => rest),
        { size: 40 },
      ),
    )
    const rows = shards.flat()
    expect(classes.map(({ label }) => label)).toEqual(['east', 'home', 'north'])
    for (const { label, prior, embedding } of classes) {
      const own = rows.filter((_, i) => words(rows)[i] === label)
      expect(prior).toBeCloseTo(own.length / 2000, 12)
      expect(embedding.samples).toBe(own.length)
      expect(mmd(embedding, embed(own, kernel))).toBeLessThanOrEqual(embedding.error + 1e-9)
    }
    const jointly = shards.map((shard) =>
      reduce(shard, { kernel, size: 16, iterations: 40, labels: shard.map(([a, b]) => a - b) }),
    )
    const merged = merge(jointly, { size: 30 })
    const z = rows.map(([a, b]) => [a, b, (a - b) * Math.sqrt(0.5)])
    expect(merged.joint && mmd(merged.joint, embed(z, kernel))).toBeLessThanOrEqual((merged.joint?.error ?? 0) + 1e-9)
    const { reduction, ...stored } = merged
    expect(reduction).toBeGreaterThan(0)
    expect(decode(encode(merged))).toEqual(stored)
    expect(() => merge([labelled[0], parts[1]])).toThrow(
      '"embeddings" expected classes in all of them or in none, got 1 of 2',
    )
  })

  test('refuses what cannot be merged, changes nothing, the arena is back', () => {
    const before = core().mark()
    const copies = parts.map(({ points, weights }) => [points.data.slice(), weights.slice()])
    merge(parts, { size: 10 })
    parts.forEach(({ points, weights }, i) => expect([points.data, weights]).toEqual(copies[i]))
    expect(() => merge([])).toThrow('"embeddings" expected at least one embedding, got none')
    expect(() => merge([parts[0], embed([[0, 0]], gaussian(1))])).toThrow('make them under the same terms')
    expect(() => merge([parts[0], embed([[0]], kernel)])).toThrow('"points columns" expected length')
    expect(() => merge(parts, { size: 0 })).toThrow('"size" expected a whole number of at least 1, got 0')
    const signed = { ...parts[0], weights: parts[0].weights.map((weight, i) => (i ? weight : -weight)) }
    expect(() => merge([signed, parts[1]], { size: 8 })).toThrow('"embeddings" expected weights of at least 0 where 32')
    expect(merge([signed], { size: 16, constraint: 'free' }).weights).toEqual(signed.weights)
    expect(Math.min(...merge([signed], { size: 16 }).weights)).toBeGreaterThanOrEqual(0)
    expect(core().mark()).toBe(before)
  })
})
