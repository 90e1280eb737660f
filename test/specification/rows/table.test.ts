import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCsv } from '../../../src/specification/rows/csv.js'
import { type ColumnShape, cellsOf, columnNames, readTable, rowCount } from '../../../src/specification/rows/table.js'
import type { Loose } from '../sample.js'

const columns: ColumnShape[] = [
  { name: 'price', kind: 'numeric', missing: 'allowed' },
  { name: 'day', kind: 'categorical', categories: ['Mon', 'Tue', 'Wed', '7'] },
  { name: 'open', kind: 'binary' },
]
const raw = [1.5, 0, 1, Number.NaN, 2, 0, -3, 3, 1]
const byRow = [
  { price: 1.5, day: 'Mon', open: true, extra: 'x' },
  { price: null, day: 'Wed', open: 0 },
  { price: '-3', day: 7, open: '1' },
]

describe('readTable', () => {
  test('reads the same numbers from every form of table, and leaves it as it was', () => {
    const byColumn = { open: [1, 0, 1], price: Float32Array.of(1.5, Number.NaN, -3), day: ['Mon', 'Wed', '7'] }
    const arrow = {
      schema: { fields: [{ name: 'day' }, { name: 'price' }, { name: 'open' }] },
      getChild: (name: string) => {
        const cells = (byColumn as unknown as Record<string, unknown[]>)[name]
        return cells ? { length: 3, get: (i: number) => cells[i] } : null
      },
    }
    const numbers = { rows: 3, columns: 3, data: Float64Array.from(raw) }
    const before = JSON.stringify([byRow, byColumn])
    for (const table of [byRow, byColumn, arrow, numbers, [raw.slice(0, 3), raw.slice(3, 6), raw.slice(6)]]) {
      expect(readTable(table, columns)).toEqual({ rows: 3, columns: 3, data: Float64Array.from(raw) })
      expect(rowCount(table)).toBe(3)
    }
    expect(JSON.stringify([byRow, byColumn])).toBe(before)
    expect(readTable(numbers, columns).data).not.toBe(numbers.data)
    expect(columnNames(arrow)).toEqual(['day', 'price', 'open'])
    expect(cellsOf(byRow, 'day')).toEqual(['Mon', 'Wed', 7])
    expect(cellsOf(byRow, 'nothing')).toBeUndefined()
  })

  test('takes whole numbers only in an integer column', () => {
    const pieces: ColumnShape[] = [{ name: 'pieces', kind: 'integer', missing: 'allowed' }]
    expect([...readTable([{ pieces: -3 }, { pieces: '4.0' }, { pieces: null }], pieces).data]).toEqual([
      -3,
      4,
      Number.NaN,
    ])
    for (const rows of [
      [{ pieces: 1 }, { pieces: 2.5 }],
      [{ pieces: 1 }, { pieces: '2.5' }],
      { rows: 2, columns: 1, data: Float64Array.of(1, 2.5) },
    ]) {
      expect(() => readTable(rows, pieces)).toThrow(
        /^column "pieces" expects whole numbers, got "?2\.5"? in row 2 of 2; round it, or describe the column as numeric$/,
      )
    }
  })

  test.each<[string, unknown, RegExp, string?]>([
    [
      'a missing column',
      [{ Price: 1, day: 'Mon', open: 1 }],
      /^"rows" has no column "price"; did you mean "Price"\? it has "Price", "day", "open"; rename or add it$/,
    ],
    [
      'a column that is nothing like any',
      [{ day: 'Mon', open: 1 }],
      /^"rows" has no column "price"; it has "day", "open"/,
    ],
    [
      'an unknown category',
      [{ price: 1, day: 'mon ', open: 1 }],
      /^column "day" has the unknown category "mon " in row 1 of 1; did you mean "Mon"\? known: "Mon", "Tue", "Wed", "7"$/,
    ],
    [
      'text in a number column',
      [byRow[0], { price: 'cheap', day: 'Mon', open: 1 }],
      /^column "price" expects numbers, got "cheap" in row 2 of 2; write it as a decimal/,
      'TypeError',
    ],
    ['a formula', [{ price: '=1+1', day: 'Mon', open: 1 }], /expects numbers, got "=1\+1"/, 'TypeError'],
    ['hexadecimal', [{ price: '0x10', day: 'Mon', open: 1 }], /expects numbers, got "0x10"/, 'TypeError'],
    [
      'an object',
      [{ price: new Date(0), day: 'Mon', open: 1 }],
      /expects numbers, got Date in row 1 of 1; convert it first/,
      'TypeError',
    ],
    [
      'a missing value',
      [byRow[0], { price: 1, day: '', open: 1 }],
      /^column "day" expects a value in every row, got none in row 2 of 2; fill it or drop the row/,
    ],
    ['a NaN', [{ price: 1, day: 'Mon', open: Number.NaN }], /^column "open" expects a value in every row/],
    [
      'an absent member',
      [byRow[0], { price: 1, day: 'Mon' }],
      /^column "open" expects a value in every row, got none in row 2 of 2/,
    ],
    [
      'an infinite value',
      [{ price: Number.POSITIVE_INFINITY, day: 'Mon', open: 1 }],
      /^column "price" expects finite numbers, got Infinity in row 1/,
    ],
    ['a number too large', [{ price: '1e999', day: 'Mon', open: 1 }], /^column "price" expects finite numbers/],
    ['two in a binary', [{ price: 1, day: 'Mon', open: 2 }], /^column "open" expects 0 or 1, got 2 in row 1/],
    ['no rows', [], /^"rows" expected at least one row, got 0$/],
    [
      'columns of unequal length',
      { price: [1, 2], day: ['Mon'], open: [1, 1] },
      /^"rows" expected 2 values in column "day" as in "price", got 1$/,
    ],
    [
      'a column that is no array',
      { price: 1 },
      /^"rows" expected an array in column "price", got 1; pass/,
      'TypeError',
    ],
    ['a text', 'a,b', /^"rows" expected a table by column name or a matrix, got "a,b"$/, 'TypeError'],
    ['nothing', null, /expected a table/, 'TypeError'],
    ['a row that is no object', [byRow[0], 3], /expected an object by column name in row 2, got 3/, 'TypeError'],
    [
      'a narrow matrix',
      { rows: 1, columns: 2, data: new Float64Array(2) },
      /^"rows" expected 3 columns, in the order of the terms, got 2$/,
    ],
    ['unequal arrays', [[1, 2, 3], [1]], /^"rows" expected 3 values in row 2, got 1$/],
    [
      'an index of no category',
      [[1, 4, 0]],
      /^column "day" of a matrix expects the index of a category, 0 to 3, got 4 in row 1 of 1; pass a table/,
    ],
    ['a fraction of a category', [[1, 0.5, 0]], /expects the index of a category/],
  ])('refuses %s', (_, table, message, name = 'RangeError') => {
    let error: Loose
    try {
      readTable(table as Loose, columns)
    } catch (caught) {
      error = caught
    }
    expect(error?.message).toMatch(message)
    expect(error.name).toBe(name)
  })

  test('lists at most eight known categories', () => {
    const many: ColumnShape[] = [
      { name: 'c', kind: 'categorical', categories: Array.from({ length: 20 }, (_, i) => `word number ${i}`) },
    ]
    expect(() => readTable([{ c: 'zzz' }], many)).toThrow(/"word number 7" and 12 more$/)
  })

  test('refuses a number of a million digits that is none, without trying every way to read it', () => {
    const column = { name: 'x', kind: 'numeric' } as const
    expect(() => readTable({ x: [`${'1'.repeat(1e6)}x`] }, [column])).toThrow(/column "x" expects numbers, got "111/)
    for (const text of ['1.', '.5', '-0.25e+2', ' 7 '])
      expect(readTable({ x: [text] }, [column]).data[0]).toBe(Number(text))
  })

  test('a binary is 0 or 1, not between', () => {
    const column = { name: 'open', kind: 'binary' } as const
    expect(readTable({ open: [0, '1', true] }, [column]).data).toEqual(Float64Array.of(0, 1, 1))
    expect(() => readTable({ open: [0.5] }, [column])).toThrow('column "open" expects 0 or 1, got 0.5 in row 1 of 1')
  })

  test('takes own members only', () => {
    const column: ColumnShape[] = [{ name: 'constructor', kind: 'numeric' }]
    expect(() => readTable([{ a: 1 }], column)).toThrow(/no column "constructor"/)
    expect(() => readTable({ a: [1] }, column)).toThrow(/no column "constructor"/)
    expect(readTable([{ constructor: 4 }] as Loose, column).data[0]).toBe(4)
  })

  test('a category that is called like a missing value is a category', () => {
    const column: ColumnShape[] = [{ name: 'c', kind: 'categorical', categories: ['NA', 'EU'], missing: 'allowed' }]
    expect([...readTable([{ c: 'NA' }, { c: null }, { c: ' EU ' }], column).data]).toEqual([0, Number.NaN, 1])
  })

  test('a binary with words', () => {
    const column: ColumnShape[] = [{ name: 'c', kind: 'binary', categories: ['no', 'yes'] }]
    expect([...readTable([{ c: 'yes' }, { c: 'no' }], column).data]).toEqual([1, 0])
    expect(() => readTable([{ c: 'ja' }], column)).toThrow(/unknown category "ja"/)
  })
})

describe('parseCsv', () => {
  test('reads quotes, commas, line ends, a byte-order mark and both line endings', () => {
    const text = '\ufeffname, price \r\n"a, ""b""",1\r\n"two\nlines",=2+2\r\n,\r\n'
    const table = parseCsv(text)
    expect({ ...table }).toEqual({ name: ['a, "b"', 'two\nlines', ''], price: ['1', '=2+2', ''] })
    expect({ ...parseCsv('a\n1') }).toEqual({ a: ['1'] })
  })

  test('refuses by line and row', () => {
    expect(() => parseCsv('a,b\n1,2\n"x\ny",3\n1,2,3\n')).toThrow(
      /^row 3 of the CSV file \(line 5\) has 3 cells where the header names 2/,
    )
    expect(() => parseCsv('a,b\n1\n')).toThrow(/^row 1 of the CSV file \(line 2\) has 1 cells/)
    expect(() => parseCsv('a\n"x\n')).toThrow(/opens a quote in line 2 that never closes/)
    expect(() => parseCsv('a\n"x"y\n')).toThrow(/text after a closing quote in line 2/)
    expect(() => parseCsv('a,a\n1,2')).toThrow(/names the column "a" twice/)
    expect(() => parseCsv('a,\n1,2')).toThrow(/no name for column 2/)
    expect(() => parseCsv('a,b\n')).toThrow(/a header but no rows/)
    expect(() => parseCsv('')).toThrow(/has no lines/)
    expect(() => parseCsv(3 as Loose)).toThrow(TypeError)
  })

  test('reads back whatever was written', () => {
    const quote = (cell: string): string => `"${cell.replaceAll('"', '""')}"`
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 4 })
          .chain((width) =>
            fc.array(fc.array(fc.string(), { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }),
          ),
        fc.constantFrom('\n', '\r\n'),
        (rows, end) => {
          const names = rows[0].map((_, j) => `c${j}`)
          fc.pre(rows[0].length > 1 || rows.every(([cell]) => cell !== ''))
          const table = parseCsv([names, ...rows].map((row) => row.map(quote).join(',')).join(end))
          expect(Object.keys(table)).toEqual(names)
          for (const [j, name] of names.entries()) expect(table[name]).toEqual(rows.map((row) => row[j]))
        },
      ),
    )
  })

  test('goes straight into readTable, and no name reaches a prototype', () => {
    expect([...readTable(parseCsv('day,price,open\nMon,2.5,1\n7,,0\n'), columns).data]).toEqual([
      2.5,
      0,
      1,
      Number.NaN,
      3,
      0,
    ])
    const table = parseCsv('__proto__,a\n1,2\n')
    expect(Object.keys(table)).toEqual(['__proto__', 'a'])
    expect(readTable(table, [{ name: '__proto__', kind: 'numeric' }]).data[0]).toBe(1)
  })
})
