import { describe, expect, test } from 'vitest'
import { type Matrix, matrix } from '../../../src/base/matrix.js'
import { gaussian, type Kernel, laplacian, linear, polynomial, product } from '../../../src/kernel/kernel.js'
import { combine, type SumRequest, spanCount } from '../../../src/rkme/rows/request.js'
import { shareTaker } from '../../../src/rkme/rows/share.js'
import { pointGradient } from '../../../src/rkme/solver/gradient.js'
import { kernelReference } from '../../kernel/references.js'
import { mulberry32, normalOf, rowsOf } from '../../reference.js'

// Below, at and beyond a vector, a tile, the form by dot products, and blocks of 1,024 coordinates.
const dimensions = [1, 2, 3, 8, 31, 33, 100, 784, 1023, 1024, 1025, 2049, 4096]
/** More than a span of 256 rows where that is cheap; odd, as the number of points is, which fill panels in part. */
const rowsFor = (d: number): number => (d <= 3 ? 521 : d <= 100 ? 263 : 11)
const pointsFor = (d: number): number => [1, 3, 5, 7, 9, 11, 13][d % 7]

const kindOf = (c: number) => (['numeric', 'categorical', 'missing'] as const)[c % 3]

/** Kernels under which most rows are neither the same nor strangers, whatever the dimension. */
const kernels: [string, (d: number) => Kernel, ...boolean[]][] = [
  ['gaussian by differences', (d) => gaussian(1 / (2 * d)), true],
  ['gaussian by dot products', (d) => gaussian(1 / (2 * d)), false],
  ['laplacian', (d) => laplacian(0.8 / d), true],
  ['polynomial', (d) => polynomial({ degree: 3, offset: 1, scale: 1 / d }), true],
  ['linear', linear, true],
  [
    'product',
    (d) =>
      product(
        Array.from({ length: d }, (_, c) =>
          kindOf(c) === 'numeric'
            ? { kind: 'numeric', gamma: 1 / (2 * d) }
            : { kind: kindOf(c), rho: Math.exp(-4 / (d + 2)) },
        ) as never,
      ),
    true,
  ],
]

const sampleOf = (kernel: Kernel, m: number, d: number, seed: number, precision: 'f32' | 'f64'): Matrix => {
  const random = mulberry32(seed)
  const normal = normalOf(random)
  const data = precision === 'f32' ? new Float32Array(m * d) : new Float64Array(m * d)
  for (let i = 0; i < data.length; i++) {
    if (kernel.kind !== 'product' || kindOf(i % d) === 'numeric') data[i] = 0.3 + normal()
    else data[i] = kindOf(i % d) === 'missing' ? Number(random() < 0.2) : Math.floor(2 * random())
  }
  return matrix(data, m, d)
}

const answer = (request: SumRequest, rows: Matrix, weights?: ArrayLike<number>): Float64Array =>
  combine(request, shareTaker({ rows, weights, total: rows.rows, offset: 0 })(request, 0, spanCount(rows.rows)))

const momentsOf = (kernel: Kernel, rows: Matrix, points: Matrix, differences: boolean, weights?: ArrayLike<number>) => {
  const precision = points.data instanceof Float32Array ? 'f32' : 'f64'
  const frame = { centre: new Float64Array(rows.columns), precision, weightFactor: 1 } as const
  const all = answer({ kind: 'moments', frame, points, kernel, differences, vectors: true }, rows, weights)
  return { sums: all.subarray(0, points.rows), vectors: all.subarray(points.rows) }
}

/** What coordinate c of a row adds to the vector of a point, for the value k there. */
const vectorTerm = (kernel: Kernel, k: number, x: number[], z: number[], c: number): number => {
  if (kernel.kind === 'laplacian') return k * Math.sign(x[c] - z[c])
  if (kernel.kind !== 'polynomial') return kernel.kind === 'linear' ? x[c] : k * x[c]
  return kernel.scale * kernel.degree * Math.cbrt(k) ** 2 * x[c]
}

const weightsFor = (m: number): Float64Array => Float64Array.from({ length: m }, (_, i) => [0, 0.5, 1.25, 2, 1][i % 5])

describe.each(kernels)('%s', (_, kernelFor, differences) => {
  test.each(dimensions)('moments are those of the definition at d = %i', (d) => {
    const kernel = kernelFor(d)
    const [m, n] = [rowsFor(d), pointsFor(d)]
    for (const precision of ['f32', 'f64'] as const) {
      const X = sampleOf(kernel, m, d, d, precision)
      const Z = sampleOf(kernel, n, d, d + 1, precision)
      const [x, z] = [rowsOf(X), rowsOf(Z)]
      const values = x.map((row) => z.map((point) => kernelReference(kernel, row, point)))
      if (kernel.kind !== 'linear' && kernel.kind !== 'polynomial' && d >= 8) {
        const between = values.flat().filter((k) => k > 0.05 && k < 0.95).length
        expect(between / (m * n)).toBeGreaterThan(0.9)
      }
      // The definition of the product rounds once for every factor.
      const limit = (precision === 'f32' ? 3e-6 : 4e-15) * (kernel.kind === 'product' ? 8 : 1)
      const [ofX, ofZ] = [x, z].map((all) => all.map((row) => Math.sqrt(kernelReference(kernel, row, row))))
      for (const weights of [undefined, weightsFor(m)]) {
        const { sums, vectors } = momentsOf(kernel, X, Z, differences, weights)
        const a = (i: number): number => weights?.[i] ?? 1
        for (let j = 0; j < n; j++) {
          let [sum, size] = [0, 0]
          for (let i = 0; i < m; i++) {
            sum += a(i) * values[i][j]
            size += a(i) * ofX[i] * ofZ[j]
          }
          expect(Math.abs(sums[j] - sum) / size).toBeLessThan(limit)
          let worst = 0
          for (let c = 0; c < d; c++) {
            let [vector, terms] = [0, 0]
            for (let i = 0; i < m; i++) {
              const term = a(i) * vectorTerm(kernel, values[i][j], x[i], z[j], c)
              vector += term
              terms += Math.abs(term)
            }
            worst = Math.max(worst, Math.abs(vectors[j * d + c] - vector) / (terms + 1e-3 * m))
          }
          expect(worst).toBeLessThan(limit)
        }
      }
    }
  })

  test.each(dimensions)('the gradient is that of finite differences in f64 at d = %i', (d) => {
    const kernel = kernelFor(d)
    const [m, n] = [Math.min(rowsFor(d), 37), Math.max(3, Math.min(5, pointsFor(d)))]
    // The same numbers in both precisions, and so the same objective.
    const narrow = sampleOf(kernel, m + n, d, d + 2, 'f32')
    const rows = rowsOf(narrow)
    const [x, z] = [rows.slice(0, m), rows.slice(m)]
    const beta = Float64Array.from({ length: n }, (_, j) => 0.2 + 0.1 * j)
    const a = weightsFor(m).map((weight) => weight / m)
    const part = (i: number, point: number[]): number => {
      let sum = beta[i] * beta[i] * kernelReference(kernel, point, point)
      for (let j = 0; j < n; j++) if (j !== i) sum += 2 * beta[i] * beta[j] * kernelReference(kernel, z[j], point)
      for (let s = 0; s < m; s++) sum -= 2 * beta[i] * a[s] * kernelReference(kernel, x[s], point)
      return sum
    }
    const gradients = (['f32', 'f64'] as const).map((precision) => {
      const cut = (from: number, to: number): Matrix => {
        const data = narrow.data.slice(from * d, to * d)
        return matrix(precision === 'f32' ? data : Float64Array.from(data), to - from, d)
      }
      const [X, Z] = [cut(0, m), cut(m, m + n)]
      return pointGradient(
        kernel,
        Z,
        beta,
        momentsOf(kernel, X, Z, differences, a),
        momentsOf(kernel, Z, Z, differences, beta),
      )
    })
    const scale = Math.max(...gradients[1].map(Math.abs))
    expect(scale).toBeGreaterThan(0)
    const h = kernel.kind === 'laplacian' ? 1e-6 : 1e-3
    // First and last coordinates, those beside the ends of blocks, and some between.
    const seen = new Set([0, 1, d - 2, d - 1, 1023, 1024, 2047, 2048, d >> 1, d >> 2])
    for (const c of [...seen].filter((k) => k >= 0 && k < d)) {
      const i = c % n
      const isDiscrete = kernel.kind === 'product' && kindOf(c) !== 'numeric'
      const f = (step: number): number => part(i, Object.assign([...z[i]], { [c]: z[i][c] + step }))
      const slope = isDiscrete ? 0 : (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)
      expect(Math.abs(gradients[1][i * d + c] - slope) / scale).toBeLessThan(kernel.kind === 'laplacian' ? 1e-5 : 1e-8)
      expect(Math.abs(gradients[0][i * d + c] - slope) / scale).toBeLessThan(1e-5)
    }
  })
})
