import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matrix } from '../../../src/base/matrix.js'
import { gaussian, laplacian, linear, product } from '../../../src/kernel/kernel.js'
import { decode, encode } from '../../../src/rkme/codec.js'
import { embed, mmd } from '../../../src/rkme/mmd.js'
import { basisOf, coordinates, expansion } from '../../../src/rkme/private/basis.js'
import { gaussianDelta, gaussianSigma, upperTail } from '../../../src/rkme/private/gaussian-mechanism.js'
import { type PrivateOptions, privateEmbedding } from '../../../src/rkme/private/private.js'
import { secureNormals } from '../../../src/rkme/private/secure.js'
import { core } from '../../../src/wasm/instance.js'
import { data3, gauss, kernelValue, rowsOf } from '../../reference.js'

const kernel = gaussian(0.5)
const asMatrix = (rows: readonly (readonly number[])[]) =>
  matrix(Float64Array.from(rows.flat()), rows.length, rows[0].length)

const grid: number[][] = []
for (let a = -3; a <= 7; a++) for (let b = -3; b <= 7; b++) grid.push([a, b])

describe('the Gaussian mechanism', () => {
  test('knows the upper tail of a normal, near and far', () => {
    // erfc(x/√2)/2 of the C library.
    for (const [x, tail] of [
      [0, 0.5],
      [1, 0.15865525393145705],
      [2, 0.022750131948179195],
      [3, 0.0013498980316300933],
      [6, 9.865876450376946e-10],
      [10, 7.619853024160527e-24],
    ]) {
      expect(Math.abs(upperTail(x) / tail - 1)).toBeLessThan(1e-12)
      expect(upperTail(-x)).toBeCloseTo(1 - tail, 15)
    }
    expect(upperTail(3 - 1e-13) / upperTail(3)).toBeCloseTo(1, 11)
  })

  test('gives the δ of the definition, ∫ max(0, p − e^ε q)', () => {
    for (const [ratio, epsilon] of [
      [1, 0.5],
      [2, 1],
      [0.7, 3],
      [0.4, 8],
      [5, 0.1],
    ]) {
      const density = (x: number): number => Math.exp((-x * x) / (2 * ratio * ratio)) / (ratio * Math.sqrt(2 * Math.PI))
      const step = ratio / 4000
      let delta = 0
      for (let x = -12 * ratio; x < 1 + 12 * ratio; x += step) {
        delta += step * Math.max(0, density(x) - Math.exp(epsilon) * density(x - 1))
      }
      expect(Math.abs(gaussianDelta(ratio, epsilon) / delta - 1)).toBeLessThan(1e-5)
    }
  })

  /** ∫ max(0, p − e^ε q) of noise of `ratio` around 0 (p) and 1 (q), by Simpson's rule up to where the integrand ends. */
  const integral = (ratio: number, epsilon: number): number => {
    const end = 1 / (2 * ratio) - epsilon * ratio
    const steps = 2000
    const step = Math.min(12, 60 / Math.max(1, -end)) / steps
    let sum = 0
    for (let i = 0; i <= steps; i++) {
      const u = end - i * step
      // log p − log q is (1 − 2·ratio·u)/(2·ratio²), ε at the end.
      const excess = -Math.expm1(-(i * step) / ratio)
      sum += (i === 0 || i === steps ? 1 : i % 2 ? 4 : 2) * Math.exp((-u * u) / 2) * excess
    }
    return (sum * step) / 3 / Math.sqrt(2 * Math.PI)
  }

  test('its noise suffices for any ε and δ, and less would not', () => {
    const logarithmic = (low: number, high: number) =>
      fc.double({ min: Math.log(low), max: Math.log(high), noNaN: true }).map(Math.exp)
    fc.assert(
      fc.property(logarithmic(1e-6, 99), logarithmic(1e-12, 0.5), (epsilon, delta) => {
        const ratio = gaussianSigma(1, epsilon, delta)
        expect(integral(ratio, epsilon)).toBeLessThanOrEqual(delta * (1 + 1e-8))
        expect(integral(ratio * (1 - 1e-6), epsilon)).toBeGreaterThan(delta)
        expect(gaussianSigma(0.01, epsilon, delta) / ratio).toBeCloseTo(0.01, 14)
      }),
    )
  })

  test('its noise falls with ε without a jump, and up to 1 lies below the classical', () => {
    for (const delta of [1e-9, 1e-5, 1e-2]) {
      let before = Infinity
      for (const epsilon of [1e-4, 0.1, 0.5, 0.9999, 1, 1.0001, 2, 10]) {
        const ratio = gaussianSigma(1, epsilon, delta)
        expect(ratio).toBeLessThan(before)
        if (epsilon <= 1) expect(ratio).toBeLessThan(Math.sqrt(2 * Math.log(1.25 / delta)) / epsilon)
        before = ratio
      }
      expect(gaussianSigma(1, 1, delta) / gaussianSigma(1, 1.0001, delta) - 1).toBeLessThan(2e-4)
    }
    // The value of the classical calibration is 4.845.
    expect(gaussianSigma(1, 1, 1e-5)).toBeCloseTo(3.7306, 3)
  })

  test('δ by the integral of near tails and by their difference agree where they meet', () => {
    for (const epsilon of [1e-3, 0.05, 0.3]) {
      const [near, apart] = [10 + 1e-9, 10 - 1e-9].map((ratio) => gaussianDelta(ratio, epsilon))
      expect(Math.abs(near / apart - 1)).toBeLessThan(1e-8)
    }
  })

  test('draws normal deviates that do not repeat', () => {
    const count = 40_000
    const z = secureNormals(count)
    const mean = z.reduce((sum, value) => sum + value, 0) / count
    const squares = z.reduce((sum, value) => sum + value * value, 0)
    // Six standard deviations each: a right generator fails once in 10⁸ runs.
    expect(Math.abs(mean)).toBeLessThan(6 / Math.sqrt(count))
    expect(Math.abs(squares - count)).toBeLessThan(6 * Math.sqrt(2 * count))
    for (const bound of [0.5, 1, 2, 3]) {
      const share = 2 * upperTail(bound)
      const outside = z.filter((value) => Math.abs(value) > bound).length
      expect(Math.abs(outside - share * count)).toBeLessThan(6 * Math.sqrt(count * share * (1 - share)))
    }
    expect(new Set(z).size).toBe(count)
    expect(secureNormals(3)).not.toEqual(secureNormals(3))
  })
})

describe('coordinates on a basis', () => {
  test('are orthonormal and give the projection', () => {
    const t = gauss([0, 0, 0], 12, 1)
    const X = gauss([0.3, 0, 0], 90, 2)
    const basis = basisOf(asMatrix(t), kernel)
    const elements = t.map((_, l) =>
      embed(t, kernel, {
        weights: expansion(
          Float64Array.from(t, (__, i) => Number(i === l)),
          basis,
        ),
      }),
    )
    const K = t.map((x) => t.map((z) => kernelValue(x, z, 0.5)))
    elements.forEach((e, i) => {
      elements.forEach((f, j) => {
        let inner = 0
        K.forEach((row, a) => {
          row.forEach((value, b) => {
            inner += e.weights[a] * f.weights[b] * value
          })
        })
        expect(inner).toBeCloseTo(Number(i === j), 5)
      })
    })
    const alpha = expansion(coordinates(asMatrix(X), basis), basis)
    t.forEach((z, l) => {
      const mean = X.reduce((sum, x) => sum + kernelValue(x, z, 0.5), 0) / 90
      expect(K[l].reduce((sum, value, j) => sum + value * alpha[j], 0)).toBeCloseTo(mean, 6)
    })
  })

  test('one row in place of another moves them by at most 2/m, wherever it is', () => {
    const basis = basisOf(asMatrix(grid), kernel)
    const far = fc.double({ min: -1e6, max: 1e6, noNaN: true })
    const near = fc.double({ min: -4, max: 8, noNaN: true })
    const row = fc.oneof(fc.tuple(near, near), fc.tuple(far, far))
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), row, fc.nat(), (rows, other, seed) => {
        const at = seed % rows.length
        const a = coordinates(asMatrix(rows), basis)
        const b = coordinates(asMatrix(rows.map((value, i) => (i === at ? other : value))), basis)
        const moved = Math.sqrt(a.reduce((sum, value, l) => sum + (value - b[l]) ** 2, 0))
        expect(moved).toBeLessThanOrEqual(2 / rows.length)
      }),
      { numRuns: 200 },
    )
  })
})

describe('privateEmbedding', () => {
  test('its noise is normal, of the size that it says, and independent over orthogonal points', () => {
    // Two basis points without overlap, each amid half of the rows: the cone's weights are the noisy coordinates.
    const X = [...gauss([0, 0], 20, 1), ...gauss([50, 0], 20, 2)]
    const basis = [
      [0, 0],
      [50, 0],
    ]
    const means = basis.map((z) => X.reduce((sum, x) => sum + kernelValue(x, z, 0.5), 0) / 40)
    const runs = 5000
    let product = 0
    const squares = [0, 0]
    for (let run = 0; run < runs; run++) {
      const options = { kernel, basis, epsilon: 30, delta: 1e-3, constraint: 'cone' as const }
      const { embedding, sigma, seeded } = privateEmbedding(X, options)
      expect(seeded).toBe(false)
      expect(embedding.weights.length).toBe(2)
      const [a, b] = means.map((mean, l) => (embedding.weights[l] - mean) / sigma)
      squares[0] += a * a
      squares[1] += b * b
      product += a * b
    }
    for (const sum of squares) expect(Math.abs(sum - runs)).toBeLessThan(6 * Math.sqrt(2 * runs))
    expect(Math.abs(product)).toBeLessThan(6 * Math.sqrt(runs))
  })

  test('σ is that of a change of 2/m', () => {
    const { sigma, epsilon, delta } = privateEmbedding(data3(400, 1), {
      basis: grid,
      epsilon: 0.8,
      delta: 1e-5,
      seed: 1,
    })
    expect(sigma).toBe(gaussianSigma(2 / 400, 0.8, 1e-5))
    expect([epsilon, delta]).toEqual([0.8, 1e-5])
  })

  test('comes nearer to the rows the more there are, and the larger ε is', () => {
    const error = (m: number, epsilon: number): number => {
      const X = data3(m, 5)
      const all = embed(X, kernel)
      const seeds = [1, 2, 3, 4]
      const distances = seeds.map((seed) =>
        mmd(privateEmbedding(X, { kernel, basis: grid, epsilon, delta: 1e-5, seed }).embedding, all),
      )
      return distances.reduce((a, b) => a + b) / seeds.length
    }
    const errors = [100, 400, 1600].map((m) => error(m, 1))
    expect(errors[1]).toBeLessThan(errors[0] / 2)
    expect(errors[2]).toBeLessThan(errors[1] / 2)
    expect(error(400, 4)).toBeLessThan(errors[1] / 2)
  })

  test('with a size, moves fewer points; always a probability, unless a cone is asked for', () => {
    const X = data3(2000, 6)
    const options: PrivateOptions = { kernel, basis: grid, epsilon: 2, delta: 1e-6, seed: 3 }
    const every = privateEmbedding(X, options).embedding
    expect(every.points.rows).toBeGreaterThan(30)
    for (const constraint of ['simplex', 'cone'] as const) {
      const { embedding } = privateEmbedding(X, { ...options, constraint, size: 20 })
      expect(embedding.points.rows).toBeLessThanOrEqual(20)
      expect(rowsOf(embedding.points).some(([a]) => a !== Math.round(a))).toBe(true)
      expect(Math.min(...embedding.weights)).toBeGreaterThan(0)
      expect(mmd(embedding, embed(X, kernel))).toBeLessThan(0.1)
      if (constraint === 'simplex') expect(embedding.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 9)
    }
    expect(privateEmbedding(X, { ...options, size: 500 }).embedding).toEqual(every)
    expect([every.samples, every.error, every.floor]).toEqual([2000, Number.NaN, Number.NaN])
    expect(decode(encode(every))).toEqual(every)
  })

  test('takes the other kernels with k(x, x) = 1, and keeps categories', () => {
    const X = data3(1000, 9).map(([a, b], i) => [a, b, i % 3])
    const basis = grid.filter((_, i) => i % 2).flatMap(([a, b]) => [0, 1, 2].map((c) => [a, b, c]))
    const mixed = product([{ kind: 'numeric', gamma: 0.5 }, { kind: 'numeric', gamma: 0.5 }, { kind: 'categorical' }])
    for (const own of [mixed, laplacian(0.3)]) {
      const options: PrivateOptions = { kernel: own, basis, epsilon: 5, delta: 1e-6, seed: 1 }
      const all = embed(X, own)
      const every = privateEmbedding(X, options).embedding
      const few = privateEmbedding(X, { ...options, size: 25 }).embedding
      expect(few.points.rows).toBeLessThanOrEqual(25)
      expect(mmd(every, all)).toBeLessThan(0.15)
      expect(mmd(few, all)).toBeLessThan(0.25)
      if (own === mixed) expect(rowsOf(few.points).every(([, , c]) => [0, 1, 2].includes(c))).toBe(true)
    }
  })

  test('repeats with a seed, and says so; without one it does not', () => {
    const X = data3(300, 7)
    const options: PrivateOptions = { basis: grid, epsilon: 1, delta: 1e-5 }
    const seeded = privateEmbedding(X, { ...options, seed: 1 })
    expect(seeded.seeded).toBe(true)
    expect(privateEmbedding(X, { ...options, seed: 1 })).toEqual(seeded)
    expect(privateEmbedding(X, options)).not.toEqual(privateEmbedding(X, options))
  })

  test('refuses what depends on the rows or promises nothing; changes nothing; the arena is back', () => {
    const before = core().mark()
    const X = asMatrix(data3(50, 8))
    const copy = X.data.slice()
    const options: PrivateOptions = { basis: grid, epsilon: 1, delta: 1e-5 }
    const wrong: [Partial<PrivateOptions>, string][] = [
      [{ basis: X }, '"basis" expected points chosen without the rows'],
      [{ basis: { ...X } }, '"basis" expected points chosen without the rows'],
      [{ basis: [[1]] }, '"basis columns" expected length 2, got 1'],
      [{ basis: undefined }, '"basis" expected a matrix'],
      [{ epsilon: 0 }, '"epsilon" expected a number above 0, got 0'],
      [{ epsilon: 101 }, '"epsilon" expected at most 100, got 101'],
      [{ delta: 0 }, '"delta" expected a number between 0 and 1, got 0'],
      [{ delta: 0.02 }, '"delta" expected less than 1/50, got 0.02'],
      [{ size: 'auto' as never }, '"size" expected a whole number, got "auto"'],
      [{ kernel: linear() }, '"kernel" expected one with k(x, x) = 1, got linear()'],
      [{ constraint: 'free' as never }, '"constraint" expected one of'],
      [{ rowWeights: [1] } as never, '"options" has no option "rowWeights"'],
    ]
    for (const [part, message] of wrong) expect(() => privateEmbedding(X, { ...options, ...part })).toThrow(message)
    privateEmbedding(X, options)
    expect(X.data).toEqual(copy)
    // Basis points on top of each other, and one alone.
    expect(
      privateEmbedding(X, { ...options, basis: [...grid, ...grid] }).embedding.weights.every(Number.isFinite),
    ).toBe(true)
    expect(privateEmbedding(X, { ...options, basis: [[0, 0]] }).embedding.weights).toEqual(Float64Array.of(1))
    expect(core().mark()).toBe(before)
  })
})
