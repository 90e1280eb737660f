import { describe, expect, test } from 'vitest'
import { type Matrix, matrix } from '../../../src/base/matrix.js'
import { gaussian, type Kernel, polynomial, product } from '../../../src/kernel/kernel.js'
import { evaluate } from '../../../src/rkme/evaluate.js'
import { mmdSquared } from '../../../src/rkme/mmd.js'
import { reduce, reduceAsync } from '../../../src/rkme/reduce/reduce.js'
import { isLarge } from '../../../src/rkme/rows/request.js'
import { core } from '../../../src/wasm/instance.js'
import { normals } from '../../../src/wasm/scalar.js'

const rows = 65_536

/** Three heaps of different width; whole numbers from 0 to 2 in the last column. */
const heaps = (d: number, seed: number): Matrix => {
  const data = Float32Array.from(normals(seed, rows * d))
  for (let i = 0; i < rows; i++) {
    const heap = (i * 7) % 3
    for (let k = 0; k < d; k++) data[i * d + k] = (1 + 0.3 * heap) * data[i * d + k] + 2 * heap * (k % 2)
    data[i * d + d - 1] = heap
  }
  return matrix(data, rows, d)
}

const X = heaps(3, 5)
const mixed = product([
  { kind: 'numeric', gamma: 0.2 },
  { kind: 'numeric', gamma: 0.2 },
  { kind: 'categorical', rho: 0.3 },
])

describe('a reduction of very many rows', () => {
  test('begins where half of the rows are enough to be held', () => {
    expect([65_535, 65_536].map((count) => isLarge(count, 3))).toEqual([false, true])
    expect([10_697, 10_698].map((count) => isLarge(count, 784))).toEqual([false, true])
  })

  test.each<[string, Kernel]>([
    ['gaussian', gaussian(0.2)],
    ['polynomial', polynomial({ degree: 4, scale: 0.2 })],
    ['mixed', mixed],
  ])('comes within a few percent of as many steps on all rows, %s', (_, kernel) => {
    const start = reduce(X, { kernel, size: 4, seed: 2, iterations: 0 })
    const quick = reduce(X, { kernel, size: 4, seed: 2 })
    const long = reduce(X, { kernel, size: 4, seed: 2, iterations: 60 })
    expect(quick.error).toBeLessThan(start.error)
    expect(quick.error).toBeLessThan(1.05 * Math.max(long.error, long.floor))
    // ‖Φ̂‖² falls out of the difference of two squared errors: the rest of it is summed over all rows here.
    const [a, b] = [quick, long].map(({ error }) => error * error)
    const values = (e: typeof quick): number => {
      const at = evaluate(e, X)
      let sum = 0
      for (let i = 0; i < rows; i++) sum += at[i]
      return sum / rows
    }
    const norm = (e: typeof quick): number =>
      e.weights.reduce((sum, weight, j) => sum + weight * evaluate(e, e.points)[j], 0)
    const difference = norm(quick) - 2 * values(quick) - (norm(long) - 2 * values(long))
    expect(Math.abs(a - b - difference)).toBeLessThan(0.05 * Math.max(a, b))
  })

  test('its estimate of the error is near to the error over all pairs', () => {
    const narrow = heaps(2, 9)
    const { points, weights, error, kernel, floor } = reduce(narrow, { kernel: gaussian(0.5), size: 4, seed: 1 })
    // ‖Φ̂‖² from a grid of sums is what 65,536² kernel values would give: the numbers of the first column are put into narrow bins.
    const width = 0.02
    const bins = new Map<number, number>()
    for (let i = 0; i < rows; i++) {
      const key = Math.round(narrow.data[2 * i] / width) * 4 + narrow.data[2 * i + 1]
      bins.set(key, (bins.get(key) ?? 0) + 1 / rows)
    }
    const cells = [...bins.keys()]
    const binned = {
      kernel,
      points: matrix(
        Float64Array.from(cells.flatMap((key) => [Math.floor(key / 4) * width, ((key % 4) + 4) % 4])),
        cells.length,
        2,
      ),
      weights: Float64Array.from(cells, (key) => bins.get(key) as number),
      samples: rows,
      error: 0,
      floor: 0,
    }
    const truth = Math.sqrt(mmdSquared({ kernel, points, weights, samples: rows, error, floor }, binned))
    expect(Math.abs(error / truth - 1)).toBeLessThan(0.05)
  })

  test('a start serves, sizes are tried until the error is below the floor, and weights go the plain way', () => {
    const kernel = gaussian(0.2)
    const first = reduce(X, { kernel, size: 6, seed: 2, measure: false })
    const again = reduce(X, { kernel, size: 6, seed: 3, start: first })
    expect(again.error).toBeLessThan(1.001 * reduce(X, { kernel, size: 6, seed: 2 }).error)
    const auto = reduce(heaps(1, 3), { seed: 1 })
    expect(auto.error).toBeLessThan(0.3 * auto.floor)
    expect(auto.points.rows).toBeLessThanOrEqual(16)
    const weighted = reduce(X, { kernel, size: 3, seed: 2, iterations: 5, rowWeights: new Float32Array(rows).fill(2) })
    expect(weighted.error).toBeGreaterThan(0)
  })

  test('the same bytes without blocking, which a signal ends within a descent; the arena is back', async () => {
    const before = core().mark()
    const options = { kernel: gaussian(0.2), size: 6, seed: 2 }
    expect(await reduceAsync(X, options)).toEqual(reduce(X, options))
    const stop = new AbortController()
    let told = 0
    const onProgress = ({ phase }: { phase: string }): void => {
      if (phase === 'descent' && ++told === 3) stop.abort(new Error('enough'))
    }
    await expect(reduceAsync(X, { ...options, onProgress, signal: stop.signal })).rejects.toThrow('enough')
    expect(told).toBe(3)
    expect(core().mark()).toBe(before)
  })
})
