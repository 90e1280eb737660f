import { describe, expect, it } from 'vitest'
import { choleskySolve, logDeterminant } from '../../src/qp/cholesky.js'
import { withArena } from '../../src/wasm/arena.js'
import { core } from '../../src/wasm/instance.js'
import { normals } from '../../src/wasm/scalar.js'

const positive = (n: number, seed: number): Float64Array => {
  const x = normals(seed, n)
  return Float64Array.from({ length: n * n }, (_, e) => {
    const i = Math.floor(e / n)
    const j = e % n
    return Math.exp(-((x[i] - x[j]) ** 2)) + (i === j ? 0.5 : 0)
  })
}

/** The textbook factorisation, one entry at a time. */
const textbook = (A: Float64Array, n: number): Float64Array => {
  const L = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = A[i * n + j]
      for (let k = 0; k < j; k++) sum -= L[i * n + k] * L[j * n + k]
      L[i * n + j] = i === j ? Math.sqrt(sum) : sum / L[j * n + j]
    }
  }
  return L
}

describe('cholesky, oracle', () => {
  it.each([1, 2, 3, 4, 5, 7, 31, 63, 64, 65, 67, 129, 200, 321])('factors n = %i like the textbook', (n) => {
    const A = positive(n, n)
    const L = withArena((arena) => {
      // What stands above the diagonal must not matter.
      const factor = arena.f64(A.map((value, e) => (e % n > Math.floor(e / n) ? Number.NaN : value)))
      expect(arena.core.cholesky(factor, n, 0, arena.bytes(arena.core.choleskyWorkspace(n)))).toBe(0)
      return arena.readF64(factor, n * n)
    })
    const expected = textbook(A, n)
    let worst = 0
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) worst = Math.max(worst, Math.abs(L[i * n + j] - expected[i * n + j]))
    expect(worst).toBeLessThan(1e-12)
  })

  it.each([
    [1, 1],
    [5, 2],
    [40, 1],
    [65, 16],
    [100, 17],
    [130, 40],
  ])('solves %i equations for %i right sides', (n, columns) => {
    const A = positive(n, n)
    const B = normals(3, n * columns)
    const X = choleskySolve({ rows: n, columns: n, data: A }, { rows: n, columns, data: B }, { ridge: 0.25 })
    expect([X.rows, X.columns]).toEqual([n, columns])
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0.25 * X.data[i * columns + j]
        for (let k = 0; k < n; k++) sum += A[i * n + k] * X.data[k * columns + j]
        expect(sum).toBeCloseTo(B[i * columns + j], 10)
      }
    }
    const first = Float64Array.from({ length: n }, (_, i) => B[i * columns])
    choleskySolve({ rows: n, columns: n, data: A }, first, { ridge: 0.25 }).forEach((value, i) => {
      expect(value).toBeCloseTo(X.data[i * columns], 11)
    })
  })
})

describe('logDeterminant', () => {
  it('is that of matrices known by heart', () => {
    // The upper triangle is not read.
    const A = { rows: 2, columns: 2, data: Float64Array.of(4, NaN, 1, 3) }
    expect(logDeterminant(A, 0)).toBeCloseTo(Math.log(11), 14)
    expect(logDeterminant(A, 2)).toBeCloseTo(Math.log(29), 14)
    const n = 70
    const tridiagonal = { rows: n, columns: n, data: new Float64Array(n * n) }
    for (let i = 0; i < n; i++) {
      tridiagonal.data[i * n + i] = 2
      if (i > 0) tridiagonal.data[i * n + i - 1] = -1
    }
    expect(logDeterminant(tridiagonal, 0)).toBeCloseTo(Math.log(n + 1), 10)
    expect(() => logDeterminant({ rows: 1, columns: 1, data: Float64Array.of(-1) }, 0)).toThrow('positive definite')
  })
})

describe('cholesky, edge', () => {
  it('refuses with one sentence, inputs unchanged, arena at its mark', () => {
    const mark = core().mark()
    const A = { rows: 2, columns: 2, data: Float64Array.of(1, 2, 2, 1) }
    expect(() => choleskySolve(A, Float64Array.of(1, 1))).toThrow(
      '"A" expected a positive definite matrix, got one whose pivot 1 is not above 0; raise "ridge" (now 0)',
    )
    expect(choleskySolve(A, Float64Array.of(3, 3), { ridge: 2 })[0]).toBeCloseTo(0.6, 14)
    expect(A.data).toEqual(Float64Array.of(1, 2, 2, 1))
    expect(() => choleskySolve(A, { rows: 3, columns: 1, data: new Float64Array(3) })).toThrow(
      '"B" expected 2 rows as in "A", got 3',
    )
    expect(() => choleskySolve(A, new Float64Array(3))).toThrow('"B" expected length 2, got 3')
    expect(() => choleskySolve(A, new Float64Array(2), { ridge: -1 })).toThrow(
      '"ridge" expected a finite number of at least 0, got -1',
    )
    expect(core().mark()).toBe(mark)
  })
})
