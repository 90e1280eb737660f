import { describe, expect, test } from 'vitest'
import { matrix } from '../../src/base/matrix.js'
import { gram } from '../../src/kernel/gram.js'
import { gaussian } from '../../src/kernel/kernel.js'
import { backSubstitute, choleskyFactor, forwardSubstitute } from '../../src/qp/triangular.js'
import { normals } from '../../src/wasm/scalar.js'

describe('choleskyFactor and its substitutions', () => {
  test('give back A, and solve with it', () => {
    for (const n of [1, 3, 40, 70]) {
      const A = gram(matrix(normals(n, n * 4), n, 4), undefined, gaussian(0.3))
      const L = choleskyFactor(A, 0.01)
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0
          for (let k = 0; k < n; k++) sum += L[i * n + k] * L[j * n + k]
          expect(sum).toBeCloseTo(A.data[i * n + j] + (i === j ? 0.01 : 0), 13)
          if (j > i) expect(L[i * n + j]).toBe(0)
        }
      }
      const B = normals(n + 1, 3 * n)
      const X = B.slice()
      forwardSubstitute(L, n, X)
      backSubstitute(L, n, X)
      for (let i = 0; i < n; i++) {
        for (let c = 0; c < 3; c++) {
          let sum = 0.01 * X[3 * i + c]
          for (let k = 0; k < n; k++) sum += A.data[i * n + k] * X[3 * k + c]
          expect(sum).toBeCloseTo(B[3 * i + c], 9)
        }
      }
    }
  })

  test('refuses what is not positive definite', () => {
    expect(() => choleskyFactor(matrix(Float64Array.of(1, 2, 2, 1), 2, 2))).toThrow(/positive definite/)
    expect(() => choleskyFactor(matrix(new Float64Array(6), 2, 3))).toThrow(/square/)
  })
})
