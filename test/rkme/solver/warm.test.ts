import { describe, expect, test } from 'vitest'
import { type Matrix, matrix, takeRows } from '../../../src/base/matrix.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import { embed, mmd } from '../../../src/rkme/mmd.js'
import { planReduction, type ReduceOptions, reduce, reduceAsync } from '../../../src/rkme/reduce/reduce.js'
import { combine, spanCount } from '../../../src/rkme/rows/request.js'
import { shareTaker } from '../../../src/rkme/rows/share.js'
import { solve } from '../../../src/rkme/solver/solver.js'
import { fillPoints, heaviestPoints } from '../../../src/rkme/solver/warm.js'
import { data3, gauss, mulberry32, rowsOf, squaredDistance } from '../../reference.js'

const kernel = gaussian(0.5)
const asMatrix = (rows: number[][]): Matrix => matrix(Float64Array.from(rows.flat()), rows.length, rows[0].length)

/** A reduction, and how often it asked for the gradient. */
const counted = (X: number[][], options: ReduceOptions) => {
  const [{ rows, options: solver }] = planReduction(X, options).tasks
  const take = shareTaker({ rows, weights: undefined, total: rows.rows, offset: 0 })
  const steps = solve(rows.rows, rows.columns, solver)
  let evaluations = 0
  let step = steps.next()
  while (!step.done) {
    const request = step.value
    if (request.kind === 'moments' && request.vectors) evaluations++
    if (request.kind === 'rows') step = steps.next(takeRows(rows, request.indices))
    else step = steps.next(combine(request, take(request, 0, spanCount(rows.rows))))
  }
  return { evaluations, error: step.value.error }
}

describe('a warm start', () => {
  test('on grown rows takes a fraction of the evaluations to the same error', () => {
    const X = gauss(Array(10).fill(0), 5000, 5)
    const start = reduce(X.slice(0, 4000), { size: 50, seed: 1, measure: false })
    const cold = counted(X, { size: 50, seed: 1 })
    const warm = counted(X, { size: 50, seed: 1, start })
    expect(warm.evaluations).toBeLessThan(cold.evaluations / 4)
    expect(warm.error).toBeLessThan(1.05 * cold.error)
  })

  test('never ends worse than the old points with new weights, nor than k-means centres', () => {
    const X = data3(1500, 2)
    const start = reduce(X.slice(0, 700), { kernel, size: 12, seed: 3 })
    const old = reduce(X, { start, size: 12, iterations: 0 })
    expect(old.points.rows).toBe(start.points.rows)
    old.points.data.forEach((value, i) => expect(value).toBeCloseTo(start.points.data[i], 12))
    expect(old.error).toBeLessThanOrEqual(mmd(embed(X, kernel), start) + 1e-9)
    expect(reduce(X, { start, size: 12 }).error).toBeLessThanOrEqual(old.error + 1e-9)
    const far = { ...start, points: { ...start.points, data: start.points.data.map((value) => value + 50) } }
    expect(reduce(X, { start: far, size: 12 }).error).toBe(reduce(X, { kernel, size: 12 }).error)
  })

  test('fills up and cuts', () => {
    const X = data3(900, 4)
    const start = reduce(X.slice(0, 500), { kernel, size: 10 })
    const begun = reduce(X, { start, size: 25, iterations: 0 })
    expect(begun.points.rows).toBeGreaterThan(start.points.rows)
    expect(begun.error).toBeLessThan(reduce(X, { start, size: 10, iterations: 0 }).error)
    expect(reduce(X, { start, size: 25 }).points.rows).toBeGreaterThan(start.points.rows)
    expect(reduce(X, { start, size: 4 }).points.rows).toBeLessThanOrEqual(4)
    const few = reduce(X.slice(0, 8), { start, size: 10 })
    expect(few.error).toBeLessThan(1e-7)
  })

  test('with automatic size goes on from the size it had', () => {
    const X = data3(2000, 6)
    const start = reduce(X.slice(0, 1000), { kernel })
    const told: number[] = []
    const grown = reduce(X, { start, onProgress: ({ size }) => told.push(size) })
    expect(Math.min(...told.filter((_, i) => i === 0))).toBe(start.points.rows)
    expect(grown.error).toBeLessThanOrEqual(0.3 * grown.floor)
  })

  test('serves classes and joint embeddings, and any driver', async () => {
    const X = data3(600, 7)
    const words = X.map(([a], i) => (i > 550 ? 'new' : a > 2 ? 'east' : 'west'))
    const numbers = X.map(([a, b]) => a - b)
    const old = X.slice(0, 500)
    for (const labels of [words, numbers]) {
      const start = reduce(old, { kernel, size: 20, labels: labels.slice(0, 500) as string[] })
      const options = { size: 20, labels: labels as string[], start, iterations: 5 }
      const grown = reduce(X, options)
      expect(await reduceAsync(X, options)).toEqual(grown)
      const cold = reduce(X, { ...options, kernel, start: undefined })
      for (const [i, part] of (grown.classes ?? []).entries()) {
        const same = part.embedding.error === cold.classes?.[i].embedding.error
        expect([part.label, same]).toEqual([part.label, part.label === 'new'])
      }
      if (grown.joint) expect(grown.joint.error).toBeLessThan(cold.joint?.error ?? 0)
    }
  })

  test('refuses what does not fit, changes nothing', () => {
    const X = data3(100, 8)
    const start = reduce(X, { kernel, size: 5 })
    const copy = { ...start, points: { ...start.points, data: start.points.data.slice() } }
    expect(reduce(X, { start, size: 5 }).kernel).toEqual(kernel)
    expect(start).toEqual(copy)
    expect(() => reduce(X, { start, kernel: gaussian(0.4) })).toThrow(
      '"start" expected gaussian(0.4), as in "kernel", got gaussian(0.5)',
    )
    expect(() => reduce([[1], [2]], { start })).toThrow('"start.points columns" expected length 1, got 2')
    expect(() => reduce(X, { start: X as never })).toThrow('"start" expected an object, got Array')
  })
})

describe('points to start from', () => {
  test('the heaviest, in their order, ties to the first', () => {
    const five = embed([[0], [1], [2], [3], [4]], kernel, { weights: [0.1, -0.4, 0.2, 0.2, 0.3] })
    expect(Array.from(heaviestPoints(five, 3).data)).toEqual([1, 2, 4])
    expect(heaviestPoints(five, 5)).toBe(five.points)
  })

  test('rows are drawn in proportion to their weight and their squared distance to the nearest point', () => {
    const rows = asMatrix(data3(12, 1))
    const points = asMatrix([
      [0, 0],
      [4, 0],
    ])
    const weights = Float64Array.from({ length: 12 }, (_, i) => i % 4)
    const nearest = rowsOf(rows).map(
      (row, i) => weights[i] * Math.min(...rowsOf(points).map((z) => squaredDistance(row, z))),
    )
    const total = nearest.reduce((a, b) => a + b)
    const counts = new Float64Array(12)
    const draws = 4000
    const random = mulberry32(5)
    for (let i = 0; i < draws; i++) {
      const [, , row] = rowsOf(fillPoints(points, rows, 3, random, weights))
      counts[rowsOf(rows).findIndex(([a, b]) => a === row[0] && b === row[1])]++
    }
    // 12 cells, 9 of them possible: χ² of 8 degrees of freedom is above 40 with probability 3e-6.
    const chi = nearest.reduce((sum, mass, i) => {
      const expected = (draws * mass) / total
      return expected === 0 ? sum + counts[i] * 1e9 : sum + (counts[i] - expected) ** 2 / expected
    }, 0)
    expect(chi).toBeLessThan(40)
  })

  test('equal rows are drawn evenly, enough points stay as they are', () => {
    const rows = asMatrix(Array(6).fill([1, 1]))
    const points = asMatrix([[1, 1]])
    expect(rowsOf(fillPoints(points, rows, 4, mulberry32(1)))).toEqual(Array(4).fill([1, 1]))
    expect(fillPoints(points, rows, 1, mulberry32(1))).toBe(points)
  })
})
