import { describe, expect, it } from 'vitest'
import { finite, lengthOf, oneOf, options, positive, whole } from '../../src/base/check.js'
import { MarketError, shown } from '../../src/base/error.js'

describe('checks', () => {
  it.each([
    [() => finite('1', 'gamma'), TypeError, '"gamma" expected a number, got "1"'],
    [() => finite(Number.NaN, 'gamma'), RangeError, '"gamma" expected a finite number, got NaN'],
    [() => finite(2, 'share', 0, 1), RangeError, '"share" expected a finite number from 0 to 1, got 2'],
    [() => positive(0, 'gamma'), RangeError, '"gamma" expected a number above 0, got 0'],
    [() => whole(1.5, 'size', 1), RangeError, '"size" expected a whole number of at least 1, got 1.5'],
    [
      () => oneOf('ball', 'constraint', ['simplex', 'cone']),
      RangeError,
      `expected one of 'simplex', 'cone', got "ball"`,
    ],
    [() => lengthOf([1], 'weights', 2), RangeError, '"weights" expected length 2, got 1'],
    [() => options({ sede: 1 }, 'options', ['seed']), RangeError, '"options" has no option "sede"; it takes seed'],
  ])('refuse with one sentence: %#', (act, kind, message) => {
    expect(act).toThrow(kind)
    expect(act).toThrow(message)
  })

  it('pass what is right', () => {
    expect(finite(-1, 'x')).toBe(-1)
    expect(whole(3, 'n', 1)).toBe(3)
    expect(positive(1e-300, 'gamma')).toBe(1e-300)
  })
})

describe('errors', () => {
  it('carry a code, and never a long value', () => {
    expect(new MarketError('absent', 'gone').code).toBe('absent')
    expect(shown('x'.repeat(1000)).length).toBe(40)
    expect(shown(new Map())).toBe('Map')
    for (const kind of [undefined, null, 7, { name: {} }, { name: '' }]) {
      expect(shown({ constructor: kind })).toBe('object')
    }
  })
})
