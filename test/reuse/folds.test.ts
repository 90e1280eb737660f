import { describe, expect, it } from 'vitest'
import { foldsOf } from '../../src/reuse/folds.js'

describe('foldsOf', () => {
  it('judges every row once, by a fit that has not seen it, and differs with the seed', () => {
    const folds = foldsOf(new Float64Array(23), 1, 5, 4)
    expect(folds.flatMap(({ judge }) => [...judge]).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 23 }, (_, i) => i),
    )
    for (const { fit, judge } of folds) {
      expect(fit.length + judge.length).toBe(23)
      expect([...judge].some((row) => fit.includes(row))).toBe(false)
    }
    expect(foldsOf(new Float64Array(23), 1, 5, 4)).toEqual(folds)
    expect(foldsOf(new Float64Array(23), 1, 5, 5)).not.toEqual(folds)
  })

  it('deals the rows of every class over the folds', () => {
    const rows = 20
    const y = new Float64Array(rows * 2)
    for (let i = 0; i < rows; i++) y[2 * i + (i < 5 ? 0 : 1)] = 1
    for (const { judge } of foldsOf(y, 2, 5, 1)) expect([...judge].filter((row) => row < 5)).toHaveLength(1)
  })

  it('has no more folds than rows', () => {
    expect(foldsOf(new Float64Array(3), 1, 5, 0)).toHaveLength(3)
  })
})
