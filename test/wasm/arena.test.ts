import { describe, expect, test } from 'vitest'
import { withArena } from '../../src/wasm/arena.js'
import { core } from '../../src/wasm/instance.js'

describe('arena', () => {
  test('is back at its mark after success and after a throw', () => {
    const before = core().mark()
    expect(withArena((arena) => arena.f64([1, 2, 3]))).toBeGreaterThanOrEqual(before)
    expect(core().mark()).toBe(before)
    expect(() =>
      withArena((arena) => {
        arena.bytes(1000)
        throw new Error('midway')
      }),
    ).toThrow('midway')
    expect(core().mark()).toBe(before)
  })

  test('copies in and out: results survive a growth of the memory and later use', () => {
    const [first, bytes] = withArena((arena) => {
      const pointer = arena.f64([1, 2, 3])
      const copy = arena.readF64(pointer, 3)
      const size = arena.core.memory.buffer.byteLength
      arena.f64(size / 8)
      expect(arena.readF64(pointer, 3)).toEqual(copy)
      return [copy, size]
    })
    withArena((arena) => arena.f64([9, 9, 9]))
    expect(Array.from(first)).toEqual([1, 2, 3])
    expect(core().memory.buffer.byteLength).toBeGreaterThan(bytes)
  })

  test('starts on 64-byte boundaries and clears on request', () => {
    withArena((arena) => {
      const dirty = arena.f64([5, 5, 5])
      arena.core.release(dirty)
      const pointer = arena.f64(3)
      expect(pointer % 64).toBe(0)
      expect(Array.from(arena.readF64(pointer, 3))).toEqual([0, 0, 0])
    })
  })

  test('says so where the memory cannot grow', () => {
    const before = core().mark()
    for (const bytes of [2 ** 32 - 2 ** 16, 2 ** 34]) {
      expect(() => withArena((arena) => arena.bytes(bytes))).toThrow(/MB more memory; use fewer rows at a time/)
    }
    expect(core().mark()).toBe(before)
  })
})
