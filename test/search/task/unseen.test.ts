import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gram } from '../../../src/kernel/gram.js'
import { choleskySolve } from '../../../src/qp/cholesky.js'
import { evaluate } from '../../../src/rkme/evaluate.js'
import { inner } from '../../../src/rkme/mmd.js'
import { resolved, whitened } from '../../../src/rkme/resolvent.js'
import { productTable } from '../../../src/search/products.js'
import { inNoise } from '../../../src/search/task/known-parts.js'
import { misfit } from '../../../src/search/task/misfit.js'
import { specify } from '../../../src/specification/specify/specify.js'
import { arbitrary, plane } from '../islands.js'
import { drawJobs, jobsAt, searched, sharesWith, specified } from '../jobs.js'

const share = (jobs: Int32Array): number => jobs.filter((job) => job === 3).length / jobs.length

describe('the unseen share', () => {
  test.each([2, 10, 20])('is near the truth for separated jobs in %d dimensions', (dimension) => {
    const jobs = jobsAt(dimension, 6, 31)
    const market = specified(jobs, 1000, 31)
    for (const truth of [0, 0.3, 0.9]) {
      const user = drawJobs(jobs, sharesWith(truth), 1000, 77)
      const found = searched(specify(jobs.terms, user.rows, { seed: 7 }).embedding, market)
      expect(Math.abs(found.share - share(user.jobs))).toBeLessThan(0.04)
      expect(found.low).toBeLessThanOrEqual(share(user.jobs))
      expect(found.high).toBeGreaterThanOrEqual(share(user.jobs))
    }
  })

  test.each([2, 20])('holds the truth in its interval for overlapping jobs in %d dimensions', (dimension) => {
    const jobs = jobsAt(dimension, 3, 32)
    const market = specified(jobs, 500, 32)
    for (const truth of [0.1, 0.5]) {
      const user = drawJobs(jobs, sharesWith(truth), 500, 78)
      const found = searched(specify(jobs.terms, user.rows, { seed: 7 }).embedding, market)
      expect(found.low).toBeLessThanOrEqual(share(user.jobs))
      expect(found.high).toBeGreaterThanOrEqual(share(user.jobs))
    }
  })

  test('is not led astray by learnwares that lie between those of the task', () => {
    const jobs = jobsAt(2, 6, 35)
    const near = [-1, 1].flatMap((side) =>
      [4, 8].map((away) => jobs.centres[1].map((value, j) => (value * side * away) / 6 + j)),
    )
    const market = [...jobs.centres.slice(0, 3), ...near].map((centre, k) => ({
      id: `job${k}`,
      embedding: specify(jobs.terms, drawJobs({ ...jobs, centres: [centre] }, [1], 500, 90 + k).rows, { seed: k })
        .embedding,
    }))
    const user = drawJobs(jobs, sharesWith(0.5), 1000, 81)
    const found = searched(specify(jobs.terms, user.rows, { seed: 7 }).embedding, market)
    expect(Math.abs(found.share - share(user.jobs))).toBeLessThan(0.1)
  })

  test('a small known job beside a large new one is not left out', () => {
    for (const seed of [36, 37]) {
      const jobs = jobsAt(2, 6, seed)
      const user = drawJobs(jobs, sharesWith(0.7), 1000, 82)
      const found = searched(specify(jobs.terms, user.rows, { seed: 7 }).embedding, specified(jobs, 1000, seed))
      expect(Math.abs(found.share - share(user.jobs))).toBeLessThan(0.04)
    }
  })

  test('says that a wholly new job at six standard deviations is new, where a plain fit takes most of it for known', () => {
    const jobs = jobsAt(10, 6, 33)
    const market = specified(jobs, 500, 33)
    const user = specify(jobs.terms, drawJobs(jobs, sharesWith(1), 500, 79).rows, { seed: 7 }).embedding
    expect(searched(user, market).share).toBeGreaterThan(0.9)
  })
})

describe('misfit', () => {
  test('is about what noise makes for rows of the same job, and many times that for others', () => {
    const jobs = jobsAt(10, 3, 34)
    const [one] = specified(jobs, 500, 34)
    const ratio = (shares: number[]) => {
      const user = specify(jobs.terms, drawJobs(jobs, shares, 300, 80).rows, { seed: 7 }).embedding
      const { left, noise } = misfit(user, [{ weight: 1, embedding: one.embedding }])
      return left / noise
    }
    expect(ratio([1, 0, 0, 0])).toBeLessThan(2)
    expect(ratio([0.5, 0, 0, 0.5])).toBeGreaterThan(5)
  })
})

describe('products in the metric of noise', () => {
  test('are those of the inverse of C + λI, by a plain solution at the target’s points', () => {
    const jobs = jobsAt(2, 3, 38)
    const market = specified(jobs, 200, 38)
    const target = specify(jobs.terms, drawJobs(jobs, sharesWith(0.3), 200, 83).rows, { seed: 7 }).embedding
    const table = inNoise(productTable(target, market))
    const rho = target.weights.map((weight) => weight / target.samples)
    const lambda = Math.max(target.error ** 2, 1e-3 * rho.reduce((sum, value) => sum + value, 0))
    // (C + λI) g = Φ_j: g = Φ_j/λ − Σ_a α_a k(x_a, ·) with (λI + RK) α = R Φ_j(x)/λ.
    const K = gram(target.points, undefined, target.kernel)
    const n = K.rows
    const { embedding } = market[1]
    const right = evaluate(embedding, target.points).map((value, a) => (rho[a] * value) / lambda)
    const alpha = new Float64Array(n)
    for (let round = 0; round < 20_000; round++) {
      for (let a = 0; a < n; a++) {
        let rest = right[a]
        for (let b = 0; b < n; b++) if (b !== a) rest -= rho[a] * K.data[a * n + b] * alpha[b]
        alpha[a] = rest / (lambda + rho[a] * K.data[a * n + a])
      }
    }
    const expected = (of: typeof embedding) =>
      inner(of, embedding) / lambda - evaluate(of, target.points).reduce((sum, value, a) => sum + alpha[a] * value, 0)
    market.forEach(({ embedding: of }, i) => {
      expect(table.column(1)[i] / expected(of)).toBeCloseTo(1, 6)
    })
    expect(table.linear[1] / expected(target)).toBeCloseTo(1, 6)
    expect(table.norms[1]).toBeCloseTo(table.column(1)[1], 6)
  })
})

describe('the resolvent', () => {
  const points = arbitrary(5, 14).points
  const K = gram(points, undefined, plane)
  const n = K.rows
  const rhoOf = (seed: number) => Float64Array.from({ length: n }, (_, a) => ((a * 7 + seed) % 5) / 20)

  test('solves (RK + λI)α = ν, whatever has no weight', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99 }), fc.constantFrom(1e-3, 0.1, 10), (seed, lambda) => {
        const rho = rhoOf(seed)
        const V = {
          rows: n,
          columns: 2,
          data: Float64Array.from({ length: 2 * n }, (_, e) => ((e * 13 + seed) % 11) - 5),
        }
        const alpha = resolved(K, rho, lambda, V)
        for (let a = 0; a < n; a++) {
          for (let c = 0; c < 2; c++) {
            let value = lambda * alpha.data[2 * a + c]
            for (let b = 0; b < n; b++) value += rho[a] * K.data[a * n + b] * alpha.data[2 * b + c]
            expect(value).toBeCloseTo(V.data[2 * a + c], 8)
          }
        }
      }),
      { numRuns: 20 },
    )
  })

  test('whitens: W(R + λK⁻¹) = I, by inverting K plainly', () => {
    const rho = rhoOf(3)
    const lambda = 0.02
    const W = whitened(K, rho, lambda)
    const identity = {
      rows: n,
      columns: n,
      data: Float64Array.from({ length: n * n }, (_, e) => (e % (n + 1) === 0 ? 1 : 0)),
    }
    const inverse = choleskySolve(K, identity)
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let value = W.data[i * n + j] * rho[j]
        for (let k = 0; k < n; k++) value += lambda * W.data[i * n + k] * inverse.data[k * n + j]
        expect(value).toBeCloseTo(i === j ? 1 : 0, 5)
      }
    }
  })
})
