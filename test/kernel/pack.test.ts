import { describe, expect, test } from 'vitest'
import { type Matrix, matrix } from '../../src/base/matrix.js'
import { columnMeans } from '../../src/kernel/centre.js'
import { placeFrame } from '../../src/kernel/frame.js'
import { gaussian, polynomial, product } from '../../src/kernel/kernel.js'
import { placePanels, placeTiles } from '../../src/kernel/pack.js'
import { withArena } from '../../src/wasm/arena.js'
import { core } from '../../src/wasm/instance.js'
import { normals } from '../../src/wasm/scalar.js'

const shapes = [
  [1, 1],
  [3, 2],
  [8, 4],
  [13, 7],
  [64, 100],
  [70, 784],
  [2, 33_001],
] as const

const make = (m: number, d: number, wide: boolean): Matrix => {
  const values = normals(m + d, m * d).map((value, at) => value + (at % d))
  return matrix(wide ? values : Float32Array.from(values), m, d)
}

describe.each(shapes)('rows of %i × %i', (m, d) => {
  describe.each(['f32', 'f64'] as const)('in %s', (precision) => {
    test.each([true, false])('stand in panels and tiles minus the origin, with their norms (f64: %s)', (wide) => {
      const X = make(m, d, wide)
      const before = [X.data.slice(), core().mark()]
      withArena((arena) => {
        const read = (pointer: number, length: number): ArrayLike<number> =>
          precision === 'f32' ? arena.readF32(pointer, length) : arena.readF64(pointer, length)
        const round = precision === 'f32' ? Math.fround : (value: number): number => value
        const frame = placeFrame(arena, X, gaussian(1), 'X', precision)
        const origin = arena.readF64(frame.origin, d)
        const expected = Float64Array.from(X.data, (value, at) => round(value - origin[at % d]))
        const squares = Array.from({ length: m }, (_, i) =>
          expected.subarray(i * d, (i + 1) * d).reduce((sum, value) => sum + value * value, 0),
        )
        const rounding = precision === 'f32' ? 1e-7 : 1e-13

        const width = precision === 'f32' ? 8 : 4
        const panels = placePanels(arena, X, frame)
        const packed = read(panels.pointer, Math.ceil(m / width) * width * d)
        for (let i = 0; i < Math.ceil(m / width) * width; i++) {
          for (let k = 0; k < d; k++) {
            const at = (Math.floor(i / width) * d + k) * width + (i % width)
            if (packed[at] !== (i < m ? expected[i * d + k] : 0)) throw new Error(`point ${i}, coordinate ${k}`)
          }
        }
        const largest = Math.max(...squares)
        expect(Math.abs(panels.largest - largest)).toBeLessThanOrEqual(rounding * largest)
        const norms = read(panels.norms, m)
        squares.forEach((square, i) => {
          expect(Math.abs(norms[i] - square)).toBeLessThanOrEqual(rounding * square)
        })

        const room = { pointer: arena.bytes((m + 5) * d * 8), norms: arena.bytes((m + 5) * 8) }
        for (const factor of [1, 2]) {
          expect(placeTiles(arena, X, [0, m], frame, factor, room)).toBe(panels.largest)
          expect(read(room.norms, m)).toEqual(norms)
          const tiles = read(room.pointer, Math.ceil(m / 5) * 5 * d)
          for (let i = 0; i < Math.ceil(m / 5) * 5; i++) {
            for (let k = 0; k < d; k++) {
              const at = (Math.floor(i / 5) * d + k) * 5 + (i % 5)
              if (tiles[at] !== factor * expected[Math.min(i, m - 1) * d + k])
                throw new Error(`row ${i}, coordinate ${k}`)
            }
          }
        }
      })
      expect([X.data, core().mark()]).toEqual(before)
    })

    test.each([1, 2])('stand in tiles as they are where there is no origin, times %i, without norms', (factor) => {
      const X = make(m, d, precision === 'f64')
      withArena((arena) => {
        const f32 = precision === 'f32'
        const rows = f32 ? arena.f32(X.data) : arena.f64(X.data)
        const out = arena.bytes((m + 5) * d * 8)
        const pack = arena.core[f32 ? 'packTiles32' : 'packTiles64']
        expect(pack(rows, m, d, 0, factor, out, 0)).toBe(0)
        const length = Math.ceil(m / 5) * 5 * d
        const tiles = f32 ? arena.readF32(out, length) : arena.readF64(out, length)
        const wrong = tiles.findIndex((value, at) => {
          const i = 5 * Math.floor(at / (5 * d)) + (at % 5)
          return value !== factor * X.data[Math.min(i, m - 1) * d + (Math.floor(at / 5) % d)]
        })
        expect(wrong).toBe(-1)
      })
    })
  })
})

describe('the origin of a frame', () => {
  const originOf = (X: Matrix, precision: 'f32' | 'f64', kernel = gaussian(1) as Parameters<typeof placeFrame>[2]) =>
    withArena((arena) => arena.readF64(placeFrame(arena, X, kernel, 'X', precision).origin, X.columns))

  test('is the mean in f64, and near it in f32, whatever the number of rows', () => {
    for (const m of [1, 2, 4, 5, 9, 39, 40, 41, 1000]) {
      const X = make(m, 6, true)
      expect(originOf(X, 'f64')).toEqual(columnMeans(X))
      const near = originOf(X, 'f32')
      columnMeans(X).forEach((mean, k) => {
        const column = Array.from({ length: m }, (_, i) => X.data[i * 6 + k])
        expect(near[k]).toBeGreaterThanOrEqual(Math.min(...column))
        expect(near[k]).toBeLessThanOrEqual(Math.max(...column))
        if (m >= 40) expect(Math.abs(near[k] - mean)).toBeLessThan(0.75)
      })
    }
  })

  test('is the median of five means, an f32 for f32 rows, by a slow plain reference', () => {
    const [m, d] = [203, 3]
    for (const wide of [true, false]) {
      const X = make(m, d, wide)
      const means = [0, 48, 97, 146, 195].map((start) =>
        Array.from({ length: d }, (_, k) => {
          let sum = 0
          for (let i = start; i < start + 8; i++) sum += X.data[i * d + k]
          return sum
        }),
      )
      const wanted = Array.from({ length: d }, (_, k) => means.map((row) => row[k]).sort((a, b) => a - b)[2] / 8)
      expect([...originOf(X, 'f32')]).toEqual(wide ? wanted : wanted.map(Math.fround))
    }
  })

  test('stays among the rows where two of five groups are far away', () => {
    const X = make(100, 2, false)
    for (const far of [1e30, -1e30]) {
      X.data[1] = far
      X.data[99 * 2 + 1] = far
      expect(Math.abs(originOf(X, 'f32')[1] - 1)).toBeLessThan(2)
    }
  })

  test('is 0 where a kernel is not one of differences', () => {
    const X = matrix(Float32Array.from(make(50, 2, true).data, Math.round), 50, 2)
    for (const precision of ['f32', 'f64'] as const) {
      expect([...originOf(X, precision, polynomial({ degree: 2, offset: 1, scale: 1 }))]).toEqual([0, 0])
      const parts = [{ kind: 'numeric', gamma: 1 } as const, { kind: 'categorical' } as const]
      const [number, category] = originOf(X, precision, product(parts))
      expect([Math.abs(number) > 0, category]).toEqual([true, 0])
    }
  })
})
