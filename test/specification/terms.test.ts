import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matrix } from '../../src/base/matrix.js'
import { gram } from '../../src/kernel/gram.js'
import type { Description } from '../../src/specification/description/description.js'
import { descriptionSpace, islandKey } from '../../src/specification/description/island.js'
import { coordinateBounds, decodeTable, dimensionOf, encodeTable } from '../../src/specification/rows/encode.js'
import { foundTerms, termsFindings } from '../../src/specification/specify/found.js'
import type { Column } from '../../src/specification/terms.js'
import { digits, type Loose, picture, sales } from './sample.js'

const changed = (change: (value: Loose) => void, from: () => Description = sales): Description => {
  const value = structuredClone(from())
  change(value)
  return value
}

describe('foundTerms', () => {
  test('makes columns, scales, gamma, size and labels of a description', () => {
    const terms = foundTerms(sales())
    expect(terms.columns).toEqual([
      {
        name: 'price',
        kind: 'numeric',
        unit: 'EUR',
        concept: 'price',
        centre: 6,
        scale: 12 / Math.sqrt(12),
        missing: 'allowed',
      },
      { name: 'day', kind: 'categorical', categories: ['Mon', 'Tue', 'Wed'], centre: 0, scale: 1, missing: 'none' },
      { name: 'open', kind: 'binary', centre: 0.5, scale: 0.5, missing: 'none' },
      {
        name: 'size',
        kind: 'ordinal',
        categories: ['small', 'medium', 'large'],
        centre: 1,
        scale: Math.sqrt(2 / 3),
        missing: 'none',
      },
    ])
    // Four columns and one mask.
    expect(terms.kernel).toEqual({ kind: 'gaussian', gamma: 1 / 20 })
    expect(terms.size).toEqual({ rule: 'root', cap: 256, leastRows: 50, leastRowsRequirement: 30 })
    expect(terms.labels).toEqual({ kind: 'real', centre: 100, scale: 20, unit: 'EUR' })
    expect(terms.island).toMatch(/^isl:[0-9a-f]{16}$/)
    expect(foundTerms(digits()).labels).toEqual({ kind: 'classes', classes: ['0', '1', '2'] })
    expect(foundTerms(digits()).columns[1]).toEqual({
      name: 'b',
      kind: 'numeric',
      centre: 1,
      scale: 2,
      missing: 'none',
    })
  })

  test('centre and scale win over range, range over nothing', () => {
    const scaled = (field: object) =>
      foundTerms(changed((d) => (d.LDL.inputs[0] = { name: 'price', kind: 'integer', ...field }))).columns[0]
    expect(scaled({})).toMatchObject({ centre: 0, scale: 1 })
    expect(scaled({ range: [-2, 10] })).toMatchObject({ centre: 4, scale: 12 / Math.sqrt(12) })
    expect(scaled({ range: [-2, 10], centre: 1 })).toMatchObject({ centre: 1, scale: 12 / Math.sqrt(12) })
    expect(scaled({ range: [-2, 10], scale: 3 })).toMatchObject({ centre: 4, scale: 3 })
    expect(foundTerms(changed((d) => (d.LDL.output = { kind: 'real', range: [0, 12] }))).labels).toEqual({
      kind: 'real',
      centre: 6,
      scale: 12 / Math.sqrt(12),
    })
  })

  test('says clearly what it cannot compare', () => {
    expect(() => foundTerms(null as never)).toThrow('"description" expected an object, got null')
    const text = changed((d) => (d.LDL.inputs[1] = { name: 'review', kind: 'text' }))
    expect(termsFindings(text)).toEqual([
      {
        path: 'LDL.inputs[1].kind',
        message:
          '"review" is of the kind text, which these terms cannot compare; run a public encoder first and describe each of its outputs as a numeric input',
      },
    ])
    expect(() => foundTerms(text)).toThrow(
      /^"description" founds no terms: LDL.inputs\[1\].kind "review" is of the kind text/,
    )
    expect(() => foundTerms(picture() as Description)).toThrow(/LDL.inputs is empty; name each input column/)
    expect(() => foundTerms(changed((d) => delete d.LDL.inputs[1].categories))).toThrow(/list the known words of "day"/)
    expect(() => foundTerms(changed((d) => delete d.LDL.output.classes, digits))).toThrow(
      /LDL.output.classes is missing/,
    )
    const wide = Array.from({ length: 5 }, (_, i) => ({
      name: `c${i}`,
      kind: 'categorical',
      categories: Array.from({ length: 1000 }, (_, j) => `${j}`),
    }))
    expect(() => foundTerms(changed((d) => (d.LDL.inputs = wide)))).toThrow(
      /need 5000 coordinates together, at most 4096/,
    )
  })
})

describe('islandKey', () => {
  test('stays the same for another name, order of the space, or text', () => {
    const space = descriptionSpace(sales())
    const same = [
      changed((d) => (d.Name.Values = 'other')),
      changed((d) => d.LDL.inputs.reverse()),
      changed((d) => (d.LDL.intent = 'x')),
      changed((d) => (d.LDL.inputs[0].name = 'preis')),
    ]
    for (const description of same) expect(descriptionSpace(description)).toEqual(space)
    expect(descriptionSpace(changed((d) => d.LDL.output.classes.reverse(), digits))).toEqual(descriptionSpace(digits()))
  })

  test('changes with anything that makes specifications or tasks differ', () => {
    const changes: ((d: Loose) => void)[] = [
      () => {},
      (d) => (d.LDL.inputs[0].concept = 'cost'),
      (d) => (d.LDL.inputs[0].unit = 'USD'),
      (d) => (d.LDL.inputs[0].range = [0, 13]),
      (d) => (d.LDL.inputs[0].missing = 'none'),
      (d) => (d.LDL.inputs[1].categories = ['Mon', 'Tue']),
      (d) => d.LDL.inputs.pop(),
      (d) => (d.LDL.output.unit = 'USD'),
      (d) => (d.LDL.output.scale = 21),
      (d) => (d.LDL.objective.metric = 'mae'),
      (d) => (d.Data.Values = ['TimeSeries']),
    ]
    expect(new Set(changes.map((change) => foundTerms(changed(change)).island)).size).toBe(changes.length)
    const { island, ...terms } = foundTerms(sales())
    expect(islandKey(terms, descriptionSpace(sales()))).toBe(island)
    // The same on every machine, for good: a stored market depends on it.
    expect(island).toBe('isl:14cce4cd5dcd6eb4')
  })
})

describe('encodeTable', () => {
  const terms = foundTerms(sales())
  // price, mask | three days | open | size
  const rows = matrix(Float64Array.of(6, 0, 1, 2, Number.NaN, 2, 0, 0, 1e9, 1, 1, 1), 3, 4)

  test('scales, clips, spreads categories and marks what is missing', () => {
    const side = Math.sqrt(Math.LN2 / terms.kernel.gamma)
    const rank = 1 / Math.sqrt(2 / 3)
    expect(dimensionOf(terms)).toBe(7)
    expect([...encodeTable(rows, terms).data]).toEqual([
      ...[0, 0, side, 0, 0, 1, rank],
      ...[0, side, 0, 0, side, -1, -rank],
      ...[8, 0, 0, side, 0, 1, 0],
    ])
  })

  test('makes the Gaussian exactly the product of the kernels of the columns', () => {
    const { gamma } = terms.kernel
    const cell = fc.tuple(
      fc.oneof(fc.double({ min: -5, max: 20, noNaN: true }), fc.constant(Number.NaN)),
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 0, max: 1 }),
      fc.integer({ min: 0, max: 2 }),
    )
    const numeric = (a: number, b: number, { centre, scale }: Column): number => {
      const z = (v: number) => (Number.isNaN(v) ? 0 : (v - centre) / scale)
      return Math.exp(-gamma * (z(a) - z(b)) ** 2) * (Number.isNaN(a) === Number.isNaN(b) ? 1 : 0.5)
    }
    fc.assert(
      fc.property(cell, cell, (a, b) => {
        const K = gram(encodeTable(matrix(Float64Array.from([...a, ...b]), 2, 4), terms), undefined, terms.kernel)
        const expected =
          numeric(a[0], b[0], terms.columns[0]) *
          (a[1] === b[1] ? 1 : 0.25) *
          numeric(a[2], b[2], terms.columns[2]) *
          numeric(a[3], b[3], terms.columns[3])
        expect(K.data[1]).toBeCloseTo(expected, 12)
      }),
    )
  })

  test('is undone by decodeTable, inside its bounds', () => {
    const { low, high } = coordinateBounds(terms)
    const { data } = encodeTable(rows, terms)
    data.forEach((value, i) => {
      expect(value).toBeGreaterThanOrEqual(low[i % 7])
      expect(value).toBeLessThanOrEqual(high[i % 7])
    })
    const clipped = 6 + 8 * terms.columns[0].scale
    expect([...decodeTable(encodeTable(rows, terms), terms).data]).toEqual([
      6,
      0,
      1,
      2,
      Number.NaN,
      2,
      0,
      0,
      clipped,
      1,
      1,
      1,
    ])
    const nudged = encodeTable(rows, terms)
    nudged.data.forEach((value, i) => {
      nudged.data[i] = value + (i % 2 ? 0.2 : -0.2)
    })
    expect([...decodeTable(nudged, terms).data].filter((_, i) => i % 4 > 0)).toEqual([0, 1, 2, 2, 0, 0, 1, 1, 1])
  })

  test('refuses another width and an index of no category', () => {
    expect(() => encodeTable(matrix(new Float64Array(3), 1, 3), terms)).toThrow(
      /"raw" expected 4 columns as in the terms, got 3/,
    )
    expect(() => encodeTable(matrix(Float64Array.of(1, 3, 0, 0), 1, 4), terms)).toThrow(
      /column "day" expected the index of a category, 0 to 2, got 3/,
    )
    expect(() => decodeTable(matrix(new Float64Array(3), 1, 3), terms)).toThrow(
      /expected 7 columns under these terms, got 3/,
    )
  })
})
