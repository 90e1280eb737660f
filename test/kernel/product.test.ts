import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matrix } from '../../src/base/matrix.js'
import { gram } from '../../src/kernel/gram.js'
import { checkKernel, gaussian, product, sameKernel } from '../../src/kernel/kernel.js'
import { choleskySolve } from '../../src/qp/cholesky.js'
import { encodeTable } from '../../src/specification/rows/encode.js'
import type { Column } from '../../src/specification/terms.js'
import { gauss } from '../reference.js'
import { kernelReference } from './references.js'

const mixed = product([
  { kind: 'numeric', gamma: 0.4 },
  { kind: 'categorical' },
  { kind: 'numeric', gamma: 0.1 },
  { kind: 'missing' },
  { kind: 'categorical', rho: 0 },
])

/** Rows of two numbers, a category of four, the mask of the second number, and a category of two. */
const mixedRows = (m: number, seed: number): number[][] =>
  gauss([0, 0, 0, 0, 0], m, seed).map(([a, b, c, d, e]) => {
    const missing = d > 0.5
    return [a, Math.min(3, Math.floor(Math.abs(2 * b))), missing ? 0 : c, Number(missing), Number(e > 0)]
  })

describe('the product kernel', () => {
  test.each(['f32', 'f64'] as const)('agrees with the definition (%s)', (precision) => {
    const [X, Z] = [mixedRows(70, 1), mixedRows(33, 2)]
    const { data } = gram(X, Z, mixed, { precision })
    X.forEach((x, i) => {
      Z.forEach((z, j) => {
        expect(Math.abs(data[i * 33 + j] - kernelReference(mixed, x, z))).toBeLessThan(
          precision === 'f32' ? 1e-6 : 1e-14,
        )
      })
    })
    expect(data.filter((value) => value === 0).length).toBeGreaterThan(100)
  })

  test.each([1, 40, 1100, 4096])('d = %i, numbers and categories in turns', (d) => {
    const kernel = product(
      Array.from({ length: d }, (_, c) =>
        c % 2 === 0 ? { kind: 'numeric', gamma: 1 / (4 * d) } : { kind: 'categorical', rho: 1 - 1 / d },
      ),
    )
    const rows = (seed: number) =>
      gauss(Array(d).fill(0), 9, seed).map((x) => x.map((v, c) => (c % 2 ? Math.round(v) : v)))
    const [X, Z] = [rows(3), rows(4)]
    for (const precision of ['f32', 'f64'] as const) {
      const { data } = gram(X, Z, kernel, { precision })
      X.forEach((x, i) => {
        Z.forEach((z, j) => {
          const exact = kernelReference(kernel, x, z)
          expect(Math.abs(data[i * 9 + j] - exact)).toBeLessThan(precision === 'f32' ? 1e-5 : 1e-13)
        })
      })
    }
  })

  test('is the Gaussian on the axes of a specification', () => {
    const gamma = 0.2
    const column = { scale: 1, centre: 0, missing: 'reject' } as const
    const columns = [
      { ...column, name: 'a', kind: 'numeric' },
      { ...column, name: 'b', kind: 'categorical', categories: ['p', 'q', 'r', 's'] },
      { ...column, name: 'c', kind: 'numeric', missing: 'allowed' },
    ] as unknown as Column[]
    const rows = mixedRows(60, 5)
    const raw = rows.flatMap(([a, b, c, missing]) => [a, b, missing ? Number.NaN : c])
    const kernel = gaussian(gamma)
    const encoded = encodeTable(matrix(Float64Array.from(raw), 60, 3), { columns, kernel })
    const onAxes = gram(encoded, undefined, kernel).data
    const parts = [
      { kind: 'numeric', gamma },
      { kind: 'categorical' },
      { kind: 'numeric', gamma },
      { kind: 'missing' },
    ] as const
    const mixedGram = gram(
      rows.map((row) => row.slice(0, 4)),
      undefined,
      product(parts),
    ).data
    for (let i = 0; i < onAxes.length; i++) expect(Math.abs(onAxes[i] - mixedGram[i])).toBeLessThan(1e-14)
  })

  test('K(X, X) is symmetric with ones on its diagonal, and positive definite', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer(), (m, seed) => {
        const K = gram(mixedRows(m, seed), undefined, mixed)
        for (let i = 0; i < m; i++) {
          expect(K.data[i * m + i]).toBe(1)
          for (let j = 0; j < i; j++) expect(K.data[i * m + j]).toBe(K.data[j * m + i])
        }
        choleskySolve(K, new Float64Array(m).fill(1), { ridge: 1e-10 })
      }),
      { numRuns: 30 },
    )
  })

  test('refuses what it cannot take', () => {
    const kernel = product([{ kind: 'numeric', gamma: 1 }, { kind: 'categorical' }])
    expect(() => gram([[1, 0.5]], undefined, kernel)).toThrow(
      '"X" expected whole numbers up to 2²⁴ in its categorical column 1, got 0.5 in row 0; number the categories',
    )
    expect(() => gram([[1]], undefined, kernel)).toThrow('"X columns" expected length 2, got 1')
    expect(() => product([])).toThrow('"parts" expected one part for each column, got none')
    expect(() => product([{ kind: 'word' } as never])).toThrow('"parts[0].kind" expected one of')
    expect(() => product([{ kind: 'categorical', rho: 1 }])).toThrow(
      '"parts[0].rho" expected a number from 0 to below 1',
    )
    expect(() => product({} as never)).toThrow('"parts" expected an array of parts')
    expect(checkKernel(JSON.parse(JSON.stringify(mixed)))).toEqual(mixed)
    expect(sameKernel(mixed, kernel)).toBe(false)
  })
})
