import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Matrix, matrix } from '../../src/base/matrix.js'
import { centred, columnMeans, placeCentred, squaredNorms } from '../../src/kernel/centre.js'
import { withArena } from '../../src/wasm/arena.js'
import { core } from '../../src/wasm/instance.js'
import { normals } from '../../src/wasm/scalar.js'

const shapes = [
  [1, 1],
  [3, 2],
  [4, 5],
  [257, 7],
  [70, 784],
  [3, 33_001],
] as const

const make = (m: number, d: number, wide: boolean, offset = 0): Matrix => {
  const values = normals(m + d, m * d).map((value) => value + offset)
  return matrix(wide ? values : Float32Array.from(values), m, d)
}

const sums = ({ rows, columns, data }: Matrix): number[] =>
  Array.from({ length: columns }, (_, k) => {
    let sum = 0
    for (let i = 0; i < rows; i++) sum += data[i * columns + k]
    return sum
  })

const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.prototype.every.call(a, (value, i) => value === b[i])

describe.each(shapes)('rows of %i × %i', (m, d) => {
  test.each([true, false])('give the means and differences of plain loops, bit for bit (f64: %s)', (wide) => {
    const X = make(m, d, wide, 1e6)
    const before = [X.data.slice(), core().mark()]
    const means = columnMeans(X)
    expect(
      same(
        means,
        Float64Array.from(sums(X), (sum) => sum / m),
      ),
    ).toBe(true)
    for (const precision of ['f32', 'f64'] as const) {
      const differences = Float64Array.from(X.data, (value, at) => value - means[at % d])
      const expected = precision === 'f32' ? Float32Array.from(differences) : differences
      expect(same(centred(X, means, precision).data, expected)).toBe(true)
    }
    const near = means.map(Math.fround)
    const expected = Float32Array.from(X.data, (value, at) => value - near[at % d])
    expect(same(centred(X, near, 'f32').data, expected)).toBe(true)
    expect([X.data, core().mark()]).toEqual(before)
  })

  test.each([true, false])('have norms near those of plain loops, and the largest of them (f64: %s)', (wide) => {
    const X = make(m, d, wide)
    const norms = squaredNorms(X)
    let largest = 0
    for (let i = 0; i < m; i++) {
      let sum = 0
      for (let k = 0; k < d; k++) sum += X.data[i * d + k] ** 2
      expect(Math.abs(norms[i] / sum - 1)).toBeLessThan(wide ? 1e-13 : 1e-7)
      largest = Math.max(largest, sum)
    }
  })
})

test('f32 rows and an f32 origin: differences and norms are those of f64, up to 1e18', () => {
  const number = fc.float({ noNaN: true, min: Math.fround(-1e18), max: Math.fround(1e18) })
  const rows = fc.integer({ min: 1, max: 11 }).chain((d) =>
    fc.record({
      origin: fc.array(number, { minLength: d, maxLength: d }),
      data: fc.array(fc.array(number, { minLength: d, maxLength: d }), { minLength: 1, maxLength: 3 }),
    }),
  )
  fc.assert(
    fc.property(rows, ({ origin, data }) => {
      const X = matrix(Float32Array.from(data.flat()), data.length, origin.length)
      const expected = Float32Array.from(X.data, (value, at) => value - origin[at % origin.length])
      const norms = withArena((arena) => {
        const frame = { origin: arena.f64(origin), precision: 'f32' } as const
        const [out, at] = [arena.f32(X.data.length), arena.f32(X.rows)]
        placeCentred(arena, X, [0, X.rows], frame, out, at)
        expect(arena.readF32(out, X.data.length)).toEqual(expected)
        return arena.readF32(at, X.rows)
      })
      expect(norms).toEqual(squaredNorms(matrix(expected, X.rows, X.columns)))
    }),
    { numRuns: 300 },
  )
})

test('a norm does not depend on the rows beside it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 20 }), fc.integer(), (m, d, seed) => {
      const X = matrix(normals(seed, m * d), m, d)
      const each = Float64Array.from(
        { length: m },
        (_, i) => squaredNorms(matrix(X.data.slice(i * d, i * d + d), 1, d))[0],
      )
      expect(squaredNorms(X)).toEqual(each)
    }),
    { numRuns: 30 },
  )
})
