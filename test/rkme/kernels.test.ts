import { describe, expect, test } from 'vitest'
import { type Matrix, matrix } from '../../src/base/matrix.js'
import { diagonal } from '../../src/kernel/form.js'
import { type Kernel, laplacian, linear, polynomial } from '../../src/kernel/kernel.js'
import { decode, encode, fromJson, toJson } from '../../src/rkme/codec.js'
import { evaluate } from '../../src/rkme/evaluate.js'
import { mixture } from '../../src/rkme/mixture.js'
import { embed, inner, mmd, mmdSquared } from '../../src/rkme/mmd.js'
import { herd } from '../../src/rkme/reduce/herd.js'
import { merge } from '../../src/rkme/reduce/merge.js'
import { reduce, reduceAsync } from '../../src/rkme/reduce/reduce.js'
import { reduceStream } from '../../src/rkme/reduce/stream.js'
import { combine, type SumRequest, spanCount } from '../../src/rkme/rows/request.js'
import { shareTaker } from '../../src/rkme/rows/share.js'
import { project } from '../../src/rkme/solver/projection.js'
import { innerOf, kernelReference, mmdSquaredOf } from '../kernel/references.js'
import { data3, gauss, rowsOf } from '../reference.js'

const asMatrix = (rows: number[][], f32 = false): Matrix =>
  matrix((f32 ? Float32Array : Float64Array).from(rows.flat()), rows.length, rows[0].length)

const answer = (request: SumRequest, rows: Matrix): Float64Array =>
  combine(
    request,
    shareTaker({ rows, weights: undefined, total: rows.rows, offset: 0 })(request, 0, spanCount(rows.rows)),
  )

const momentsAt = (kernel: Kernel, X: Matrix, points: Matrix, vectors = true) => {
  const precision = X.data instanceof Float32Array ? 'f32' : 'f64'
  const frame = { centre: new Float64Array(X.columns), precision, weightFactor: 1 } as const
  const sums = answer({ kind: 'moments', frame, points, kernel, differences: true, vectors }, X)
  for (let i = 0; i < sums.length; i++) sums[i] /= X.rows
  return { correlations: sums.slice(0, points.rows), vectors: sums.slice(points.rows) }
}

const equal = (m: number): number[] => Array(m).fill(1 / m)

const kernels: [string, Kernel][] = [
  ['laplacian', laplacian(0.4)],
  ['quadratic', polynomial({ scale: 0.5 })],
  ['cubic', polynomial({ degree: 3, offset: 0.5, scale: 0.3 })],
  ['linear', linear()],
]

describe.each(kernels)('%s', (_, kernel) => {
  test('moments agree with the definition, and their vectors with its derivative', () => {
    const x = gauss([0, 0.5, 0, 0, 1], 300, 1)
    const z = gauss([0.2, 0, 0, 0.1, 0], 11, 2)
    z[3] = [...x[5]]
    const h = 1e-6
    for (const f32 of [false, true]) {
      const X = asMatrix(x, f32)
      const points = asMatrix(z, f32)
      const { correlations, vectors } = momentsAt(kernel, X, points)
      rowsOf(points).forEach((point, j) => {
        const mean = (at: number[]): number =>
          rowsOf(X).reduce((sum, row) => sum + kernelReference(kernel, row, at) / X.rows, 0)
        expect(Math.abs(correlations[j] / mean(point) - 1)).toBeLessThan(f32 ? 1e-4 : 1e-12)
        point.forEach((_, k) => {
          const moved = (by: number): number[] => point.map((value, c) => (c === k ? value + by : value))
          const factor = kernel.kind === 'laplacian' ? kernel.gamma : 1
          const slope = (mean(moved(h)) - mean(moved(-h))) / (2 * h)
          expect(Math.abs(factor * vectors[j * 5 + k] - slope)).toBeLessThan(
            (f32 ? 1e-5 : 1e-8) * (1 + Math.abs(slope)),
          )
        })
      })
    }
  })

  test.each(['cone', 'simplex', 'free'] as const)(
    'gradient by finite differences on points that interact (%s)',
    (constraint) => {
      for (const [x, z] of [
        [data3(200, 1), gauss([0.5, 0.5], 4, 2)],
        [gauss([0, 0, 0, 0, 0], 150, 3), gauss([0.3, 0, 0, 0, 0], 5, 4)],
        // Fewer points than dimensions: the linear kernel would meet its mean exactly, where all gradients vanish.
        [gauss([1, 1, 1, 0, 0], 150, 5), gauss([1, 0, 1, 0, 0], 2, 6)],
      ]) {
        const X = asMatrix(x)
        const at = (points: number[][]) =>
          project(asMatrix(points), momentsAt(kernel, X, asMatrix(points)), kernel, constraint)
        const { gradient, weights } = at(z)
        const held = weights.slice()
        // At the weights found: they are the best there, so that the gradient of the minimum is that at fixed weights.
        const objective = (points: number[][]): number =>
          innerOf(kernel, points, held, points, held) - 2 * innerOf(kernel, x, equal(x.length), points, held)
        const scale = Math.max(...gradient.map(Math.abs), 0.02)
        const h = kernel.kind === 'laplacian' ? 1e-6 : 1e-4
        z.forEach((point, j) => {
          point.forEach((value, k) => {
            const f = (step: number): number =>
              objective(z.map((row, i) => (i === j ? row.map((v, c) => (c === k ? value + step : v)) : row)))
            const numeric = (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)
            expect(Math.abs(numeric - gradient[j * point.length + k]) / scale).toBeLessThan(1e-6)
          })
        })
      }
    },
  )

  test('reduce: its error is the MMD, its floor the sampling noise, and more iterations come nearer', () => {
    const x = data3(500, 6)
    const X = asMatrix(x)
    const size = 6
    const self = innerOf(kernel, x, equal(500), x, equal(500))
    const mean = diagonal(kernel, X).reduce((sum, value) => sum + value / 500, 0)
    for (const constraint of ['cone', 'simplex', 'free'] as const) {
      const plain = reduce(X, { kernel, size, constraint, iterations: 0 })
      const best = reduce(X, { kernel, size, constraint })
      for (const embedding of [plain, best]) {
        const exact = mmdSquaredOf(kernel, x, equal(500), rowsOf(embedding.points), embedding.weights)
        expect(Math.abs(embedding.error ** 2 - exact) / mean).toBeLessThan(1e-9)
        expect(embedding.floor).toBeCloseTo(Math.sqrt((mean - self) / 500), 9)
        expect(embedding.kernel).toEqual(kernel)
      }
      expect(best.error).toBeLessThanOrEqual(plain.error + 1e-7)
      if (kernel.kind === 'laplacian') expect(best.error).toBeLessThan(0.85 * plain.error)
      // Kernels of finite dimension are met exactly, but for rounding.
      else expect(best.error ** 2 / mean).toBeLessThan(2e-4)
    }
  })

  test('reduce: the same bytes from every driver; f32 near f64', async () => {
    const X = asMatrix(data3(700, 7), true)
    const options = { kernel, size: 5, iterations: 20, seed: 3 }
    const bytes = encode(reduce(X, options))
    expect(encode(await reduceAsync(X, options))).toEqual(bytes)
    const open = async function* () {
      yield matrix(X.data.slice(0, 400), 200, 2)
      yield matrix(X.data.slice(400), 500, 2)
    }
    expect(encode(await reduceStream(open, options))).toEqual(bytes)
    const fine = reduce(X, { ...options, iterations: 0, precision: 'f64' })
    const coarse = reduce(X, { ...options, iterations: 0 })
    expect(coarse.error).toBeCloseTo(fine.error, 2)
  })

  test('inner, mmd, evaluate, mixture and herd agree with the definition', () => {
    const [x, z] = [data3(40, 8), data3(30, 9)]
    const [a, b] = [embed(x, kernel), embed(z, kernel)]
    const size = innerOf(kernel, x, equal(40), x, equal(40))
    expect(inner(a, b) / innerOf(kernel, x, equal(40), z, equal(30))).toBeCloseTo(1, 10)
    expect(Math.abs(mmdSquared(a, b) - mmdSquaredOf(kernel, x, equal(40), z, equal(30))) / size).toBeLessThan(1e-12)
    expect(mmd(a, b)).toBeCloseTo(mmd(b, a), 12)
    expect(() => mmd(a, embed(z, laplacian(9)))).toThrow('"kernel" expected')
    const values = evaluate(a, z)
    z.forEach((row, j) => {
      const exact = x.reduce((sum, other) => sum + kernelReference(kernel, other, row) / 40, 0)
      expect(Math.abs(values[j] - exact)).toBeLessThan(1e-10 * (1 + Math.abs(exact)))
    })
    const { weights, distance } = mixture(a, [b, a])
    expect(Math.abs(weights[1] - 1)).toBeLessThan(1e-6)
    expect(distance / Math.sqrt(size)).toBeLessThan(1e-6)
    const picked = herd(x, { size: 10, kernel })
    const exact = mmdSquaredOf(kernel, x, equal(40), rowsOf(picked.points), equal(10))
    expect(Math.abs(picked.error ** 2 - exact) / size).toBeLessThan(1e-9)
    expect(picked.error).toBeLessThanOrEqual(mmd(a, embed(x.slice(0, 10), kernel)) + 1e-9)
  })

  test('merge: the union of two parts, and its floor', () => {
    const [x, z] = [data3(80, 12), data3(160, 13)]
    const merged = merge([embed(x, kernel), embed(z, kernel)].map((part) => reduce(part.points, { kernel, size: 200 })))
    const whole = reduce([...x, ...z], { kernel, size: 240 })
    expect(merged.floor).toBeCloseTo(whole.floor, 6)
    expect(mmd(merged, whole)).toBeLessThan(merged.error + 1e-6)
  })

  test('comes back from bytes and from JSON', () => {
    const embedding = reduce(data3(60, 10), { kernel, size: 3, iterations: 2 })
    expect(decode(encode(embedding))).toEqual(embedding)
    expect(fromJson(JSON.stringify(toJson(embedding)))).toEqual(embedding)
  })

  test('words as labels make class-wise embeddings; numbers need a kernel that has room for them', () => {
    const x = data3(60, 11)
    const classes = reduce(x, {
      kernel,
      size: 4,
      iterations: 2,
      labels: x.map(([u]) => (u > 1 ? 'far' : 'near')),
    }).classes
    expect(classes?.map(({ label, embedding }) => [label, embedding.kernel])).toEqual([
      ['far', kernel],
      ['near', kernel],
    ])
    expect(() => reduce(x, { kernel, size: 4, labels: x.map(([u]) => u) })).toThrow(
      '"labels" that are numbers expected a Gaussian or product kernel beside them, got',
    )
  })

  test('rows that are all zero, all equal, or one', () => {
    for (const x of [[[0, 0]], Array(40).fill([0, 0]), Array(40).fill([1, -2])]) {
      const embedding = reduce(x, { kernel, size: 3 })
      expect([...embedding.weights, ...embedding.points.data, embedding.error].every(Number.isFinite)).toBe(true)
      expect(embedding.error).toBeLessThan(1e-6)
    }
  })
})
