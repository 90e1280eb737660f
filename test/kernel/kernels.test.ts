import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gram } from '../../src/kernel/gram.js'
import { checkKernel, type Kernel, laplacian, linear, polynomial, sameKernel } from '../../src/kernel/kernel.js'
import { choleskySolve } from '../../src/qp/cholesky.js'
import { core } from '../../src/wasm/instance.js'
import { gauss } from '../reference.js'
import { kernelReference } from './references.js'

const families: [string, (d: number) => Kernel][] = [
  ['laplacian', (d) => laplacian(1 / (2 * d))],
  ['polynomial of degree 2', (d) => polynomial({ scale: 1 / d })],
  ['polynomial of degree 5', (d) => polynomial({ degree: 5, offset: 2, scale: 1 / d })],
  ['linear', () => linear()],
]

describe.each(families)('gram of the kernel: %s', (_, kernelOf) => {
  test.each([1, 3, 20, 100, 784, 1500, 4096])('agrees with the definition at d = %i', (d) => {
    const X = gauss(Array(d).fill(0.5), 13, 1)
    const Z = gauss(Array(d).fill(0), 11, 2)
    const kernel = kernelOf(d)
    for (const precision of ['f32', 'f64'] as const) {
      const { data, rows, columns } = gram(X, Z, kernel, { precision })
      expect([rows, columns, data instanceof Float32Array]).toEqual([13, 11, precision === 'f32'])
      const limit = precision === 'f32' ? 4e-6 : 1e-14
      X.forEach((x, i) => {
        Z.forEach((z, j) => {
          const size = Math.sqrt(kernelReference(kernel, x, x) * kernelReference(kernel, z, z))
          expect(Math.abs(data[i * 11 + j] - kernelReference(kernel, x, z))).toBeLessThan(limit * size)
        })
      })
    }
  })

  test('an entry does not depend on which rows stand beside it', () => {
    const X = gauss(Array(7).fill(0), 300, 4)
    const Z = gauss(Array(7).fill(0), 19, 5)
    for (const precision of ['f32', 'f64'] as const) {
      const whole = gram(X, Z, kernelOf(7), { precision })
      for (const m of [1, 3, 255, 257]) {
        expect(gram(X.slice(0, m), Z, kernelOf(7), { precision }).data).toEqual(whole.data.slice(0, m * 19))
      }
    }
  })

  test('K(X, X) is symmetric and positive definite', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 20 }), fc.integer(), (m, d, seed) => {
        const kernel = kernelOf(d)
        const K = gram(gauss(Array(d).fill(1), m, seed), undefined, kernel)
        let largest = 0
        for (let i = 0; i < m; i++) {
          largest = Math.max(largest, K.data[i * m + i])
          if (kernel.kind === 'laplacian') expect(K.data[i * m + i]).toBe(1)
          for (let j = 0; j < i; j++) expect(K.data[i * m + j]).toBe(K.data[j * m + i])
        }
        choleskySolve(K, new Float64Array(m).fill(1), { ridge: 1e-10 * largest })
      }),
      { numRuns: 30 },
    )
  })
})

describe('kernels', () => {
  test('the Laplacian stands an origin far away', () => {
    const X = gauss([1e6, -1e6], 30, 7)
    const K = gram(X, undefined, laplacian(0.5), { precision: 'f32' })
    X.forEach((x, i) => {
      X.forEach((y, j) => {
        expect(K.data[i * 30 + j]).toBeCloseTo(kernelReference(laplacian(0.5), x, y), 5)
      })
    })
  })

  test('are plain data, checked and compared by value', () => {
    for (const [, kernelOf] of families) {
      const kernel = kernelOf(3)
      expect(checkKernel(JSON.parse(JSON.stringify(kernel)))).toEqual(kernel)
      expect(sameKernel(kernel, kernelOf(3))).toBe(true)
      expect(families.filter(([, other]) => sameKernel(kernel, other(3))).length).toBe(1)
    }
    expect(sameKernel(laplacian(1), laplacian(2))).toBe(false)
  })

  test('refuse what would not be positive definite, or is no kernel', () => {
    const before = core().mark()
    expect(() => laplacian(0)).toThrow('"gamma" expected a number above 0, got 0')
    expect(() => polynomial({ degree: 1.5 })).toThrow('"degree" expected a whole number from 1 to 16, got 1.5')
    expect(() => polynomial({ offset: -1 })).toThrow('"offset" expected a finite number of at least 0, got -1')
    expect(() => polynomial({ scale: 0 })).toThrow('"scale" expected a number above 0, got 0')
    expect(() => gram([[1]], undefined, { kind: 'sigmoid' } as never)).toThrow('"kernel.kind" expected one of')
    expect(() => gram([[1]], undefined, { kind: 'polynomial', degree: 2 } as never)).toThrow('"kernel.offset"')
    expect(core().mark()).toBe(before)
  })
})
