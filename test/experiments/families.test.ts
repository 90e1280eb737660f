import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FAMILIES, familyLosses } from '../../bench/experiments/compare/families.js'
import { studentsOf } from '../../bench/experiments/compare/students.js'
import { uniforms } from '../../src/base/random.js'

const noise = (seed: number, n: number, size = 1) => {
  const random = uniforms(seed)
  return Float64Array.from({ length: n }, () => size * (random() + random() + random() - 1.5))
}
const sum = (parts: readonly Float64Array[], weights: ArrayLike<number>) =>
  parts[0].map((_, i) => parts.reduce((total, part, l) => total + weights[l] * part[i], 0))
const error = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((total, value, i) => total + (value - b[i]) ** 2, 0) / a.length

/** Rows with four learnwares, their even mixture, one student and one other way. */
const seenOf = (seed: number, n: number) => {
  const common = noise(seed, n)
  const single = [1, 2, 3, 4].map((l) => sum([common, noise(seed + l, n, 0.5)], [1, 1]))
  const weights = [0.25, 0.25, 0.25, 0.25]
  return {
    single,
    weights,
    mixture: sum(single, weights),
    students: [noise(seed + 5, n)],
    ways: [noise(seed + 6, n)],
  }
}

describe('what could be had without labels', () => {
  const test = seenOf(1, 160)
  const own = seenOf(20, 400)

  it('finds what generated the labels, whatever it is chosen by', () => {
    const truths: Record<string, (seen: typeof test) => Float64Array> = {
      'one learnware': ({ single }) => single[2],
      'plain average of some': ({ single }) => sum([single[0], single[3]], [0.5, 0.5]),
      'a + b · mixture': ({ mixture }) => mixture.map((value) => 2 + 3 * value),
      'shares of mixture and students': ({ mixture, students: [student] }) => sum([mixture, student], [1.5, -0.5]),
      'shares of mixture and other ways': ({ mixture, ways: [way] }) => sum([mixture, way], [0.2, 0.8]),
    }
    for (const [name, truth] of Object.entries(truths)) {
      const { hindsight, halves, labels, luck } = familyLosses(test, truth(test), own, truth(own))[name]
      for (const loss of [hindsight, halves, labels]) expect(loss, name).toBeLessThan(1e-12)
      expect(luck, name).toBeGreaterThan(1e-3)
    }
    const weighed = ({ single }: typeof test) => sum(single, [0.1, 0.2, 0, 0.7])
    const { hindsight, labels } = familyLosses(test, weighed(test), own, weighed(own))['weights of all']
    expect(hindsight).toBeLessThan(1e-8)
    expect(labels).toBeLessThan(1e-8)
  })

  it('bounds every member of a family', () => {
    const labels = sum([test.mixture, noise(40, 160)], [1, 1])
    const losses = familyLosses(test, labels, own, noise(41, 400))
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }), (draw) => {
        const total = draw.reduce((a, b) => a + b)
        const weights = draw.map((value) => value / total)
        expect(error(sum(test.single, weights), labels)).toBeGreaterThan(losses['weights of all'].hindsight - 1e-9)
        const [a, b] = draw
        const calibrated = test.mixture.map((value) => a + 2 * b * value)
        expect(error(calibrated, labels)).toBeGreaterThan(losses['a + b · mixture'].hindsight - 1e-9)
        const towards = sum([test.mixture, test.ways[0]], [1 - a, a])
        expect(error(towards, labels)).toBeGreaterThan(losses['shares of mixture and other ways'].hindsight - 1e-9)
      }),
    )
    // Forward selection need not find the least of all plain averages.
    for (const name of Object.keys(FAMILIES).filter((name) => name !== 'plain average of some')) {
      expect(losses[name].labels, name).toBeGreaterThanOrEqual(losses[name].hindsight - 1e-9)
    }
  })

  it('tells luck from what is there to be found', () => {
    const means = { hindsight: 0, luck: 0, found: 0, foundLuck: 0 }
    for (let seed = 0; seed < 40; seed++) {
      const seen = seenOf(100 + 10 * seed, 160)
      const errors = noise(1000 + seed, 160)
      const nothing = familyLosses(seen, sum([seen.mixture, errors], [1, 1]), own, own.mixture)['weights of all']
      const truth = sum([seen.single[0], errors], [1, 1])
      const something = familyLosses(seen, truth, own, own.mixture)['weights of all']
      means.hindsight += nothing.hindsight / 40
      means.luck += nothing.luck / 40
      means.found += something.hindsight / 40
      means.foundLuck += something.luck / 40
    }
    expect(Math.abs(means.hindsight / means.luck - 1)).toBeLessThan(0.01)
    expect(means.found / means.foundLuck).toBeLessThan(0.9)
  })
})

it('has students that follow smooth outputs, the stiff one less', () => {
  const table = { a: noise(7, 600), b: noise(8, 600) }
  const outputs = table.a.map((value, i) => 3 + value - table.b[i] / 2)
  const fresh = { a: noise(9, 50), b: noise(10, 50) }
  const [[loose, stiff]] = studentsOf(table, outputs, [fresh])
  const expected = fresh.a.map((value, i) => 3 + value - fresh.b[i] / 2)
  expect(error(loose, expected)).toBeLessThan(0.01)
  expect(error(stiff, expected)).toBeGreaterThan(error(loose, expected))
})
