import { describe, expect, it } from 'vitest'
import { lossesOf } from '../../../src/learnware/fit/cross-validation.js'
import { partition } from '../../../src/learnware/learner/folds.js'
import { kernelClassifier } from '../../../src/learnware/learner/kernel-classifier.js'
import { kernelRidgeLearner } from '../../../src/learnware/learner/kernel-ridge.js'
import { squaredError } from '../../../src/learnware/learner/learner.js'
import { logisticLearner } from '../../../src/learnware/learner/logistic.js'
import { ridgeLearner } from '../../../src/learnware/learner/ridge.js'
import { logLoss, smoothed, softmax } from '../../../src/learnware/learner/softmax.js'
import { column, labelled, only, rowsOf, without } from '../data.js'

const oneHot = (classes: readonly number[], width: number) => ({
  rows: classes.length,
  columns: width,
  data: Float64Array.from(classes.flatMap((c) => Array.from({ length: width }, (_, j) => (j === c ? 1 : 0)))),
})

describe('ridge, oracle', () => {
  it.each([
    [30, 4],
    [18, 20],
  ])('leaves out each of %i rows with %i columns as refitting does', (n, d) => {
    const X = rowsOf(n, d, 1)
    const noise = rowsOf(n, 1, 2).data
    const Y = column(labelled(X, (x, i) => x.reduce((a, b) => a + b) + 5 + 2 * noise[i]))
    const learner = ridgeLearner()
    const { setting, outOfSample } = learner.choose(X, Y)
    expect(setting.lambda).toBeLessThan(Infinity)
    for (let i = 0; i < n; i++) {
      // The penalty is nλ; without a row it must stay the same.
      const refit = learner.fit(without(X, i), without(Y, i), { lambda: (setting.lambda * n) / (n - 1) })
      expect(outOfSample.data[i]).toBeCloseTo(refit(only(X, i)).data[0], 5)
    }
  })

  it('agrees between the d primal and the n dual coefficients', () => {
    const X = rowsOf(12, 12, 3)
    const wide = {
      rows: 12,
      columns: 13,
      data: Float64Array.from({ length: 156 }, (_, e) =>
        e % 13 < 12 ? X.data[Math.floor(e / 13) * 12 + (e % 13)] : 0,
      ),
    }
    const Y = rowsOf(12, 2, 4)
    const primal = ridgeLearner().fit(X, Y, { lambda: 0.3 })(X)
    const dual = ridgeLearner().fit(wide, Y, { lambda: 0.3 })(wide)
    for (let e = 0; e < 24; e++) expect(dual.data[e]).toBeCloseTo(primal.data[e], 10)
  })

  it('minimises its objective, without a penalty on the intercept', () => {
    const X = rowsOf(25, 2, 5)
    const Y = column(labelled(X, (x) => x[0] + 0.3 * x[1] * x[1] + 1e4))
    const predict = ridgeLearner().fit(X, Y, { lambda: 0.2 })
    const at = (x: number[]) => predict({ rows: 1, columns: 2, data: Float64Array.from(x) }).data[0]
    const b = at([0, 0])
    const w = [at([1, 0]) - b, at([0, 1]) - b]
    const value = (b: number, u: number, v: number) => {
      let sum = 25 * 0.2 * (u * u + v * v)
      for (let i = 0; i < 25; i++) sum += (Y.data[i] - b - u * X.data[2 * i] - v * X.data[2 * i + 1]) ** 2
      return sum
    }
    const least = value(b, w[0], w[1])
    for (const h of [1e-3, -1e-3]) {
      expect(value(b + h, w[0], w[1])).toBeGreaterThan(least)
      expect(value(b, w[0] + h, w[1])).toBeGreaterThan(least)
      expect(value(b, w[0], w[1] + h)).toBeGreaterThan(least)
    }
  })
})

describe('kernel ridge, oracle', () => {
  it('leaves out each row as refitting does', () => {
    const X = rowsOf(24, 2, 6)
    const Y = column(labelled(X, (x) => Math.sin(2 * x[0]) + x[1] + 100))
    const learner = kernelRidgeLearner()
    const { setting, outOfSample } = learner.choose(X, Y)
    for (let i = 0; i < 24; i++) {
      expect(outOfSample.data[i]).toBeCloseTo(learner.fit(without(X, i), without(Y, i), setting)(only(X, i)).data[0], 6)
    }
  })

  it('predicts folds as refitting does', () => {
    const X = rowsOf(30, 3, 7)
    const Y = rowsOf(30, 2, 8)
    const folds = partition(30, 3, 1)
    const learner = kernelRidgeLearner()
    const { setting, outOfSample } = learner.choose(X, Y, folds)
    for (const { fit, judge } of folds) {
      const take = (M: typeof X, rows: Int32Array) => ({
        rows: rows.length,
        columns: M.columns,
        data: Float64Array.from([...rows].flatMap((i) => [...M.data.subarray(i * M.columns, (i + 1) * M.columns)])),
      })
      const { data } = learner.fit(take(X, fit), take(Y, fit), setting)(take(X, judge))
      judge.forEach((row, k) => {
        expect(outOfSample.data[row * 2]).toBeCloseTo(data[k * 2], 8)
        expect(outOfSample.data[row * 2 + 1]).toBeCloseTo(data[k * 2 + 1], 8)
      })
    }
  })

  it('interpolates where the ridge vanishes, and is the mean where it is huge', () => {
    const X = rowsOf(10, 2, 9)
    const Y = rowsOf(10, 1, 10)
    const loose = kernelRidgeLearner().fit(X, Y, { gamma: 2, lambda: 1e-10 })(X)
    const stiff = kernelRidgeLearner().fit(X, Y, { gamma: 2, lambda: 1e10 })(X)
    const mean = Y.data.reduce((a, b) => a + b) / 10
    for (let i = 0; i < 10; i++) {
      expect(loose.data[i]).toBeCloseTo(Y.data[i], 5)
      expect(stiff.data[i]).toBeCloseTo(mean, 6)
    }
  })

  it('stands on basis points where rows are many', () => {
    const X = rowsOf(1300, 2, 11)
    const Y = column(labelled(X, (x) => Math.sin(x[0]) * x[1]))
    const learner = kernelRidgeLearner()
    const predicted = learner.fit(X, Y, { gamma: 0.5, lambda: 0.01 })(X)
    expect(squaredError(predicted, Y)).toBeLessThan(1e-3)
  })
})

describe('logistic, oracle', () => {
  it('has a vanishing gradient and the right odds', () => {
    const X = rowsOf(60, 2, 12)
    const classes = labelled(X, (x, i) => (x[0] + 0.5 * Math.sin(i) > 0.4 ? 2 : x[1] > 0 ? 1 : 0))
    const Y = oneHot(classes, 3)
    const lambda = 0.1
    const predict = logisticLearner().fit(X, Y, { lambda })
    const share = 1 / 63
    const P = Float64Array.from(predict(X).data, (p) => (p - share / 3) / (1 - share))
    // Stationarity: the residuals sum to 0 in each class, and X'R/n = λW. W is read from the odds at unit points.
    const at = (x: number[]) =>
      Array.from(predict({ rows: 1, columns: 2, data: Float64Array.from(x) }).data, (p) =>
        Math.log((p - share / 3) / (1 - share)),
      )
    const base = at([0, 0])
    for (let c = 0; c < 3; c++) {
      let sum = 0
      for (let i = 0; i < 60; i++) sum += (Y.data[i * 3 + c] - P[i * 3 + c]) / 60
      expect(sum).toBeCloseTo(0, 3)
    }
    for (let k = 0; k < 2; k++) {
      const odds = at(k === 0 ? [1, 0] : [0, 1]).map((value, c) => value - base[c])
      const mean = odds.reduce((a, b) => a + b) / 3
      for (let c = 0; c < 3; c++) {
        let pull = 0
        for (let i = 0; i < 60; i++) pull += (X.data[2 * i + k] * (Y.data[i * 3 + c] - P[i * 3 + c])) / 60
        expect(pull / lambda).toBeCloseTo(odds[c] - mean, 2)
      }
    }
  })

  it('gives a class without a row only what smoothing leaves it', () => {
    const X = rowsOf(20, 2, 13)
    const Y = oneHot(
      labelled(X, (x) => (x[0] > 0 ? 1 : 0)),
      4,
    )
    for (const learner of [logisticLearner(), kernelClassifier()]) {
      const P = learner.fit(X, Y, { lambda: 0.1, gamma: 0.1, tau: 8 })(X)
      for (let i = 0; i < 20; i++) {
        const row = [...P.data.slice(i * 4, (i + 1) * 4)]
        expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
        expect(row[3]).toBeLessThan(0.05)
        expect(row[3]).toBeGreaterThan(0)
      }
    }
  })
})

describe('parts, oracle', () => {
  it('softmax and log loss, far out too', () => {
    const S = { rows: 2, columns: 2, data: Float64Array.of(1000, 1001, -5, -5) }
    expect(softmax(S)).toBeCloseTo(1001 + Math.log1p(Math.exp(-1)) + -5 + Math.LN2, 9)
    expect(S.data[0]).toBeCloseTo(1 / (1 + Math.E), 12)
    expect(S.data[2]).toBe(0.5)
    expect(logLoss(S, oneHot([1, 0], 2))).toBeCloseTo((-Math.log(S.data[1]) + Math.LN2) / 2, 12)
    expect(smoothed({ rows: 1, columns: 2, data: Float64Array.of(1, 0) }, 8).data[1]).toBeCloseTo(0.05, 12)
  })

  it('partition deals every row once and every class evenly', () => {
    const group = Array.from({ length: 40 }, (_, i) => (i < 10 ? 1 : 0))
    const folds = partition(40, 5, 3, group)
    expect([...folds.flatMap(({ judge }) => [...judge])].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    )
    for (const { fit, judge } of folds) {
      expect(fit.length + judge.length).toBe(40)
      expect([...judge].filter((i) => group[i] === 1)).toHaveLength(2)
    }
    expect(partition(3, 5, 0)).toHaveLength(3)
    expect(partition(40, 5, 3)).not.toEqual(partition(40, 5, 4))
  })
})

describe('lossesOf', () => {
  const output = { kind: 'probabilities', classes: ['a', 'b'] } as const
  const of = (...values: number[]) => ({ rows: values.length / 2, columns: 2, data: Float64Array.from(values) })

  it('of classes are the Brier score, the log-loss and the error', () => {
    const { loss, logLoss, error } = lossesOf(of(0.8, 0.2, 0.6, 0.4), of(1, 0, 0, 1), output)
    expect(loss).toBeCloseTo((0.08 + 0.72) / 2, 12)
    expect(logLoss).toBeCloseTo(-(Math.log(0.8) + Math.log(0.4)) / 2, 12)
    expect(error).toBe(0.5)
    expect(lossesOf(of(0, 1), of(1, 0), output).logLoss).toBeCloseTo(-Math.log(1e-6), 9)
  })
})
