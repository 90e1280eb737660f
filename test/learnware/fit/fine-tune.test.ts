import { describe, expect, it } from 'vitest'
import type { Matrix } from '../../../src/base/matrix.js'
import { permutation, uniforms } from '../../../src/base/random.js'
import { boostedTrees, fitOwn, kernelRidge, logistic, ridge } from '../../../src/learnware/builtin.js'
import type { FineTuneReport } from '../../../src/learnware/fit/fitted-model.js'
import {
  boostedClassifier,
  boostedTreesLearner,
  type SumOfTrees,
} from '../../../src/learnware/learner/boosted-trees.js'
import type { Descent } from '../../../src/learnware/learner/early-stopping.js'
import { partition } from '../../../src/learnware/learner/folds.js'
import type { Predict } from '../../../src/learnware/learner/learner.js'
import { squaredError } from '../../../src/learnware/learner/learner.js'
import { type LinearKind, linearScores, looseness } from '../../../src/learnware/learner/linear.js'
import { entropy, logisticLearner } from '../../../src/learnware/learner/logistic.js'
import { ridgeLearner, squared } from '../../../src/learnware/learner/ridge.js'
import { addTree, binsOf, growTree } from '../../../src/learnware/learner/tree.js'
import type { Model } from '../../../src/learnware/model.js'
import { normals } from '../../../src/wasm/scalar.js'
import { column, labelled, rowsOf } from '../data.js'

const oneHot = (classes: readonly number[], width: number): Matrix => ({
  rows: classes.length,
  columns: width,
  data: Float64Array.from(classes.flatMap((c) => Array.from({ length: width }, (_, j) => (j === c ? 1 : 0)))),
})
const tuning = (fit: Predict, X: Matrix, Y: Matrix) => (fit as SumOfTrees).tune(X, Y)
const refit = (fit: Predict, X: Matrix, Y: Matrix) =>
  (fit.refit as NonNullable<Predict['refit']>)(X, Y, { folds: partition(X.rows, 5, 0), pause: async () => {} })
const resumed = (fit: Predict, X: Matrix, Y: Matrix): Descent => tuning(fit, X, Y).further
const apart = (a: Matrix, b: Matrix): number =>
  Math.max(...Array.from(a.data, (value, e) => Math.abs(value - b.data[e])))
const shares = (P: Matrix): number[] =>
  Array.from({ length: P.rows }, (_, i) =>
    Array.from(P.data.subarray(i * P.columns, (i + 1) * P.columns)).reduce((a, b) => a + b),
  )

const X = rowsOf(80, 3, 1)
const noise = normals(2, 200)
const old = column(labelled(X, (x, i) => 2 * x[0] + noise[i]))
const Z = rowsOf(60, 3, 3)
const fresh = column(labelled(Z, (x, i) => 2 * x[0] - 3 * x[1] + 4 + 0.1 * noise[i]))
/** log det and the solution of Ax = b, by plain elimination. */
const eliminated = (A: readonly (readonly number[])[], b: readonly number[]) => {
  const rows = A.map((row, i) => [...row, b[i]])
  const n = rows.length
  let logDet = 0
  for (let k = 0; k < n; k++) {
    logDet += Math.log(rows[k][k])
    for (let i = 0; i < n; i++) {
      if (i === k) continue
      const factor = rows[i][k] / rows[k][k]
      for (let j = k; j <= n; j++) rows[i][j] -= factor * rows[k][j]
    }
  }
  return { logDet, x: rows.map((row, i) => row[n] / row[i]) }
}

describe('fits drawn towards a linear model, oracle', () => {
  const thetaOf = (...values: number[]) => Float64Array.from(values)

  it('weighs a ridge by the density of the labels under the prior, whether rows or columns are fewer', () => {
    for (const count of [12, 3]) {
      const x = { rows: count, columns: 3, data: Z.data.slice(0, 3 * count) }
      const y = { rows: count, columns: 1, data: fresh.data.slice(0, count) }
      const mean = thetaOf(1, -1, 0.5, 2)
      const posterior = squared.posterior(x, y)
      for (const ridge of [30, 0.2]) {
        // Y ~ N(X̃ mean, σ² (I + X̃ V X̃')), V the prior variances in units of σ².
        const wide = Array.from({ length: count }, (_, i) => [...x.data.subarray(3 * i, 3 * i + 3), 1])
        const V = [1, 1, 1, looseness].map((value) => value / ridge)
        const K = wide.map((a, i) =>
          wide.map((b, j) => a.reduce((sum, value, k) => sum + V[k] * value * b[k], i === j ? 1 : 0)),
        )
        const left = wide.map((a, i) => y.data[i] - a.reduce((sum, value, k) => sum + value * mean[k], 0))
        const { logDet, x: solved } = eliminated(K, left)
        const square = left.reduce((sum, value, i) => sum + value * solved[i], 0)
        const { theta, evidence } = posterior(mean, ridge)
        expect(evidence).toBeCloseTo(-0.5 * logDet - (count / 2) * Math.log(square), 8)
        // E[θ | Y] = mean + V X̃' K⁻¹ (Y − X̃ mean)
        mean.forEach((value, k) =>
          expect(theta[k]).toBeCloseTo(value + V[k] * wide.reduce((sum, a, i) => sum + a[k] * solved[i], 0), 8),
        )
      }
      const still = posterior(mean, 1e9)
      expect(still.evidence).toBeCloseTo(posterior.at(mean), 4)
      mean.forEach((value, k) => expect(still.theta[k]).toBeCloseTo(value, 6))
    }
  })

  it('weighs classes by Laplace, at the likeliest weights, whether rows or columns are fewer', () => {
    const words = labelled(Z, (x, i) => (x[0] - x[1] + 0.3 * noise[i] > 0 ? 1 : 0))
    for (const count of [40, 4]) {
      const x = { rows: count, columns: 3, data: Z.data.slice(0, 3 * count) }
      const Y = oneHot(words.slice(0, count), 2)
      const mean = thetaOf(-0.4, 0.4, 0.2, -0.2, 0, 0, 0.1, -0.1)
      const ridge = 0.7
      const { theta, evidence } = entropy.posterior(x, Y)(mean, ridge)
      const penalty = (e: number) => (e < 6 ? ridge : ridge / looseness)
      const shares = (theta: Float64Array): number[][] => {
        const scores = linearScores(theta, x).data
        return Array.from({ length: count }, (_, i) => {
          const odds = Math.exp(scores[2 * i + 1] - scores[2 * i])
          return [1 / (1 + odds), odds / (1 + odds)]
        })
      }
      const column = (i: number, k: number) => (k < 3 ? x.data[3 * i + k] : 1)
      const slopes = (theta: Float64Array): number[] => {
        const P = shares(theta)
        return Array.from(theta, (value, e) => {
          let sum = penalty(e) * (value - mean[e])
          for (let i = 0; i < count; i++) sum += (P[i][e % 2] - Y.data[2 * i + (e % 2)]) * column(i, e >> 1)
          return sum
        })
      }
      for (const slope of slopes(theta)) expect(Math.abs(slope)).toBeLessThan(2e-3)
      const h = 1e-5
      const scaled = Array.from(theta, (_, e) => {
        const [up, down] = [h, -h].map((by) => slopes(theta.map((value, k) => (k === e ? value + by : value))))
        // V^½ H V^½
        return up.map((value, k) => (value - down[k]) / (2 * h) / Math.sqrt(penalty(e) * penalty(k)))
      })
      const { logDet } = eliminated(scaled, [...theta])
      let expected = -0.5 * logDet
      shares(theta).forEach((p, i) => {
        expected += Math.log(p[Y.data[2 * i + 1]])
      })
      theta.forEach((value, e) => {
        expected -= 0.5 * penalty(e) * (value - mean[e]) ** 2
      })
      expect(evidence).toBeCloseTo(expected, 4)
    }
  })

  it('stays where the labels are what the model says, goes on where it says nearly that, begins anew where it says the reverse', async () => {
    const start = ridgeLearner().fit(X, old, { lambda: 0.1 })
    const said = start(Z)
    expect(apart((await refit(start, Z, said)).fitted(X), start(X))).toBe(0)
    const noisy = { ...said, data: said.data.map((value, i) => value + 0.3 * noise[i]) }
    const same = await refit(start, Z, noisy)
    expect(same.shares.kept + same.shares.further).toBeGreaterThan(0.8)
    expect(same.shares.kept).toBeGreaterThan(0.1)
    const reverse = await refit(start, Z, { ...said, data: said.data.map((value, i) => -3 * value + 0.3 * noise[i]) })
    expect(reverse.shares.kept).toBeLessThan(1e-9)
    expect(reverse.shares.afresh).toBeGreaterThan(0.5)
    for (const { shares, fits } of [same, reverse]) {
      expect(shares.kept + shares.further + shares.afresh).toBeCloseTo(1, 12)
      expect(fits.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12)
    }
  })

  it('ends near the least squares of many rows, columns of unlike scale or not', async () => {
    const start = ridgeLearner().fit(X, old, { lambda: 0.1 })
    for (const rows of [Z, { ...Z, data: Z.data.map((value, e) => (e % 3 === 2 ? 3 * value + 1 : value)) }]) {
      const least = ridgeLearner().fit(rows, fresh, { lambda: 0 })
      expect(apart((await refit(start, rows, fresh)).fitted(rows), least(rows))).toBeLessThan(0.05)
    }
  })

  it('opens a class that the model never saw, and leaves one that nobody knows the chance of one never seen', async () => {
    const start = logisticLearner().fit(
      X,
      oneHot(
        labelled(X, (x) => (x[0] > 0 ? 1 : 0)),
        4,
      ),
      { lambda: 0.1 },
    )
    const Y = oneHot(
      labelled(Z, (x) => (x[1] > 0 ? 2 : x[0] > 0 ? 1 : 0)),
      4,
    )
    const { fitted, shares: mixed } = await refit(start, Z, Y)
    const P = fitted(Z)
    for (const sum of shares(P)) expect(sum).toBeCloseTo(1, 12)
    const hits = labelled(Z, (x, i) => (x[1] > 0 === P.data[4 * i + 2] > 0.5 ? 1 : 0)).reduce((a, b) => a + b)
    expect(hits).toBeGreaterThan(50)
    const labels = (1 - mixed.afresh) * 80 + mixed.afresh * 60
    for (let i = 0; i < Z.rows; i++) expect(P.data[4 * i + 3]).toBeCloseTo(1 / (4 * (labels + 4)), 12)
  })

  it.each<[string, LinearKind, Matrix, Float64Array]>([
    ['reals', squared, { ...fresh, rows: 1, data: fresh.data.slice(0, 1) }, thetaOf(1, 1, 1, 0)],
    ['one class', entropy, oneHot([1], 2), thetaOf(1, -1, 1, -1, 0, 0, -Infinity, 0)],
  ])('is finite for a single row of %s', (_, kind, Y, theta) => {
    const x = { ...Z, rows: 1, data: Z.data.slice(0, 3) }
    const { theta: made, evidence } = kind.posterior(x, Y)(theta, 1)
    expect(Number.isFinite(evidence)).toBe(true)
    made.forEach((value, e) => expect(Number.isFinite(value)).toBe(theta[e] !== -Infinity))
  })
})

describe('sums of trees that go on', () => {
  it('as one fit say the mean of what several say', () => {
    const start = boostedTreesLearner().fit(X, old, { rounds: 20 })
    const { further, afresh, mixed } = tuning(start, Z, fresh)
    further.go(8)
    afresh.go(16)
    const one = mixed(
      [
        { steps: 0, share: 0.2 },
        { steps: 8, share: 0.5 },
      ],
      [{ steps: 16, share: 0.3 }],
    )
    const said = [start, further.at(), afresh.at()].map((predict) => predict(X).data)
    one(X).data.forEach((value, i) =>
      expect(value).toBeCloseTo(0.2 * said[0][i] + 0.5 * said[1][i] + 0.3 * said[2][i], 10),
    )
    expect(apart(mixed([{ steps: 0, share: 1 }], [])(X), start(X))).toBe(0)
    expect(apart(mixed([{ steps: 8, share: 1 }], [])(X), further.at()(X))).toBe(0)
    expect(apart(mixed([], [{ steps: 16, share: 1 }])(X), afresh.at()(X))).toBe(0)
    // It goes on like any other.
    const again = tuning(one, Z, fresh)
    expect(apart(again.further.at()(X), one(X))).toBe(0)
    again.further.go(32)
    expect(squaredError(again.further.at()(Z), fresh)).toBeLessThan(squaredError(one(Z), fresh))
  })

  it('adds to a sum of trees the tree that its residual grows', () => {
    const start = boostedTreesLearner().fit(X, old, { rounds: 20 })
    const descent = resumed(start, Z, fresh)
    descent.go(1)
    const left = Float64Array.from(fresh.data, (value, i) => value - start(Z).data[i])
    const some = permutation(uniforms(60), 60, 42).sort()
    const tree = growTree(binsOf(Z), left, new Float64Array(60).fill(1), some, { depth: 3, leastRows: 5, ridge: 1 })
    const expected = Float64Array.from(start(Z).data)
    addTree(tree, Z, 0.1, expected)
    expect(apart(descent.at()(Z), { ...fresh, data: expected })).toBeLessThan(1e-12)
    descent.go(80)
    expect(squaredError(descent.at()(Z), fresh)).toBeLessThan(0.2 * squaredError(start(Z), fresh))
    expect(apart(start(Z), boostedTreesLearner().fit(X, old, { rounds: 20 })(Z))).toBe(0)
  })

  it('keep probabilities, and open a class that they had never seen', () => {
    const start = boostedClassifier().fit(
      X,
      oneHot(
        labelled(X, (x) => (x[0] > 0 ? 1 : 0)),
        3,
      ),
      { rounds: 20 },
    )
    const Y = oneHot(
      labelled(Z, (x) => (x[1] > 0 ? 2 : x[0] > 0 ? 1 : 0)),
      3,
    )
    const descent = resumed(start, Z, Y)
    descent.go(64)
    const P = descent.at()(Z)
    for (const sum of shares(P)) expect(sum).toBeCloseTo(1, 12)
    const hits = labelled(Z, (x, i) => (x[1] > 0 === P.data[3 * i + 2] > 0.5 ? 1 : 0)).reduce((a, b) => a + b)
    expect(hits).toBeGreaterThan(50)
  })
})

const names = ['a', 'b', 'c']
const tableOf = (rows: Matrix) =>
  Object.fromEntries(names.map((name, j) => [name, Array.from({ length: rows.rows }, (_, i) => rows.data[i * 3 + j])]))
const inputs = names.map((name) => ({ name, kind: 'numeric' }) as const)
const tune = async (
  model: Awaited<ReturnType<typeof fitOwn>> | ReturnType<typeof ridge>,
  rows: object,
  labels: never,
) => {
  const tuned = await (model.fineTune as NonNullable<typeof model.fineTune>)(rows as never, labels)
  return { tuned, report: tuned.report as FineTuneReport }
}
const mse = async (model: Model, truth: (x: number[]) => number) => {
  const rows = rowsOf(400, 3, 77)
  const { data } = await model.predict(tableOf(rows))
  return labelled(rows, (x, i) => (truth(x) - data[i]) ** 2).reduce((a, b) => a + b) / 400
}

describe('fineTune', () => {
  const truth = (x: number[]): number => 2 * x[0] - 3 * x[1] + 4
  const few = rowsOf(40, 3, 5)
  const said = (f: (x: number[]) => number, deviation = 0.5) => labelled(few, (x, i) => f(x) + deviation * noise[i])

  it('brings linear models and trees nearer to other rows, and leaves the model it started from', async () => {
    const labels = labelled(X, (x, i) => 2 * x[0] + noise[i])
    for (const model of [ridge(tableOf(X), labels, { inputs }), boostedTrees(tableOf(X), labels, { inputs })]) {
      const before = await model.predict(tableOf(few))
      const { tuned, report } = await tune(model, tableOf(few), said(truth) as never)
      expect(await mse(tuned, truth)).toBeLessThan(0.4 * (await mse(model, truth)))
      expect(report.shares.kept).toBeLessThan(0.5)
      expect(report.labels).toBe(40)
      expect(report.fits[0]).toMatchObject({ name: 'as it is', share: report.shares.kept })
      expect(report.fits.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12)
      expect(await model.predict(tableOf(few))).toEqual(before)
    }
  })

  it('stops at once where there is nothing to learn, with the same predictions', async () => {
    const labels = labelled(X, (x) => 2 * x[0])
    const model = ridge(tableOf(X), labels, { inputs })
    const { data } = await model.predict(tableOf(few))
    const { tuned, report } = await tune(model, tableOf(few), [...data] as never)
    expect(report.shares.kept + report.shares.further).toBeCloseTo(1, 12)
    expect(await tuned.predict(tableOf(Z))).toEqual(await model.predict(tableOf(Z)))
  })

  it('is the mean of the model as it was, of one that went on and of one that began anew, by what labels say', async () => {
    const near = ridge(
      tableOf(X),
      labelled(X, (x) => truth(x) + 0.3 * x[2]),
      { inputs },
    )
    const far = ridge(
      tableOf(X),
      labelled(X, (x) => -20 * truth(x)),
      { inputs },
    )
    const noisy = said(truth, 3) as never
    const { shares } = (await tune(near, tableOf(few), noisy)).report
    expect(shares.kept + shares.further).toBeGreaterThan(0.5)
    expect(shares.kept + shares.further + shares.afresh).toBeCloseTo(1, 12)
    const { tuned, report } = await tune(far, tableOf(few), noisy)
    expect(report.shares.kept).toBeLessThan(1e-9)
    expect(report.shares.afresh).toBeGreaterThan(0.2)
    expect(await mse(tuned, truth)).toBeLessThan(
      1.2 * (await mse(await fitOwn(tableOf(few), noisy, { inputs }), truth)),
    )
  })

  it('goes on from a model that was tuned before, and gives the same for the same seed', async () => {
    const model = ridge(
      tableOf(X),
      labelled(X, (x) => 2 * x[0]),
      { inputs },
    )
    const once = await tune(model, tableOf(few), said(truth) as never)
    const twice = await tune(once.tuned as never, tableOf(few), said(truth) as never)
    expect(twice.report.fits[0].error).toBeLessThan(once.report.fits[0].error)
    const again = await tune(model, tableOf(few), said(truth) as never)
    expect(again.report).toEqual(once.report)
    expect(await again.tuned.predict(tableOf(Z))).toEqual(await once.tuned.predict(tableOf(Z)))
  })

  it('is there for the models that can go on, and absent elsewhere', async () => {
    const labels = labelled(X, (x) => Math.sin(3 * x[0]))
    expect(kernelRidge(tableOf(X), labels, { inputs }).fineTune).toBeUndefined()
    const words = labelled(X, (x) => (x[0] > 0 ? 'yes' : 'no') as never) as never as string[]
    const model = logistic(tableOf(X), words, { inputs })
    const { tuned } = await tune(
      model as never,
      tableOf(few),
      labelled(few, (x) => (x[1] > 0 ? 'yes' : 'no') as never) as never,
    )
    const { data } = await tuned.predict({ a: [0, 0], b: [2, -2], c: [0, 0] })
    expect(data[1]).toBeGreaterThan(0.8)
    expect(data[3]).toBeLessThan(0.2)
    expect(
      (
        await fitOwn(
          tableOf(X),
          labelled(X, (x, i) => 2 * x[0] + noise[i]),
          { inputs },
        )
      ).fineTune,
    ).toBeTypeOf('function')
  })

  it('refuses with one sentence, and stops at an abort', async () => {
    const model = ridge(
      tableOf(X),
      labelled(X, (x) => 2 * x[0]),
      { inputs },
    )
    const go = model.fineTune as NonNullable<typeof model.fineTune>
    await expect(go(tableOf(few), [1, 2])).rejects.toThrow('"labels" expected length 40, one for each row, got 2')
    await expect(go({ a: [1, 2], b: [1, 2], c: [1, 2] }, [1, 2])).rejects.toThrow(
      '"labels" expected at least 4 labelled rows to fine-tune on, got 2; label more rows',
    )
    await expect(go(tableOf(few), said(truth), { folds: 1 })).rejects.toThrow('"folds"')
    await expect(go(tableOf(few), said(truth), { fold: 2 } as never)).rejects.toThrow('no option "fold"')
    await expect(go(tableOf(few), Array(40).fill('x') as never)).rejects.toThrow('"labels" expected a number in row 0')
    const words = logistic(tableOf(X), labelled(X, (x) => (x[0] > 0 ? 'yes' : 'no') as never) as never, { inputs })
    await expect((words.fineTune as typeof go)(tableOf(few), Array(40).fill('maybe'))).rejects.toThrow(
      '"labels" has the unknown class "maybe"',
    )
    const abort = new AbortController()
    abort.abort(new Error('enough'))
    await expect(go(tableOf(few), said(truth), { signal: abort.signal })).rejects.toThrow('enough')
  })
})
