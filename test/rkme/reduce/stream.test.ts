import { describe, expect, test } from 'vitest'
import { type Matrix, matrix, sliceRows } from '../../../src/base/matrix.js'
import { gaussian, linear } from '../../../src/kernel/kernel.js'
import { reduce } from '../../../src/rkme/reduce/reduce.js'
import { reduceStream, streamSource } from '../../../src/rkme/reduce/stream.js'
import { cachedRows, partRows } from '../../../src/rkme/rows/part.js'
import { type SumRequest, spanCount, spanRows } from '../../../src/rkme/rows/request.js'
import { shareTaker } from '../../../src/rkme/rows/share.js'
import { core } from '../../../src/wasm/instance.js'
import { normals } from '../../../src/wasm/scalar.js'
import { gauss } from '../../reference.js'

const X = matrix(Float32Array.from(gauss([0, 0, 0], 9100, 3).flat()), 9100, 3)

const blocksOf = (rows: Matrix, size: number) =>
  async function* (): AsyncGenerator<Matrix> {
    for (let start = 0; start < rows.rows; start += size)
      yield sliceRows(rows, start, Math.min(start + size, rows.rows))
  }

describe('rows from a stream', () => {
  test.each([100, 1000, 9100])('the same bytes as from a matrix, in blocks of %i', async (size) => {
    const options = { size: 10, iterations: 3, seed: 2 }
    expect(await reduceStream(blocksOf(X, size), options)).toEqual(reduce(X, options))
  })

  test.each([
    [300, 600],
    [4099, 600],
    [4099, 100],
  ])('the same shares where a span is several parts, in blocks of %i, d = %i', async (size, d) => {
    const rows = 8300
    const wide = matrix(Float32Array.from(normals(5, rows * d)), rows, d)
    const points = sliceRows(wide, 7, 9)
    expect((d === 600 ? partRows : cachedRows)(d)).toBeLessThan(spanRows(rows))
    const frame = { centre: Float64Array.from(normals(6, d)), precision: 'f32', weightFactor: 1 } as const
    const kernel = gaussian(1e-3)
    const requests: SumRequest[] = [
      { kind: 'total' },
      { kind: 'extent', frame },
      { kind: 'nearest', frame, points },
      { kind: 'diagonal', frame, kernel: linear() },
      { kind: 'moments', frame, points, kernel, differences: false, vectors: true },
      { kind: 'moments', frame, points, kernel, differences: true, vectors: false },
    ]
    const mark = core().mark()
    const source = await streamSource(blocksOf(wide, size))
    const take = shareTaker({ rows: wide, weights: undefined, total: rows, offset: 0 })
    for (const request of requests) {
      expect(await source.shares(request)).toEqual(take(request, 0, spanCount(rows)))
    }
    expect(core().mark()).toBe(mark)
  })

  test('blocks of another precision than the first are brought to its', async () => {
    const double = { ...X, data: Float64Array.from(X.data) }
    const mixed = async function* () {
      yield sliceRows(X, 0, 700)
      yield sliceRows(double, 700, X.rows)
    }
    const options = { size: 3, iterations: 1, seed: 2 }
    expect(await reduceStream(mixed, options)).toEqual(reduce(X, options))
  })

  test('few rows, and a size of their own', async () => {
    const few = sliceRows(X, 0, 200)
    expect(await reduceStream(blocksOf(few, 7))).toEqual(reduce(few))
  })

  test('refuses what it cannot read twice', async () => {
    let readings = 0
    const shrinking = () => blocksOf(sliceRows(X, 0, 300 - 100 * Math.min(1, readings++)), 50)()
    await expect(reduceStream(shrinking, { size: 3 })).rejects.toThrow(
      '"rows" expected 300 rows at every reading, got 200',
    )
    await expect(reduceStream(blocksOf(sliceRows(X, 0, 0), 5))).rejects.toThrow('"rows" expected at least one block')
    await expect(reduceStream([] as never)).rejects.toThrow('"open" expected a function')
    const ragged = async function* () {
      yield sliceRows(X, 0, 5)
      yield matrix(new Float32Array(4), 2, 2)
    }
    await expect(reduceStream(ragged)).rejects.toThrow('"rows" expected 3 columns in every block, got 2')
    let widths = 3
    const changing = async function* () {
      yield matrix(new Float32Array(6), 6 / widths, widths--)
    }
    await expect(reduceStream(changing)).rejects.toThrow('"rows" expected 3 columns at every reading, got 2')
    const broken = async function* () {
      yield matrix(Float32Array.of(1, Number.NaN), 2, 1)
    }
    await expect(reduceStream(broken)).rejects.toThrow('"rows" expected finite numbers, got NaN')
  })
})
