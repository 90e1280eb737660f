import { describe, expect, it } from 'vitest'
import type { Matrix } from '../../src/base/matrix.js'
import { permutation, uniforms } from '../../src/base/random.js'
import { boostedClassifier, boostedTreesLearner } from '../../src/learnware/boosted-trees.js'
import { boostedTrees, fitOwn, kernelRidge, logistic, ridge } from '../../src/learnware/builtin.js'
import type { FineTuneReport } from '../../src/learnware/fitted-model.js'
import type { Descent, Learner, Predict } from '../../src/learnware/learner.js'
import { squaredError } from '../../src/learnware/learner.js'
import { logisticLearner } from '../../src/learnware/logistic.js'
import { ridgeLearner } from '../../src/learnware/ridge.js'
import { addTree, binsOf, growTree } from '../../src/learnware/tree.js'
import { normals } from '../../src/wasm/scalar.js'
import { column, labelled, rowsOf } from './data.js'

const oneHot = (classes: readonly number[], width: number): Matrix => ({
  rows: classes.length,
  columns: width,
  data: Float64Array.from(classes.flatMap((c) => Array.from({ length: width }, (_, j) => (j === c ? 1 : 0)))),
})
const tuning = (fit: Predict, X: Matrix, Y: Matrix) => (fit.tune as NonNullable<Predict['tune']>)(X, Y)
const resumed = (fit: Predict, X: Matrix, Y: Matrix): Descent<Predict> => tuning(fit, X, Y).further
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
const bent = { ...Z, data: Z.data.map((value, e) => (e % 3 === 2 ? 3 * value + 1 : value)) }

describe('a descent that goes on, oracle', () => {
  it('ends at the least squares of the new rows, columns of unlike scale or not', () => {
    const start = ridgeLearner().fit(X, old, { lambda: 0.1 })
    for (const rows of [Z, bent]) {
      const descent = resumed(start, rows, fresh)
      expect(apart(descent.at()(rows), start(rows))).toBe(0)
      descent.go(3000)
      const least = ridgeLearner().fit(rows, fresh, { lambda: 0 })
      expect(apart(descent.at()(rows), least(rows))).toBeLessThan(1e-6)
    }
  })

  it('ends where the residuals of classes are at right angles to all columns', () => {
    const start = logisticLearner().fit(
      X,
      oneHot(
        labelled(X, (x) => (x[0] > 0 ? 1 : 0)),
        3,
      ),
      { lambda: 0.1 },
    )
    const classes = labelled(Z, (x, i) => (x[0] + noise[i] > 0.5 ? 2 : x[1] + noise[i + 60] > 0 ? 1 : 0))
    const Y = oneHot(classes, 3)
    const descent = resumed(start, Z, Y)
    descent.go(2000)
    const share = 1 / (80 + 3)
    const P = Array.from(descent.at()(Z).data, (p) => (p - share / 3) / (1 - share))
    for (let c = 0; c < 3; c++) {
      for (const k of [-1, 0, 1, 2]) {
        let pull = 0
        for (let i = 0; i < 60; i++) pull += (P[i * 3 + c] - Y.data[i * 3 + c]) * (k < 0 ? 1 : Z.data[i * 3 + k])
        expect(Math.abs(pull / 60)).toBeLessThan(1e-6)
      }
    }
  })

  it('begins anew from the mean, or the shares of the classes, and ends where one that went on does', () => {
    const { further, afresh } = tuning(ridgeLearner().fit(X, old, { lambda: 0.1 }), Z, fresh)
    const mean = Array.from(fresh.data).reduce((sum, value) => sum + value) / 60
    for (const value of afresh.at()(X).data) expect(value).toBeCloseTo(mean, 12)
    further.go(3000)
    afresh.go(3000)
    expect(apart(further.at()(X), afresh.at()(X))).toBeLessThan(1e-6)

    const classes = Array.from({ length: 60 }, (_, i) => (i < 15 ? 0 : 2))
    const three = oneHot(
      labelled(X, (_, i) => i % 3),
      3,
    )
    const begun = tuning(logisticLearner().fit(X, three, { lambda: 0.1 }), Z, oneHot(classes, 3)).afresh.at()(X)
    // Shares of the rows, that of a class without any as of half a row, drawn towards a third by 1/63.
    const most = 1 + 0.5 / 61
    const expected = [0.25, 0.5 / 61, 0.75].map((share) => (62 / 63) * (share / most) + 1 / 189)
    expected.forEach((value, c) => expect(begun.data[c]).toBeCloseTo(value, 12))
  })

  it.each([
    ['ridge', ridgeLearner(), { lambda: 0.1 }],
    ['boosted trees', boostedTreesLearner(), { rounds: 20 }],
  ] as [string, Learner, Record<string, number>][])(
    '%s: three fits as one say the mean of what they say',
    (_, learner, setting) => {
      const start = learner.fit(X, old, setting)
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
      expect(apart(mixed([{ steps: 8, share: 1 }], [])(X), further.at()(X))).toBe(0)
      expect(apart(mixed([], [{ steps: 16, share: 1 }])(X), afresh.at()(X))).toBe(0)
      // It goes on like any other.
      const again = tuning(one, Z, fresh)
      expect(apart(again.further.at()(X), one(X))).toBe(0)
      again.further.go(32)
      expect(squaredError(again.further.at()(Z), fresh)).toBeLessThan(squaredError(one(Z), fresh))
    },
  )

  it('averages the scores of classes, also of those that a fit does not know', () => {
    const two = labelled(X, (x) => (x[0] > 0 ? 1 : 0))
    const start = logisticLearner().fit(X, oneHot(two, 3), { lambda: 0.1 })
    const { further, afresh, mixed } = tuning(
      start,
      Z,
      oneHot(
        labelled(Z, (x) => (x[1] > 0 ? 2 : 1)),
        3,
      ),
    )
    further.go(32)
    afresh.go(32)
    const P = mixed(
      [
        { steps: 0, share: 0.2 },
        { steps: 32, share: 0.5 },
      ],
      [{ steps: 32, share: 0.3 }],
    )(X)
    shares(P).forEach((sum) => expect(sum).toBeCloseTo(1, 12))
    // Class 0 is known to the first two alone, class 2 to the last two; class 1 to all.
    const logOdds = (predict: Predict, labels: number, a: number, b: number): number => {
      const share = 1 / (labels + 3)
      const [p, q] = [a, b].map((c) => (predict(X).data[c] - share / 3) / (1 - share))
      return Math.log(p / q)
    }
    const labels = 0.7 * 80 + 0.3 * 60
    const warm = mixed(
      [
        { steps: 0, share: 0.4 },
        { steps: 32, share: 0.6 },
      ],
      [],
    )
    expect(logOdds(warm, 80, 0, 1)).toBeCloseTo(
      0.4 * logOdds(start, 80, 0, 1) + 0.6 * logOdds(further.at(), 80, 0, 1),
      8,
    )
    expect(logOdds(() => P, labels, 0, 1)).toBeCloseTo(
      0.2 * logOdds(start, 80, 0, 1) + 0.5 * logOdds(further.at(), 80, 0, 1) + 0.3 * logOdds(afresh.at(), 60, 0, 1),
      8,
    )
    for (let c = 0; c < 3; c++) expect(P.data[c]).toBeGreaterThan(1 / (3 * (labels + 3)))
  })

  it('leaves a class that nobody knows the chance of one that was never seen', () => {
    const start = logisticLearner().fit(
      X,
      oneHot(
        labelled(X, (x) => (x[0] > 0 ? 1 : 0)),
        4,
      ),
      { lambda: 0.1 },
    )
    const others = oneHot(
      labelled(Z, (x) => (x[1] > 0 ? 2 : 1)),
      4,
    )
    const P = tuning(start, Z, others).mixed(
      [
        { steps: 0, share: 0.2 },
        { steps: 32, share: 0.5 },
      ],
      [{ steps: 32, share: 0.3 }],
    )(X)
    const labels = 0.7 * 80 + 0.3 * 60
    for (let i = 0; i < X.rows; i++) expect(P.data[4 * i + 3]).toBeCloseTo(1 / (4 * (labels + 4)), 12)
  })

  it('stays nearer to its start the sooner it stops', () => {
    const start = ridgeLearner().fit(X, old, { lambda: 0.1 })
    const descent = resumed(start, Z, fresh)
    const errors: number[] = []
    const moves = [1, 2, 4, 8].map((steps) => {
      descent.go(steps)
      errors.push(squaredError(descent.at()(Z), fresh))
      return squaredError(descent.at()(Z), start(Z))
    })
    for (let i = 1; i < 4; i++) {
      expect(moves[i]).toBeGreaterThan(moves[i - 1])
      expect(errors[i]).toBeLessThan(errors[i - 1])
    }
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

  it.each([
    ['logistic', logisticLearner(), { lambda: 0.1 }],
    ['boosted', boostedClassifier(), { rounds: 20 }],
  ] as [string, Learner, Record<string, number>][])(
    '%s keeps probabilities, and opens a class that it had never seen',
    (_, learner, setting) => {
      const start = learner.fit(
        X,
        oneHot(
          labelled(X, (x) => (x[0] > 0 ? 1 : 0)),
          3,
        ),
        setting,
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
    },
  )
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
const mse = async (model: ReturnType<typeof ridge>, truth: (x: number[]) => number) => {
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
      expect(report.steps).toBeGreaterThan(0)
      expect(report.labels).toBe(40)
      expect(report.errors[0].steps).toBe(0)
      expect(await model.predict(tableOf(few))).toEqual(before)
    }
  })

  it('stops at once where there is nothing to learn, with the same predictions', async () => {
    const labels = labelled(X, (x) => 2 * x[0])
    const model = ridge(tableOf(X), labels, { inputs })
    const { data } = await model.predict(tableOf(few))
    const { tuned, report } = await tune(model, tableOf(few), [...data] as never)
    expect(report.steps).toBe(0)
    expect(await tuned.predict(tableOf(Z))).toEqual(await model.predict(tableOf(Z)))
  })

  it('is the mean of the model as it was, of one that went on and of one that began anew, by what held-out rows say', async () => {
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
    expect(report.shares.kept).toBe(0)
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
    expect(twice.report.errors[0].error).toBeLessThan(once.report.errors[0].error)
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
