import { describe, expect, test } from 'vitest'
import { matrix } from '../../../src/base/matrix.js'
import { dot } from '../../../src/qp/lbfgs.js'
import { leadingSubspace, rotation, timesTransposed } from '../../../src/search/sketch/subspace.js'
import { normals } from '../../../src/wasm/scalar.js'

const orthonormal = (rows: Float64Array, n: number): void => {
  for (let i = 0; i < rows.length; i += n) {
    for (let j = 0; j <= i; j += n) {
      expect(dot(rows.subarray(i, i + n), rows.subarray(j, j + n))).toBeCloseTo(i === j ? 1 : 0, 12)
    }
  }
}

describe('leadingSubspace', () => {
  test('spans the eigenvectors of the largest eigenvalues, in their order', () => {
    const n = 30
    const turn = rotation(n, 3)
    const values = Array.from({ length: n }, (_, i) => 2 ** -i)
    const C = new Float64Array(n * n)
    for (let k = 0; k < n; k++) {
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) C[i * n + j] += values[k] * turn[k * n + i] * turn[k * n + j]
      }
    }
    const rows = leadingSubspace(matrix(C, n, n), 5, 1)
    orthonormal(rows, n)
    for (let k = 0; k < 5; k++) {
      expect(Math.abs(dot(rows.subarray(k * n, (k + 1) * n), turn.subarray(k * n, (k + 1) * n)))).toBeCloseTo(1, 5)
    }
  })

  test('stays orthonormal where C has a lower rank, or is nothing', () => {
    const x = normals(5, 20)
    const C = timesTransposed(matrix(x, 20, 1), matrix(x, 20, 1))
    orthonormal(leadingSubspace(C, 12, 2), 20)
    orthonormal(leadingSubspace(matrix(new Float64Array(400), 20, 20), 20, 2), 20)
  })
})
