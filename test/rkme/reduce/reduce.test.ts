import { describe, expect, test } from 'vitest'
import { matrix } from '../../../src/base/matrix.js'
import { gaussian, gaussianOnly } from '../../../src/kernel/kernel.js'
import { embed, mmd } from '../../../src/rkme/mmd.js'
import { planReduction, type ReduceOptions, reduce, reduceAsync } from '../../../src/rkme/reduce/reduce.js'
import { driveAsync, localSource } from '../../../src/rkme/rows/driver.js'
import { type Progress, solve } from '../../../src/rkme/solver/solver.js'
import { core } from '../../../src/wasm/instance.js'
import { data3, equalWeights, gauss, innerReference, mmdSquaredReference, mulberry32, rowsOf } from '../../reference.js'

const kernel = gaussian(0.5)

describe('reduce', () => {
  test('its error and floor are what the definitions say', () => {
    const X = data3(500, 1)
    for (const constraint of ['cone', 'simplex', 'free'] as const) {
      const { points, weights, error, floor, samples } = reduce(X, { kernel, size: 8, constraint, seed: 3 })
      const a = equalWeights(500)
      const exact = Math.sqrt(mmdSquaredReference(X, a, rowsOf(points), weights, 0.5))
      expect(Math.abs(error - exact)).toBeLessThan(1e-9)
      expect(floor).toBeCloseTo(Math.sqrt((1 - innerReference(X, a, X, a, 0.5)) / 500), 12)
      expect([samples, points.columns, points.rows]).toEqual([500, 2, 8])
      if (constraint !== 'free') expect(Math.min(...weights)).toBeGreaterThan(0)
      if (constraint === 'simplex') expect(weights.reduce((s, w) => s + w)).toBeCloseTo(1, 12)
    }
  })

  test('stands well below k-means centres with the best weights', () => {
    const X = data3(2048, 20240901)
    for (const [size, share] of [
      [16, 0.85],
      [32, 0.55],
      [64, 0.25],
    ]) {
      for (const constraint of ['cone', 'simplex'] as const) {
        const base = reduce(X, { kernel, size, constraint, seed: 1, iterations: 0, rounds: 100 })
        expect(reduce(X, { kernel, size, constraint, seed: 1 }).error).toBeLessThan(share * base.error)
      }
    }
  })

  test('more iterations are never worse, nor is the descent worse than its start', () => {
    for (const [rows, d, size] of [
      [300, 1, 5],
      [300, 7, 12],
      [2000, 3, 20],
    ]) {
      for (const constraint of ['cone', 'simplex', 'free'] as const) {
        const X = gauss(Array(d).fill(0), rows, d)
        const errors = [0, 1, 5, 40].map(
          (iterations) => reduce(X, { size, constraint, seed: 2, iterations, tolerance: 0 }).error,
        )
        errors.forEach((error, i) => {
          if (i > 0) expect(error).toBeLessThanOrEqual(errors[i - 1] * (1 + 1e-9) + 1e-9)
        })
        expect(errors[3]).toBeLessThan(0.8 * errors[0])
      }
    }
  })

  test('f32 is near f64', () => {
    const X = gauss(Array(12).fill(0), 900, 5)
    const options = { size: 20, seed: 1, iterations: 30 } as const
    const fine = reduce(X, { ...options, precision: 'f64' })
    const coarse = reduce(X, { ...options, precision: 'f32' })
    const gamma = gaussianOnly(fine.kernel).gamma
    const exact = mmdSquaredReference(X, equalWeights(900), rowsOf(coarse.points), coarse.weights, gamma)
    expect(Math.abs(coarse.error - Math.sqrt(exact))).toBeLessThan(2e-4)
    expect(coarse.error).toBeLessThan(1.2 * fine.error)
  })

  test('an offset of a million changes nothing that matters', () => {
    const X = data3(400, 6)
    const near = reduce(X, { kernel, size: 10, precision: 'f32' })
    const far = reduce(
      X.map((row) => row.map((value) => value + 1e6)),
      { kernel, size: 10, precision: 'f32' },
    )
    expect(Math.abs(far.error / near.error - 1)).toBeLessThan(0.2)
    expect(far.points.data[0]).toBeGreaterThan(1e6 - 100)
  })

  test('weights of rows mean the same as repeated rows', () => {
    const X = data3(120, 7)
    const counts = X.map((_, i) => 1 + (i % 3))
    const repeated = X.flatMap((row, i) => Array(counts[i]).fill(row))
    const weighted = reduce(X, { kernel, size: 12, rowWeights: counts, seed: 1 })
    const exact = mmdSquaredReference(
      repeated,
      equalWeights(repeated.length),
      rowsOf(weighted.points),
      weighted.weights,
      0.5,
    )
    expect(Math.abs(weighted.error - Math.sqrt(exact))).toBeLessThan(1e-9)
    expect(() => reduce(X, { kernel, rowWeights: [1] })).toThrow('"rowWeights" expected length 120, got 1')
    expect(() => reduce(X, { kernel, rowWeights: X.map(() => -1) })).toThrow('"rowWeights" expected finite numbers')
    expect(() => reduce(X, { kernel, rowWeights: X.map(() => 0) })).toThrow('"rowWeights" expected a positive sum')
  })

  test('takes as many points as the rows can tell', () => {
    for (const rows of [30, 200, 3000]) {
      const { points, error, floor } = reduce(data3(rows, 8), { kernel })
      const limit = Math.ceil(Math.sqrt(rows))
      expect(points.rows).toBeLessThanOrEqual(limit)
      if (points.rows < limit / 2) expect(error).toBeLessThanOrEqual(0.3 * floor)
    }
    expect(reduce(data3(3000, 8), { kernel, cap: 6 }).points.rows).toBeLessThanOrEqual(6)
    const one = gauss([0], 3000, 9)
    const smooth = reduce(one, { kernel: gaussian(0.1) })
    expect(smooth.error).toBeLessThanOrEqual(0.3 * smooth.floor)
    expect(smooth.points.rows).toBeLessThanOrEqual(16)
  })

  test('odd shapes: no more rows than points, one row, one column, equal rows, constant columns', () => {
    const few = reduce(data3(5, 1), { kernel, size: 9 })
    expect(few.error).toBeLessThan(1e-7)
    expect(few.points.rows).toBe(5)
    expect(mmd(few, embed(data3(5, 1), kernel))).toBeLessThan(1e-7)
    const single = reduce([[3, 4]], {})
    expect([Array.from(single.points.data), Array.from(single.weights)]).toEqual([[3, 4], [1]])
    expect(single.error).toBeLessThan(3e-8)
    expect(reduce([[1], [2], [4]], { size: 2 }).points.columns).toBe(1)
    const equal = reduce(Array(50).fill([1, 2]), { size: 7 })
    expect(equal.error).toBeLessThan(1e-7)
    expect(equal.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 9)
    const constant = reduce(
      data3(100, 2).map(([a, b]) => [a, 7, b]),
      { kernel, size: 6 },
    )
    expect(rowsOf(constant.points).every((point) => Math.abs(point[1] - 7) < 1e-12)).toBe(true)
    const pairs = reduce(
      data3(40, 3).flatMap((row) => [row, row]),
      { kernel, size: 60 },
    )
    expect(pairs.error).toBeLessThan(1e-3)
  })

  test('many rows: the estimate of the error agrees with the exact sum', () => {
    const X = gauss([0, 0], 20600, 11)
    const estimated = reduce(X, { kernel, size: 6, iterations: 20, seed: 1 })
    const exact = Math.sqrt(Math.max(0, mmd(estimated, embed(X, kernel)) ** 2))
    expect(Math.abs(estimated.error - exact)).toBeLessThan(0.15 * exact)
    const random = mulberry32(1)
    const weights = Float64Array.from(X, () => 0.5 + random())
    const total = weights.reduce((a, b) => a + b)
    const weighed = reduce(X, { kernel, size: 6, iterations: 20, seed: 1, rowWeights: weights })
    const own = mmd(weighed, embed(X, kernel, { weights: weights.map((weight) => weight / total) }))
    expect(Math.abs(weighed.error - own)).toBeLessThan(0.15 * own)
  })

  test('without a measure it is the same but for error and floor', () => {
    const X = data3(300, 4)
    const measured = reduce(X, { kernel, size: 6 })
    expect(reduce(X, { kernel, size: 6, measure: false })).toEqual({
      ...measured,
      error: Number.NaN,
      floor: Number.NaN,
    })
  })

  test('inputs stay as they are, results are fresh, the arena is back, also after a refusal', () => {
    const before = core().mark()
    const X = matrix(Float32Array.from(data3(50, 5).flat()), 50, 2)
    const copy = X.data.slice()
    const labels = Array.from({ length: 50 }, (_, i) => i)
    const first = reduce(X, { kernel, size: 50, labels })
    expect(X.data).toEqual(copy)
    expect(first.points.data.buffer).not.toBe(X.data.buffer)
    const wrong: [ReduceOptions, string][] = [
      [{ size: 0 }, '"size" expected a whole number of at least 1, got 0'],
      [{ size: 'many' as 'auto' }, '"size" expected a whole number, got "many"'],
      [{ constraint: 'box' as 'cone' }, '"constraint" expected one of'],
      [{ labels: ['a'] }, '"labels" expected length 50, got 1'],
      [{ labels: labels.map((i) => (i ? i : 'a')) as number[] }, '"labels" expected all words or all numbers'],
      [{ labels: labels.map((i) => i / 0) }, '"labels[0]" expected a finite number, got NaN'],
      [{ sise: 4 } as ReduceOptions, '"options" has no option "sise"'],
    ]
    for (const [options, message] of wrong) expect(() => reduce(X, options)).toThrow(message)
    expect(() => reduce([[1], [Number.NaN]])).toThrow('"X" expected finite numbers, got NaN in row 1, column 0')
    expect(core().mark()).toBe(before)
  })
})

describe('labels', () => {
  test('words make one embedding for each class, with its share', () => {
    const X = data3(400, 1)
    const labels = X.map(([a, b]) => (a > 2 ? 'east' : b > 2 ? 'north' : 'home'))
    const { classes = [], ...plain } = reduce(X, { kernel, size: 20, labels, seed: 2 })
    expect(plain).toEqual(reduce(X, { kernel, size: 20, seed: 2 }))
    expect(classes.map(({ label }) => label)).toEqual(['east', 'home', 'north'])
    expect(classes.reduce((sum, { prior }) => sum + prior, 0)).toBeCloseTo(1, 12)
    for (const { label, prior, embedding } of classes) {
      const rows = X.filter((_, i) => labels[i] === label)
      expect(prior).toBeCloseTo(rows.length / 400, 12)
      expect(embedding.points.rows).toBeLessThanOrEqual(Math.max(2, Math.round(20 * prior)))
      expect(embedding.samples).toBe(rows.length)
      expect(Math.abs(embedding.error - mmd(embedding, embed(rows, kernel)))).toBeLessThan(1e-8)
    }
  })

  test('numbers make a joint embedding whose last column is the scaled label', () => {
    const X = data3(300, 2)
    const labels = X.map(([a, b]) => 100 + 10 * (a - b))
    const { joint } = reduce(X, { kernel, size: 15, labels, labelCentre: 100, labelScale: 20 })
    const z = X.map((row, i) => [...row, ((labels[i] - 100) / 20) * Math.sqrt(0.25 / 0.5)])
    expect(joint?.points.columns).toBe(3)
    expect(joint && Math.abs(joint.error - mmd(joint, embed(z, kernel)))).toBeLessThan(1e-8)
  })
})

describe('drivers', () => {
  const X = matrix(Float32Array.from(gauss([0, 0, 0], 3000, 3).flat()), 3000, 3)
  const options = { size: 12, seed: 4, iterations: 8 } as const

  test('synchronous and asynchronous give the same', async () => {
    const labels = Array.from({ length: 3000 }, (_, i) => (i % 2 ? 'odd' : 'even'))
    expect(await reduceAsync(X, { ...options, labels })).toEqual(reduce(X, { ...options, labels }))
    expect(reduce(X, options)).toEqual(reduce(X, options))
    expect(reduce(X, { ...options, seed: 5 })).not.toEqual(reduce(X, options))
  })

  test('progress is told in order, other work runs between requests, abort throws the reason', async () => {
    const told: Progress[] = []
    let turns = 0
    const timer = setInterval(() => turns++, 0)
    await reduceAsync(X, { ...options, onProgress: (progress) => told.push(progress) })
    clearInterval(timer)
    expect(turns).toBeGreaterThan(0)
    expect(told.map(({ phase }) => phase)).toEqual(['start', ...Array(8).fill('descent'), 'error'])
    expect(told.slice(1, 9).map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])

    const reason = new Error('enough')
    const controller = new AbortController()
    const aborted = reduceAsync(X, {
      ...options,
      signal: controller.signal,
      onProgress: ({ iteration }) => iteration === 3 && controller.abort(reason),
    })
    await expect(aborted).rejects.toBe(reason)
    expect(() => reduce(X, { ...options, signal: AbortSignal.abort(reason) })).toThrow(reason)
  })

  test('two reductions may run at once', async () => {
    const before = core().mark()
    const [task] = planReduction(X, options).tasks
    const run = () => driveAsync(solve(3000, 3, task.options), localSource(X))
    const [a, b] = await Promise.all([run(), run()])
    expect(a).toEqual(b)
    expect(a).toEqual(reduce(X, options))
    expect(core().mark()).toBe(before)
  })
})
