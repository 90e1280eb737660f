import { describe, expect, test } from 'vitest'
import { matrix } from '../../src/base/matrix.js'
import { gaussian } from '../../src/kernel/kernel.js'
import { mmd } from '../../src/rkme/mmd.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { normals } from '../../src/wasm/scalar.js'

// So many rows go by a stand-in of some of them.
const m = 66_000

describe('many rows that f32 cannot hold as they are', () => {
  test.each([
    ['one row far away', 1, 1e18],
    ['squares beyond f32', 1e19, 0],
    ['squares beyond f32, and one row further away', 1e25, 1e30],
  ])('%s: as in f64', (_, scale, far) => {
    const values = Float32Array.from(normals(3, m * 2), (value) => value * scale)
    if (far > 0) values[0] = far
    const options = { size: 8, kernel: gaussian(0.5 / scale / scale), iterations: 20, measure: false }
    const narrow = reduce(matrix(values, m, 2), options)
    const wide = reduce(matrix(Float64Array.from(values), m, 2), { ...options, precision: 'f64' })
    expect(mmd(narrow, wide)).toBeLessThan(1e-5)
  })
})
