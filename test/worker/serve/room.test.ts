import { describe, expect, inject, test } from 'vitest'
import { type Matrix, matrix } from '../../../src/base/matrix.js'
import { zeros } from '../../../src/kernel/centre.js'
import { gram, gramRows, roomBytes } from '../../../src/kernel/gram.js'
import { gaussian, type Kernel, laplacian, linear, polynomial, product } from '../../../src/kernel/kernel.js'
import { withArena } from '../../../src/wasm/arena.js'
import { coreIn, firstShared } from '../../../src/wasm/instance.js'
import { normals } from '../../../src/wasm/scalar.js'

const rowsOf = (m: number, d: number, seed: number, f32: boolean): Matrix => {
  const values = normals(seed, m * d)
  return matrix(f32 ? Float32Array.from(values) : values, m, d)
}

// Without shared memory there is nothing to confine.
describe.runIf(inject('shares'))('a core in memory that threads share', () => {
  test.each([1, 3, 40, 256, 784, 4096])('has the bytes of the other in the room that it says it needs, d = %i', (d) => {
    const kernels: Kernel[] = [
      gaussian(0.5 / d),
      laplacian(0.1 / d),
      polynomial({ degree: 2, offset: 1, scale: 0.1 }),
      linear(),
      product(Array.from({ length: d }, () => ({ kind: 'numeric', gamma: 0.5 / d }))),
    ]
    // 256 columns go in pairs.
    const [m, n] = d === 256 ? [100, 900] : d > 100 ? [23, 11] : [300, 75]
    for (const precision of ['f32', 'f64'] as const) {
      for (const [kernel, f32, stay] of kernels.flatMap((kernel) =>
        [true, false].flatMap((f32) => [true, false].map((stay) => [kernel, f32, stay] as const)),
      )) {
        const [X, Z] = [rowsOf(m, d, 1, f32), rowsOf(n, d, 2, f32)]
        const bytes = f32 ? 4 : 8
        const room = roomBytes(d, n, precision, stay)
        const pages = Math.ceil((firstShared + room + 2 * (m + n) * d * bytes + 8 * m * n) / 65536) + 1
        const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
        const core = coreIn(memory)
        core.confine(firstShared, firstShared + room)
        let end = 64 * Math.ceil((firstShared + room) / 64)
        const there = ({ rows, columns, data }: Matrix): Matrix => {
          const Numbers = data.constructor as Float64ArrayConstructor
          const copy = new Numbers(memory.buffer, end, data.length)
          copy.set(data)
          end = 64 * Math.ceil((end + data.byteLength) / 64) + 64
          return { rows, columns, data: copy }
        }
        const values = there({ rows: m, columns: n, data: zeros(m * n, precision) }).data
        const target = stay ? values : zeros(m * n, precision)
        const wanted = [[0, m]] as const
        gramRows(there(X), there(Z), kernel, { precision, wanted, symmetric: false, core }, target)
        const expected = gram(X, Z, kernel, { precision }).data
        expect(target.every((value, i) => value === expected[i])).toBe(true)
      }
    }
  })

  test('takes no more than its part, also where more would fit', () => {
    const memory = new WebAssembly.Memory({ initial: 3, maximum: 3, shared: true })
    const core = coreIn(memory)
    core.confine(firstShared, firstShared + 4096)
    withArena((arena) => {
      expect(arena.bytes(3000)).toBe(firstShared)
      expect(() => arena.bytes(2000)).toThrow('the numeric core cannot have 1 MB more memory')
      expect(arena.bytes(500)).toBe(firstShared + 3072)
      // What lies in its memory already is not copied.
      expect(arena.at(new Float64Array(memory.buffer, 2 * 65536, 5))).toBe(2 * 65536)
      expect(arena.at(new Float64Array(5))).toBe(0)
    }, core)
    expect(core.mark()).toBe(firstShared)
  })
})
