import { describe, expect, test } from 'vitest'
import { type Matrix, matrix, sliceRows } from '../../../src/base/matrix.js'
import { gaussian, linear, product } from '../../../src/kernel/kernel.js'
import { reduce } from '../../../src/rkme/reduce/reduce.js'
import { reduceStream } from '../../../src/rkme/reduce/stream.js'
import { cachedRows, partRows } from '../../../src/rkme/rows/part.js'
import { type SumRequest, spanCount, spanRows } from '../../../src/rkme/rows/request.js'
import { shareTaker } from '../../../src/rkme/rows/share.js'
import { streamSource } from '../../../src/rkme/rows/stream-source.js'
import { core } from '../../../src/wasm/instance.js'
import { normals } from '../../../src/wasm/scalar.js'
import { gauss } from '../../reference.js'

const X = matrix(Float32Array.from(gauss([0, 0, 0], 9100, 3).flat()), 9100, 3)

/** So many that they are read again and again. */
const many = matrix(
  Float32Array.from(normals(8, 70_000), (value, i) => value + (i % 3)),
  70_000,
  1,
)

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
    const source = await streamSource(blocksOf(wide, size), { kept: 0 })
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

  test('the same bytes where some blocks have no rows', async () => {
    const options = { size: 5, iterations: 2, seed: 2 }
    const gaps = async function* () {
      yield matrix(new Float32Array(0), 0, 3)
      for await (const block of blocksOf(X, 999)()) {
        yield block
        yield matrix(new Float64Array(0), 0, 0)
      }
    }
    expect(await reduceStream(gaps, options)).toEqual(reduce(X, options))
  })

  test.each([
    ['f32', 1],
    ['f32', 2],
    ['f64', 3],
  ] as const)(
    'rows of %s that change from one reading to another are refused, from reading %i on',
    async (precision, reading) => {
      const rows = 2000
      const frame = { centre: Float64Array.of(0.3, -0.2, 0.1), precision, weightFactor: 1 } as const
      const points = sliceRows(X, 0, 4)
      const requests = [
        { kind: 'total' },
        { kind: 'extent', frame },
        { kind: 'self', frame, kernel: gaussian(0.1), differences: true },
        { kind: 'moments', frame, points, kernel: gaussian(0.1), differences: true, vectors: true },
        { kind: 'nearest', frame, points },
      ] as const
      const numbers = Array.from(X.data.subarray(0, 3 * rows))
      const readable = (change: (value: number, i: number) => number) => {
        let readings = 0
        const open = async function* () {
          const changed = ++readings > reading ? numbers.map(change) : numbers
          const data = precision === 'f32' ? Float32Array.from(changed) : Float64Array.from(changed)
          // Cut otherwise each time, which is no change.
          yield* blocksOf(matrix(data, rows, 3), 500 + 100 * readings)()
        }
        return { open, readings: () => readings }
      }
      const refusal = '"rows" expected the same numbers at every reading, got others'
      for (const change of [
        (value: number, i: number) => (i === 5000 ? value + 1e-3 : value),
        (value: number, i: number) => (i === 7 ? Number.NaN : value),
        (value: number, i: number) => (i === 5999 ? -Infinity : value),
        (value: number) => -value,
        (value: number) => 2 * value,
        () => 0,
      ]) {
        for (const request of requests) {
          const { open, readings } = readable(change)
          const source = await streamSource(open, { kept: 0 })
          while (readings() < reading) await source.shares(request)
          await expect(source.shares(request)).rejects.toThrow(refusal)
        }
        const { open, readings } = readable(change)
        const source = await streamSource(open, { kept: 0 })
        while (readings() < reading) await source.shares({ kind: 'total' })
        await expect(source.take(Int32Array.of(0))).rejects.toThrow(refusal)
      }
      const same = await streamSource(readable((value) => value).open, { kept: 0 })
      for (const request of requests) await same.shares(request)
    },
  )

  test('ends between two blocks where it is aborted, and closes the reader', async () => {
    const stop = new AbortController()
    let blocks = 0
    let closed = 0
    const open = async function* () {
      try {
        for await (const block of blocksOf(many, 700)()) {
          if (++blocks === 250) stop.abort(new Error('enough'))
          yield block
        }
      } finally {
        closed++
      }
    }
    await expect(reduceStream(open, { size: 3, signal: stop.signal })).rejects.toThrow('enough')
    expect(blocks).toBe(250)
    expect(closed).toBe(3)
  })

  test('few rows are read once, many at most nine times for a size, more often only where iterations are asked for', async () => {
    let readings = 0
    const counted = (rows: Matrix) => () => {
      readings++
      return blocksOf(rows, 8192)()
    }
    await reduceStream(counted(X), { size: 10 })
    expect(readings).toBe(1)
    for (const options of [{ size: 6 }, { size: 6, kernel: linear() }, { size: 6, measure: false }]) {
      readings = 0
      const streamed = await reduceStream(counted(many), { ...options, seed: 4 })
      expect(readings).toBeLessThanOrEqual(9)
      expect(readings).toBeGreaterThan(4)
      expect(streamed).toEqual(reduce(many, { ...options, seed: 4 }))
    }
    readings = 0
    const further = await reduceStream(counted(many), { size: 6, iterations: 9 })
    expect(readings).toBeGreaterThan(12)
    expect(further).toEqual(reduce(many, { size: 6, iterations: 9 }))
  })

  test('refuses what it cannot read twice', async () => {
    let readings = 0
    const shrinking = () => blocksOf(sliceRows(many, 0, 70_000 - 100 * Math.min(1, readings++)), 5000)()
    await expect(reduceStream(shrinking, { size: 3 })).rejects.toThrow(
      '"rows" expected 70000 rows at every reading, got 69900',
    )
    const spoiled = matrix(many.data.slice(), 70_000, 1)
    spoiled.data[69_000] = Number.NaN
    let spoiledReadings = 0
    const spoiling = () => blocksOf(spoiledReadings++ < 4 ? many : spoiled, 5000)()
    await expect(reduceStream(spoiling, { size: 3 })).rejects.toThrow(
      '"rows" expected the same numbers at every reading',
    )
    await expect(reduceStream(blocksOf(sliceRows(X, 0, 0), 5))).rejects.toThrow(
      '"rows" expected at least one row, got none',
    )
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
    const narrowing = await streamSource(changing, { kept: 0 })
    await expect(narrowing.take(Int32Array.of(0))).rejects.toThrow('"rows" expected 3 columns in every block, got 2')
    const broken = async function* () {
      yield matrix(Float32Array.of(1, Number.NaN), 2, 1)
    }
    await expect(reduceStream(broken)).rejects.toThrow('"rows" expected finite numbers, got NaN')
    const late = async function* () {
      yield matrix(Float32Array.of(1, 2), 1, 2)
      yield matrix(Float32Array.of(1, 0.5), 1, 2)
    }
    const kernel = product([
      { kind: 'numeric', gamma: 1 },
      { kind: 'categorical', rho: 0.2 },
    ])
    await expect(reduceStream(late, { kernel })).rejects.toThrow('"rows" expected whole numbers up to 2²⁴')
    const wide = async function* () {
      yield matrix(Float32Array.of(1), 1, 1)
      yield matrix(Float64Array.of(1e300), 1, 1)
    }
    await expect(reduceStream(wide)).rejects.toThrow('"rows" expected finite numbers, got Infinity')
    for (const name of ['labels', 'rowWeights']) {
      await expect(reduceStream(blocksOf(X, 9100), { [name]: new Float64Array(9100).fill(1) })).rejects.toThrow(
        `"${name}" expected nothing beside rows that are streamed`,
      )
    }
  })
})
