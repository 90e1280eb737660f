import { describe, expect, test } from 'vitest'
import { type Matrix, takeRows } from '../../../src/base/matrix.js'
import type { Embedding } from '../../../src/rkme/embedding.js'
import { embed, mmd } from '../../../src/rkme/mmd.js'
import { localSource } from '../../../src/rkme/rows/driver.js'
import { type SumRequest, spanCount } from '../../../src/rkme/rows/request.js'
import { shareTaker } from '../../../src/rkme/rows/share.js'
import { encodeSpecification } from '../../../src/specification/codec.js'
import { coordinateBounds, encodeTable } from '../../../src/specification/rows/encode.js'
import { readTable } from '../../../src/specification/rows/table.js'
import { soundness } from '../../../src/specification/specify/soundness.js'
import { type SpecificationProgress, specify, specifyWith } from '../../../src/specification/specify/specify.js'
import type { Terms } from '../../../src/specification/terms.js'
import { core } from '../../../src/wasm/instance.js'
import { digitRows, digitsTerms, salesTerms, shopRows } from '../rows.js'
import type { Loose } from '../sample.js'

const empirical = (rows: Matrix, terms: Terms): Embedding => embed(rows, terms.kernel)
const coordinates = (rows: Loose, terms: Terms): Matrix => encodeTable(readTable(rows, terms.columns), terms)

describe('specify', () => {
  test('reduces mixed rows with missing values, and reports its true error', () => {
    const { rows } = shopRows(400, 1)
    const { embedding, island, audit, ...rest } = specify(salesTerms, rows, { seed: 7 })
    expect(island).toBe(salesTerms.island)
    expect(rest).toEqual({ version: 1 })
    expect(embedding.points.columns).toBe(7)
    expect(embedding.points.rows).toBeLessThanOrEqual(20)
    expect(embedding.samples).toBe(400)
    const full = empirical(coordinates(rows, salesTerms), salesTerms)
    expect(mmd(embedding, full)).toBeCloseTo(embedding.error, 6)
    expect(embedding.error).toBeLessThan(embedding.floor)
    expect(audit.copies).toBe(0)
    expect(audit.leastSupport).toBeGreaterThanOrEqual(5)
  })

  test('two samples of one distribution are nearer than two distributions', () => {
    const near = [1, 2].map((seed) => specify(digitsTerms, digitRows(300, seed).rows).embedding)
    const far = specify(digitsTerms, digitRows(300, 3, [0.1, 0.1, 0.8]).rows).embedding
    expect(mmd(near[0], near[1])).toBeLessThan(2 * (near[0].floor + near[1].floor))
    expect(mmd(near[0], far)).toBeGreaterThan(3 * mmd(near[0], near[1]))
  })

  test('makes class-wise embeddings with priors from class labels', () => {
    const { rows, labels } = digitRows(500, 5)
    const { classes = [], joint } = specify(digitsTerms, rows, { labels })
    expect(joint).toBeUndefined()
    expect(classes.map(({ label }) => label)).toEqual(['0', '1', '2'])
    const all = coordinates(rows, digitsTerms)
    for (const { label, prior, embedding } of classes) {
      const own = labels.flatMap((word, i) => (word === label ? [i] : []))
      expect(prior).toBe(own.length / 500)
      expect(embedding.samples).toBe(own.length)
      expect(mmd(embedding, empirical(takeRows(all, own), digitsTerms))).toBeCloseTo(embedding.error, 6)
      expect(embedding.error).toBeLessThan(embedding.floor)
    }
    // Numbers stand for class names, too.
    const numbers = specify(digitsTerms, rows, { labels: labels.map(Number) })
    expect(encodeSpecification(numbers)).toEqual(encodeSpecification(specify(digitsTerms, rows, { labels })))
  })

  test('a class of fewer than five rows would show them, so it is left out', () => {
    const { rows, labels } = digitRows(200, 6, [0.6, 0.4, 0])
    const few = labels.map((label, i) => (i < 4 ? '2' : label))
    const { classes = [] } = specify(digitsTerms, rows, { labels: few })
    expect(classes.map(({ label }) => label)).toEqual(['0', '1'])
    expect(classes[0].prior + classes[1].prior).toBeCloseTo(1, 14)
    expect(classes[0].embedding.samples + classes[1].embedding.samples).toBe(196)
  })

  test('makes a joint embedding from real labels, on the island’s scale', () => {
    const { rows, labels } = shopRows(400, 2)
    const { joint, classes } = specify(salesTerms, rows, { labels })
    expect(classes).toBeUndefined()
    const factor = Math.sqrt(0.25 / salesTerms.kernel.gamma)
    const x = coordinates(rows, salesTerms)
    const xy = labels.map((y, i) => [...x.data.subarray(i * 7, i * 7 + 7), ((y - 100) / 20) * factor])
    expect(joint?.points.columns).toBe(8)
    expect(mmd(joint as Embedding, embed(xy, salesTerms.kernel))).toBeCloseTo((joint as Embedding).error, 6)
  })

  test('publishes no point outside the terms, on a row, or of few rows: at any size', () => {
    for (const count of [30, 31, 50, 97, 256, 1000]) {
      const { rows, labels } = digitRows(count, count)
      const specification = specify(digitsTerms, rows, { labels, role: 'requirement' })
      const { low, high } = coordinateBounds(digitsTerms)
      const parts = [specification.embedding, ...(specification.classes ?? []).map(({ embedding }) => embedding)]
      for (const { points, weights, samples } of parts) {
        expect(points.rows).toBeLessThanOrEqual(Math.ceil(Math.sqrt(samples)))
        const mass = weights.reduce((sum, weight) => sum + weight, 0)
        for (const weight of weights) expect((weight / mass) * samples).toBeGreaterThanOrEqual(5 - 1e-9)
        points.data.forEach((value, i) => {
          expect(value * 1024).toBe(Math.round(value * 1024))
          expect(value).toBeGreaterThanOrEqual(low[i % 2])
          expect(value).toBeLessThanOrEqual(high[i % 2])
        })
      }
      expect(specification.audit.copies).toBe(0)
      expect(soundness(specification, digitsTerms, { role: 'requirement' })).toEqual([])
    }
  })

  test('an outlier far away stretches nothing', () => {
    const { rows } = digitRows(200, 8)
    const spoilt = rows.map((row, i) => (i === 0 ? [1e12, -1e12] : row))
    const plain = specify(digitsTerms, rows).embedding
    expect(mmd(specify(digitsTerms, spoilt).embedding, plain)).toBeLessThan(2 * plain.floor)
  })

  test('the same bytes for the same rows in any form, another seed another result', () => {
    const { rows } = shopRows(300, 3)
    const columns = Object.fromEntries(
      ['size', 'open', 'day', 'price'].map((name) => [name, rows.map((row: Loose) => row[name])]),
    )
    const bytes = encodeSpecification(specify(salesTerms, rows, { seed: 7 }))
    expect(encodeSpecification(specify(salesTerms, columns, { seed: 7 }))).toEqual(bytes)
    expect(encodeSpecification(specify(salesTerms, readTable(rows, salesTerms.columns), { seed: 7 }))).toEqual(bytes)
    expect(encodeSpecification(specify(salesTerms, rows, { seed: 8 }))).not.toEqual(bytes)
    const single = specify(salesTerms, rows, { seed: 7, precision: 'f32' })
    expect(mmd(single.embedding, specify(salesTerms, rows, { seed: 7 }).embedding)).toBeLessThan(
      single.embedding.floor / 4,
    )
  })

  test('the same bytes by every driver', async () => {
    const { rows, labels } = digitRows(700, 4)
    const bytes = encodeSpecification(specify(digitsTerms, rows, { labels, seed: 3 }))
    const pool = (workers: number) => (held: Matrix) => {
      const takers = Array.from({ length: workers }, () =>
        shareTaker({ rows: held, weights: undefined, total: held.rows, offset: 0 }),
      )
      return {
        ...localSource(held),
        shares: async (request: SumRequest) =>
          Array.from({ length: spanCount(held.rows) }, (_, s) => takers[s % workers](request, s, s + 1)).flat(),
      }
    }
    for (const open of [localSource, pool(1), pool(2), pool(3)]) {
      expect(
        encodeSpecification(await specifyWith((held) => open(held), digitsTerms, rows, { labels, seed: 3 })),
      ).toEqual(bytes)
    }
  })

  test('carries the same rows under the terms of other islands', () => {
    const { rows } = shopRows(200, 5)
    const fewer = { ...salesTerms, island: 'isl:00000000000000aa', columns: salesTerms.columns.slice(0, 2) }
    const foreign = {
      ...salesTerms,
      island: 'isl:00000000000000bb',
      columns: [{ ...salesTerms.columns[0], name: 'height' }],
    }
    const { others = [], ...own } = specify({ ...salesTerms, others: [fewer, foreign] }, rows, { seed: 7 })
    expect(own).toEqual(specify(salesTerms, rows, { seed: 7 }))
    // The rows have no height, so they cannot be compared there.
    expect(others).toEqual([specify(fewer, rows, { seed: 7 })])
  })

  test('tells its progress, and stops when asked to', async () => {
    const { rows, labels } = digitRows(300, 9)
    const seen: SpecificationProgress[] = []
    specify(digitsTerms, rows, { labels, onProgress: (progress) => seen.push(progress) })
    expect([...new Set(seen.map(({ part }) => part))]).toEqual(['rows', 'class "0"', 'class "1"', 'class "2"'])
    expect([...new Set(seen.map(({ done, parts }) => `${done}/${parts}`))]).toEqual(['0/4', '1/4', '2/4', '3/4'])
    const controller = new AbortController()
    const reason = new Error('enough')
    const stopping = { signal: controller.signal, onProgress: () => controller.abort(reason) }
    expect(() => specify(digitsTerms, rows, stopping)).toThrow(reason)
    await expect(specifyWith(localSource, digitsTerms, rows, stopping)).rejects.toBe(reason)
  })

  test('takes no terms that would give rows away, or that cannot be: they are a stranger’s', () => {
    const few = digitRows(29, 1).rows
    const wrong: [(terms: Loose) => void, RegExp][] = [
      [(terms) => delete terms.size.leastRowsRequirement, /"terms.size.leastRowsRequirement" expected a whole number/],
      [
        (terms) => {
          terms.size.leastRows = 'few'
        },
        /"terms.size.leastRows" expected a whole number, got "few"/,
      ],
      [
        (terms) => {
          terms.size.cap = Number.NaN
        },
        /"terms.size.cap" expected a whole number/,
      ],
      [
        (terms) => {
          terms.columns[1].scale = 0
        },
        /"terms.columns\[1\].scale" expected a number above 0, got 0/,
      ],
      [
        (terms) => {
          terms.columns[0].centre = Number.NaN
        },
        /"terms.columns\[0\].centre" expected a finite number/,
      ],
      [
        (terms) => {
          terms.columns[0].kind = 'text'
        },
        /"terms.columns\[0\].kind" expected one of/,
      ],
      [
        (terms) => {
          terms.columns[0] = { ...terms.columns[0], kind: 'categorical' }
        },
        /"terms.columns\[0\].categories" expected a list of words/,
      ],
      [
        (terms) => {
          terms.kernel.gamma = Number.POSITIVE_INFINITY
        },
        /"terms.kernel.gamma" expected a finite number/,
      ],
      [
        (terms) => {
          terms.labels = { kind: 'real', centre: 0, scale: -1 }
        },
        /"terms.labels.scale" expected a number above 0/,
      ],
      [
        (terms) => {
          terms.labels.classes = []
        },
        /"terms.labels.classes" expected a list of words/,
      ],
    ]
    for (const [spoil, message] of wrong) {
      const terms = structuredClone(digitsTerms)
      spoil(terms)
      expect(() => specify(terms, few)).toThrow(message)
    }
  })

  test('keeps nothing of the terms', () => {
    const terms = structuredClone(digitsTerms) as Loose
    const specification = specify(terms, digitRows(40, 1).rows)
    terms.kernel.gamma = 7
    expect(specification.embedding.kernel).toEqual(digitsTerms.kernel)
  })

  test('changes no input and leaves the arena at its mark, after success and refusal', () => {
    const { rows, labels } = digitRows(100, 10)
    const before = JSON.stringify([rows, labels, digitsTerms])
    const mark = core().mark()
    specify(digitsTerms, rows, { labels })
    expect(() => specify(digitsTerms, [[1, Number.NaN]])).toThrow()
    expect(core().mark()).toBe(mark)
    expect(JSON.stringify([rows, labels, digitsTerms])).toBe(before)
  })

  const some = (count: number) => digitRows(count, 1).rows
  test.each<[string, () => unknown, RegExp]>([
    [
      'few rows for a requirement',
      () => specify(digitsTerms, some(29)),
      /^"rows" expected at least 30 rows for a requirement, got 29; fewer would show through: ask by anchors instead, solveByAnchors\(market, rows, …\), or collect more rows$/,
    ],
    [
      'few rows for a learnware',
      () => specify(digitsTerms, some(49), { role: 'learnware' }),
      /^"rows" expected at least 50 rows for a learnware, got 49; .* collect more rows of your own$/,
    ],
    [
      'few labelled rows',
      () => specify(digitsTerms, some(30), { labels: digitRows(30, 1).labels }),
      /50 rows for a learnware/,
    ],
    [
      'terms that allow fewer',
      () => specify({ ...digitsTerms, size: { ...digitsTerms.size, leastRowsRequirement: 1 } }, some(29)),
      /at least 30/,
    ],
    [
      'an unknown class',
      () => specify(digitsTerms, some(60), { labels: Array(60).fill('3') }),
      /^column "labels" has the unknown category "3" in row 1 of 60; (did you mean "\d"\? )?known: "0", "1", "2"$/,
    ],
    [
      'labels of another length',
      () => specify(digitsTerms, some(60), { labels: ['0'] }),
      /^"labels" expected one label for each of the 60 rows, got 1$/,
    ],
    [
      'a missing label',
      () => specify(salesTerms, shopRows(60, 1).rows, { labels: Array(60).fill(null) }),
      /^column "labels" expects a value in every row/,
    ],
    [
      'labels without label terms',
      () => specify({ ...digitsTerms, labels: { kind: 'none' } }, some(60), { labels: Array(60).fill(1) }),
      /these terms have no labels; leave them out/,
    ],
    [
      'a misspelt option',
      () => specify(digitsTerms, some(60), { lables: [] } as Loose),
      /"options" has no option "lables"/,
    ],
    [
      'another role',
      () => specify(digitsTerms, some(60), { role: 'user' } as Loose),
      /"role" expected one of 'learnware', 'requirement'/,
    ],
    [
      'another precision',
      () => specify(digitsTerms, some(60), { precision: 'f16' } as Loose),
      /"precision" expected one of/,
    ],
    [
      'no terms',
      () => specify(undefined as Loose, some(60)),
      /^"terms" expected the terms of an island, as market.terms\(description\) gives them, got undefined$/,
    ],
    ['a missing column', () => specify(salesTerms, [{ price: 1 }]), /^"rows" has no column "day"/],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message)
  })
})
