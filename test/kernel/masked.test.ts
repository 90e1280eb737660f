import { describe, expect, test } from 'vitest'
import { matrix } from '../../src/base/matrix.js'
import { gram } from '../../src/kernel/gram.js'
import { gaussian, product } from '../../src/kernel/kernel.js'
import { masked } from '../../src/kernel/masked.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { encodeTable } from '../../src/specification/rows/encode.js'
import { mulberry32, normalOf, rowsOf } from '../reference.js'

const missing = Number.NaN

/** Rows of three numbers, of which those of the first and the last column are missing now and then. */
const holed = (m: number, seed: number): number[][] => {
  const random = mulberry32(seed)
  const normal = normalOf(random)
  return Array.from({ length: m }, () => [0, 1, 2].map((c) => (c !== 1 && random() < 0.3 ? missing : normal())))
}

describe('masked', () => {
  test('fills what is missing and puts a mask for each column behind', () => {
    const rows = [
      [1, missing, 3],
      [missing, 5, missing],
    ]
    expect(rowsOf(masked(rows, { columns: [2, 0, 1], fill: 9 }))).toEqual([
      [1, 9, 3, 0, 0, 1],
      [9, 5, 9, 1, 1, 0],
    ])
    const narrow = matrix(Float32Array.from(rows.flat()), 2, 3)
    const before = narrow.data.slice()
    const given = masked(narrow, { columns: [0, 1, 2] })
    expect(given.data).toBeInstanceOf(Float32Array)
    expect(rowsOf(given)[1]).toEqual([0, 5, 0, 1, 0, 1])
    expect(narrow.data).toEqual(before)
    expect(rowsOf(masked([[1, 2]], { columns: [] }))).toEqual([[1, 2]])
  })

  test('with the product kernel it is the kernel of a specification', () => {
    const gamma = 0.2
    const kernel = product([
      ...[0, 1, 2].map(() => ({ kind: 'numeric', gamma }) as const),
      ...[0, 2].map(() => ({ kind: 'missing' }) as const),
    ])
    const rows = holed(40, 1)
    const columns = [0, 1, 2].map((c) => ({
      name: `c${c}`,
      kind: 'numeric' as const,
      centre: 0,
      scale: 1,
      missing: c === 1 ? ('none' as const) : ('allowed' as const),
    }))
    const encoded = encodeTable(matrix(Float64Array.from(rows.flat()), 40, 3), { columns, kernel: gaussian(gamma) })
    const own = gram(masked(rows, { columns: [0, 2] }), undefined, kernel).data
    const its = gram(encoded, undefined, gaussian(gamma)).data
    own.forEach((value, i) => {
      expect(Math.abs(value - its[i])).toBeLessThan(1e-14)
    })
    const { points, error } = reduce(masked(holed(300, 2), { columns: [0, 2] }), { kernel, size: 20, seed: 1 })
    expect(error).toBeLessThan(0.1)
    for (const [, , , first, last] of rowsOf(points)) expect([0, 1]).toEqual(expect.arrayContaining([first, last]))
  })

  test('refuses what cannot be right, in a sentence', () => {
    expect(() => masked([[1, missing]], { columns: [0] })).toThrow(
      '"X" expected finite numbers, got NaN in row 0, column 1',
    )
    expect(() => masked([[Infinity]], { columns: [0] })).toThrow('"X" expected finite numbers, got Infinity')
    expect(() => masked([[1]], { columns: [1] })).toThrow('"columns[0]" expected a whole number from 0 to 0, got 1')
    expect(() => masked([[1, 2]], { columns: [1, 1] })).toThrow('"columns" expected each column once, got 1 twice')
    expect(() => masked([[1]], { columns: [0], fill: missing })).toThrow('"fill" expected a finite number')
    expect(() => masked([[1]], {} as never)).toThrow('"columns" expected an array')
  })
})
