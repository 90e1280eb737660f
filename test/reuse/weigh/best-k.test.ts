import { describe, expect, it } from 'vitest'
import { bestK, type LabelledOptions } from '../../../src/reuse/index.js'
import { learnwareAt, noise, requirementAt, rowsAt } from '../simulated.js'

const requirement = requirementAt(0, 0)
const truth = (a: number, b: number) => a - b
// Three that err by themselves, each in its own way, and stand far away; five that are wrong and near.
const good = ['x', 'y', 'z'].map((id, k) =>
  learnwareAt(id, [4 + k, 0], (x) => [truth(x[0], x[1]) + Math.cos(2 * x[k % 2] + (2 * Math.PI * k) / 3)]),
)
const market = [...Array.from({ length: 5 }, (_, i) => learnwareAt(`near${i}`, [0.1 * i, 0], () => [i])), ...good]
const labelled = (count: number) => {
  const rows = rowsAt(count, 6)
  const draw = noise(6)
  return { rows, labels: Array.from(rows.a, (a, i) => truth(a, rows.b[i]) + 0.1 * draw()) }
}
const chosen = async (count: number, options: Partial<LabelledOptions> = {}) =>
  (await bestK(market, requirement, { labelled: labelled(count), ...options })).report

describe('bestK', () => {
  it('takes as many of the best as err apart from each other', async () => {
    const report = await chosen(200)
    expect(report.used.map(({ id, weight }) => [id, weight]).sort()).toEqual(['x', 'y', 'z'].map((id) => [id, 1 / 3]))
    expect(report.candidates[0]).toMatchObject({ method: 'best-3', weight: 1 })
    expect(report.losses?.loss).toBe(report.candidates[0].loss)
    expect(report.reason).toMatch(/^the 3 best/)
  })

  it('is ranked by distance where the strength is great, by loss where it is 0', async () => {
    const near = await chosen(10, { strength: 1e9 })
    expect(near.used.every(({ id }) => id.startsWith('near'))).toBe(near.used.length <= 5)
    expect(near.used[0].id).toBe('near0')
    const best = await chosen(40, { strength: 0 })
    const losses = [...best.used].map(({ loss }) => loss as number)
    expect(Math.max(...losses)).toBeLessThan(2)
  })

  it('tries no more learnwares than there are, and chooses on rows that the ranking has not seen', async () => {
    const { candidates } = await chosen(50)
    expect(candidates.map(({ method }) => method).sort()).toEqual(
      ['average', 'best-1', 'best-2', 'best-3', 'best-5', 'best-8', 'direct'].sort(),
    )
    // Many guesses and labels that nothing predicts: the best in sample would seem to beat 0, out of sample none does.
    const guesses = Array.from({ length: 60 }, (_, i) => {
      const draw = noise(100 + i)
      return learnwareAt(`g${i}`, [1, 0], () => [draw()])
    })
    const draw = noise(3)
    const rows = rowsAt(30, 8)
    const { losses } = (
      await bestK(guesses, requirement, {
        labelled: { rows, labels: Array.from(rows.a, draw) },
        strength: 0,
      })
    ).report
    expect(losses?.loss).toBeGreaterThan(0.7)
  })
})
