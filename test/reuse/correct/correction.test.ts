import { describe, expect, it } from 'vitest'
import { uniforms } from '../../../src/base/random.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import { partition } from '../../../src/learnware/learner/folds.js'
import { correction } from '../../../src/reuse/correct/correction.js'
import { kernelRidgeLearner, ridgeLearner } from '../../../src/reuse/correct/learners.js'
import { noise } from '../simulated.js'

const rest = async (): Promise<void> => {}

const rowsOf = (rows: number, columns: number, seed: number) => {
  const random = uniforms(seed)
  return { rows, columns, data: Float64Array.from({ length: rows * columns }, () => 4 * random() - 2) }
}

/** Gauss–Jordan, the slow way. */
const solved = (A: number[][], b: number[]): number[] => {
  const M = A.map((row, i) => [...row, b[i]])
  for (let k = 0; k < M.length; k++) {
    const pivot = M.slice(k).reduce((best, row, i) => (Math.abs(row[k]) > Math.abs(M[best][k]) ? k + i : best), k)
    ;[M[k], M[pivot]] = [M[pivot], M[k]]
    for (let i = 0; i < M.length; i++) {
      if (i === k) continue
      const factor = M[i][k] / M[k][k]
      for (let j = k; j <= M.length; j++) M[i][j] -= factor * M[k][j]
    }
  }
  return M.map((row, i) => row[M.length] / row[i])
}

describe('corrections', () => {
  it('ridge equals its normal equations, within the residuals seen', () => {
    const X = rowsOf(30, 3, 1)
    const draw = noise(2)
    const R = Float64Array.from({ length: 30 }, (_, i) => X.data[3 * i] - 0.5 * X.data[3 * i + 2] + draw())
    const rows = Int32Array.from({ length: 30 }, (_, i) => i)
    const Z = rowsOf(10, 3, 9)
    const got = ridgeLearner(X).fit(rows, R, 1, { name: '', gamma: 0, lambda: 3 })(Z)

    const mean = (of: (i: number) => number): number => rows.reduce((sum, i) => sum + of(i), 0) / 30
    const centre = [0, 1, 2].map((j) => mean((i) => X.data[3 * i + j]))
    const level = mean((i) => R[i])
    const c = (i: number, j: number): number => X.data[3 * i + j] - centre[j]
    const A = [0, 1, 2].map((j) =>
      [0, 1, 2].map((k) => rows.reduce((sum, i) => sum + c(i, j) * c(i, k), j === k ? 3 : 0)),
    )
    const b = [0, 1, 2].map((j) => rows.reduce((sum, i) => sum + c(i, j) * (R[i] - level), 0))
    const B = solved(A, b)
    for (let i = 0; i < 10; i++) {
      const plain = level + B.reduce((sum, value, j) => sum + value * (Z.data[3 * i + j] - centre[j]), 0)
      expect(got[i]).toBeCloseTo(Math.min(Math.max(...R), Math.max(Math.min(...R), plain)), 9)
    }
  })

  it('kernel ridge equals its dual, and judges as it fits', () => {
    const X = rowsOf(25, 2, 3)
    const R = Float64Array.from({ length: 50 }, (_, i) => Math.sin(X.data[2 * (i >> 1)]) * (1 + (i % 2)))
    const fit = Int32Array.from({ length: 20 }, (_, i) => i)
    const judged = Int32Array.of(20, 21, 22, 23, 24)
    const setting = { name: '', gamma: 0.3, lambda: 0.5 }
    const learner = kernelRidgeLearner(X, 0.3)
    const fitted = R.slice(0, 40)
    const got = learner.fit(fit, fitted, 2, setting)({ rows: 5, columns: 2, data: X.data.slice(40) })
    expect([...learner.judge(fit, judged, fitted, 2, setting)].map((v) => v.toFixed(10))).toEqual(
      [...got].map((v) => v.toFixed(10)),
    )
    const k = (i: number, j: number): number =>
      Math.exp(
        -gaussian(0.3).gamma * ((X.data[2 * i] - X.data[2 * j]) ** 2 + (X.data[2 * i + 1] - X.data[2 * j + 1]) ** 2),
      )
    for (const c of [0, 1]) {
      const r = [...fit].map((i) => R[2 * i + c])
      const level = r.reduce((sum, value) => sum + value, 0) / 20
      const alpha = solved(
        [...fit].map((i) => [...fit].map((j) => k(i, j) + (i === j ? 0.5 : 0))),
        r.map((v) => v - level),
      )
      for (const row of judged) {
        const plain = level + [...fit].reduce((sum, i) => sum + alpha[i] * k(row, i), 0)
        expect(got[2 * (row - 20) + c]).toBeCloseTo(Math.min(Math.max(...r), Math.max(Math.min(...r), plain)), 8)
      }
    }
  })

  it('cross-validation takes a loose setting for a signal and a stiff one for noise', async () => {
    const X = rowsOf(120, 2, 5)
    const draw = noise(6)
    const folds = partition(120, 5, 0)
    const residual = (all: Float64Array) => ({ width: 1, all, without: folds.map(() => all) })
    const linear = Float64Array.from({ length: 120 }, (_, i) => 2 * X.data[2 * i] + 0.01 * draw())
    const found = await correction(ridgeLearner(X), residual(linear), folds, rest)
    expect(found.setting).toBe('lambda 0.3')
    const random = await correction(ridgeLearner(X), residual(Float64Array.from({ length: 120 }, draw)), folds, rest)
    expect(Number(random.setting.slice(7))).toBeGreaterThanOrEqual(100)
    const bent = Float64Array.from({ length: 120 }, (_, i) => X.data[2 * i] ** 2)
    const { outOfFold } = await correction(kernelRidgeLearner(X, 0.125), residual(bent), folds, rest)
    const loss = outOfFold.reduce((sum, value, i) => sum + (value - bent[i]) ** 2, 0) / 120
    expect(loss).toBeLessThan(0.05)
  })

  it('never sees the labels of the fold it is judged on', async () => {
    const X = rowsOf(40, 2, 7)
    const y = new Float64Array(40)
    const folds = partition(y.length, 5, 0)
    const { judge } = folds[2]
    // Only the rows of one fold carry a residual: whoever has not seen them predicts nothing there.
    for (const row of judge) y[row] = 10
    const residual = { width: 1, all: y, without: folds.map(() => y) }
    for (const learner of [ridgeLearner(X), kernelRidgeLearner(X, 0.125)]) {
      const { outOfFold } = await correction(learner, residual, folds, rest)
      for (const row of judge) expect(outOfFold[row]).toBe(0)
    }
  })
})
