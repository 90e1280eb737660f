import { describe, expect, it } from 'vitest'
import { matrix, samples, sliceRows, takeRows } from '../../src/base/matrix.js'

describe('matrix', () => {
  it('wraps numbers of the right count and refuses others', () => {
    const data = new Float64Array([1, 2, 3, 4, 5, 6])
    expect(matrix(data, 2, 3)).toEqual({ rows: 2, columns: 3, data })
    expect(() => matrix(data, 2, 2)).toThrow('"data" expected length 4 (2 × 2), got 6')
    expect(() => matrix([1, 2] as never, 1, 2)).toThrow(TypeError)
    expect(() => matrix(data, -1, -6)).toThrow('"rows" expected a whole number of at least 0')
  })
})

describe('samples', () => {
  it('takes rows of any array kind and copies them', () => {
    const rows = [Float32Array.of(1, 2), [3, 4]]
    const result = samples(rows, 'X')
    expect([...result.data]).toEqual([1, 2, 3, 4])
    result.data[0] = 9
    expect(rows[0][0]).toBe(1)
  })

  it.each([
    [[[1, 2], [3]], '"X" expected 2 numbers in row 1, got 1'],
    [[[1, Number.NaN]], '"X" expected finite numbers, got NaN in row 0, column 1; fill or drop it first'],
    [[[1], [Infinity]], 'got Infinity in row 1, column 0'],
    [[], 'at least one row and one column'],
    [[['a']], '"X" expected a number in row 0, column 0, got "a"'],
    [null, '"X" expected a matrix or an array of rows'],
    [
      Float64Array.of(1, 2),
      '"X" expected a matrix or an array of rows, got numbers; say their shape: matrix(data, rows, columns)',
    ],
  ])('refuses %j', (rows, message) => {
    expect(() => samples(rows as never, 'X')).toThrow(message)
  })
})

describe('rows', () => {
  const source = matrix(Float32Array.of(1, 2, 3, 4, 5, 6), 3, 2)

  it('takes chosen rows as a copy of the same precision', () => {
    const taken = takeRows(source, [2, 0, 2])
    expect(taken.data).toEqual(Float32Array.of(5, 6, 1, 2, 5, 6))
    expect(taken.data.buffer).not.toBe(source.data.buffer)
  })

  it('slices without copying', () => {
    expect(sliceRows(source, 1, 3).data.buffer).toBe(source.data.buffer)
    expect([...sliceRows(source, 1, 2).data]).toEqual([3, 4])
  })
})

it('an entry that is not finite is found wherever it stands, however many there are', () => {
  for (let length = 1; length <= 9; length++) {
    for (const type of [Float32Array, Float64Array]) {
      const data = new type(length).fill(type === Float64Array ? -Number.MAX_VALUE : 3e38)
      expect(samples(matrix(data, length, 1), 'X').data).toBe(data)
      for (let at = 0; at < length; at++) {
        for (const bad of [Number.NaN, Infinity, -Infinity]) {
          const some = data.slice()
          some[at] = bad
          expect(() => samples(matrix(some, length, 1), 'X')).toThrow(`got ${bad} in row ${at}, column 0`)
        }
      }
    }
  }
})
