import { describe, expect, test } from 'vitest'
import { type Matrix, matrix, sliceRows } from '../../src/base/matrix.js'
import { reduce } from '../../src/rkme/reduce.js'
import { reduceStream } from '../../src/rkme/stream.js'
import { gauss } from '../reference.js'

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
    const broken = async function* () {
      yield matrix(Float32Array.of(1, Number.NaN), 2, 1)
    }
    await expect(reduceStream(broken)).rejects.toThrow('"rows" expected finite numbers, got NaN')
  })
})
