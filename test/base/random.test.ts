import { describe, expect, it } from 'vitest'
import { below, permutation, uniforms } from '../../src/base/random.js'

describe('uniforms', () => {
  it('give the same numbers for the same seed, in [0, 1), with the right mean and variance', () => {
    const a = uniforms(7)
    const b = uniforms(7)
    let sum = 0
    let squares = 0
    for (let i = 0; i < 20000; i++) {
      const u = a()
      expect(b()).toBe(u)
      if (!(u >= 0 && u < 1)) throw new Error(`${u} outside [0, 1)`)
      sum += u
      squares += u * u
    }
    expect(sum / 20000).toBeCloseTo(0.5, 2)
    expect(squares / 20000).toBeCloseTo(1 / 3, 2)
  })
})

describe('permutation', () => {
  it('holds each index once', () => {
    expect([...permutation(uniforms(1), 50)].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i))
    expect(new Set(permutation(uniforms(2), 50, 10)).size).toBe(10)
  })

  it('puts every index at every place about equally often', () => {
    const random = uniforms(3)
    const counts = new Int32Array(25)
    for (let t = 0; t < 5000; t++) permutation(random, 5).forEach((value, place) => counts[place * 5 + value]++)
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(130)
    expect(below(random, 1)).toBe(0)
  })

  it('takes a few of very many in the order in which a shuffle of all would have them first', () => {
    for (const [length, count] of [
      [1000, 10],
      [1000, 124],
      [1000, 125],
      [1000, 1000],
      [9, 1],
      [1, 1],
      [5, 0],
    ]) {
      const random = uniforms(4)
      const order = Array.from({ length }, (_, i) => i)
      for (let i = 0; i < count; i++) {
        const j = i + below(random, length - i)
        ;[order[i], order[j]] = [order[j], order[i]]
      }
      expect([...permutation(uniforms(4), length, count)]).toEqual(order.slice(0, count))
    }
    // An array of all of them would have 8 GB.
    expect(new Set(permutation(uniforms(5), 2 ** 31 - 1, 1000)).size).toBe(1000)
  })
})
