import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RequirementDescription } from '../../../src/specification/description/description.js'
import { meets } from '../../../src/specification/description/filter.js'
import { editDistance, nearMiss, partialRatio } from '../../../src/specification/fuzzy.js'
import { sales } from '../sample.js'

const wanted = (part: object = {}): RequirementDescription => {
  const any = { Type: 'Class', Values: [] } as const
  return { Data: any, Task: any, Library: any, License: any, Scenario: { Type: 'Tag', Values: [] }, ...part }
}
const list = (...Values: string[]) => ({ Type: 'Class', Values })
const text = (Values: string) => ({ Type: 'String', Values })

test.each<[string, object, boolean]>([
  ['nothing in particular', {}, true],
  ['one of two classes', { Task: list('Classification', 'Regression') }, true],
  ['another class', { Task: list('Classification') }, false],
  ['another licence', { License: list('MIT') }, false],
  ['a shared tag', { Scenario: { Type: 'Tag', Values: ['Health', 'Retail'] } }, true],
  ['no shared tag', { Scenario: { Type: 'Tag', Values: ['Health'] } }, false],
  ['a part of the name', { Name: text('SALES of') }, true],
  ['a misspelt part', { Description: text('sales of a durg stroe') }, true],
  ['another text', { Description: text('wind turbine power') }, false],
  ['all at once, one of them wrong', { Task: list('Regression'), Name: text('image') }, false],
])('a requirement asks for %s', (_, part, expected) => {
  expect(meets(sales(), wanted(part))).toBe(expected)
})

test('a learnware that says nothing is not what was asked for', () => {
  const silent = { ...sales(), License: list() } as ReturnType<typeof sales>
  expect(meets(silent, wanted({ License: list('MIT') }))).toBe(false)
  expect(meets(silent, wanted())).toBe(true)
})

describe('partialRatio', () => {
  const common = (a: string, b: string): number => {
    const table = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0))
    for (let i = 1; i <= a.length; i++) {
      for (let j = 1; j <= b.length; j++) {
        table[i][j] = a[i - 1] === b[j - 1] ? table[i - 1][j - 1] + 1 : Math.max(table[i - 1][j], table[i][j - 1])
      }
    }
    return table[a.length][b.length]
  }

  test('is the best longest common subsequence over all windows', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(word, word, (a, b) => {
        const [short, long] = a.length <= b.length ? [a, b] : [b, a]
        let best = 0
        for (let i = 0; i + short.length <= long.length; i++)
          best = Math.max(best, common(short, long.slice(i, i + short.length)))
        expect(partialRatio(a, b)).toBeCloseTo((100 * best) / short.length, 10)
      }),
      { numRuns: 300 },
    )
  })

  test('takes the longest texts that a description may have', () => {
    expect(partialRatio('x'.repeat(9999), 'y'.repeat(10000))).toBe(0)
  })
})

test('near misses are told, far ones are not', () => {
  expect(editDistance('kitten', 'sitting')).toBe(3)
  expect(nearMiss('StoreType', ['store_type', 'store'])).toBe('store_type')
  expect(nearMiss('prise', ['day', 'price'])).toBe('price')
  expect(nearMiss('temperature', ['day', 'price'])).toBeUndefined()
})

test('a misspelt text is looked for in the beginning of a long one, so that a search stays short', () => {
  const padding = 'x '.repeat(1000)
  const found = (offered: string, asked: string): boolean =>
    meets({ ...sales(), Description: text(offered) } as never, wanted({ Description: text(asked) }))
  expect(found(`sales of a drug store ${padding}`, 'sales of a durg stroe')).toBe(true)
  expect(found(`${padding} sales of a drug store`, 'sales of a durg stroe')).toBe(false)
  expect(found(`${padding} sales of a drug store`, 'sales of a drug store')).toBe(true)
  const long = 'abcdefghij'.repeat(30)
  expect(found(`${long.slice(0, 200)}${'-'.repeat(200)}`, long)).toBe(true)
})
