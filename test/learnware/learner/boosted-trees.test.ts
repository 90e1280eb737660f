import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Matrix } from '../../../src/base/matrix.js'
import { boostedTrees, fitOwn } from '../../../src/learnware/builtin.js'
import { boostedClassifier, boostedTreesLearner } from '../../../src/learnware/learner/boosted-trees.js'
import { partition } from '../../../src/learnware/learner/folds.js'
import { squaredError } from '../../../src/learnware/learner/learner.js'
import { ridgeLearner } from '../../../src/learnware/learner/ridge.js'
import { logLoss } from '../../../src/learnware/learner/softmax.js'
import { addTree, binsOf, growTree } from '../../../src/learnware/learner/tree.js'
import { log, normals } from '../../../src/wasm/scalar.js'
import { column, labelled, rowsOf } from '../data.js'

const every = (n: number) => Int32Array.from({ length: n }, (_, i) => i)
const take = (values: ArrayLike<number>, rows: readonly number[]) => rows.map((i) => values[i])
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

/** The leaves of the best tree by trying every column and every cut between two values, one row at a time. */
const slowTree = (
  X: Matrix,
  G: number[],
  rows: number[],
  depth: number,
  leastRows: number,
  ridge: number,
): number[] => {
  const score = (part: number[]) => sum(take(G, part)) ** 2 / (part.length + ridge)
  let best: { gain: number; left: number[]; right: number[] } | undefined
  if (depth > 0) {
    for (let j = 0; j < X.columns; j++) {
      const value = (i: number) => X.data[i * X.columns + j]
      for (const cut of [...new Set(rows.map(value))].sort((a, b) => a - b)) {
        const left = rows.filter((i) => value(i) <= cut)
        const right = rows.filter((i) => value(i) > cut)
        if (Math.min(left.length, right.length) < leastRows) continue
        const gain = score(left) + score(right) - score(rows)
        if (gain > (best?.gain ?? 0) + 1e-9) best = { gain, left, right }
      }
    }
  }
  const result = Array<number>(X.rows).fill(0)
  if (!best) {
    for (const i of rows) result[i] = sum(take(G, rows)) / (rows.length + ridge)
    return result
  }
  const [l, r] = [best.left, best.right].map((part) => slowTree(X, G, part, depth - 1, leastRows, ridge))
  for (const i of best.left) result[i] = l[i]
  for (const i of best.right) result[i] = r[i]
  return result
}

describe('growTree, oracle', () => {
  it('is the tree that a search of every cut finds', () => {
    for (const [n, d, depth, leastRows] of [
      [20, 1, 1, 1],
      [25, 3, 2, 3],
      [31, 4, 3, 2],
    ]) {
      const X = rowsOf(n, d, n)
      const G = [...normals(n + 1, n)]
      const tree = growTree(binsOf(X), Float64Array.from(G), new Float64Array(n).fill(1), every(n), {
        depth,
        leastRows,
        ridge: 0.5,
      })
      const leaves = new Float64Array(n)
      addTree(tree, X, 1, leaves)
      const expected = slowTree(X, G, [...every(n)], depth, leastRows, 0.5)
      leaves.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 10))
    }
  })

  it('splits nothing where there is nothing to tell apart, and takes the first column of two alike', () => {
    const X = { rows: 10, columns: 2, data: Float64Array.from({ length: 20 }, (_, e) => Math.floor(e / 2)) }
    const shape = { depth: 3, leastRows: 1, ridge: 0 }
    const level = growTree(binsOf(X), new Float64Array(10).fill(3), new Float64Array(10).fill(1), every(10), shape)
    expect([...level.columns]).toEqual([-1])
    expect(level.values[0]).toBe(3)
    const rising = growTree(binsOf(X), Float64Array.from(every(10)), new Float64Array(10).fill(1), every(10), shape)
    expect(rising.columns[0]).toBe(0)
    const constant = { ...X, data: new Float64Array(20) }
    expect([
      ...growTree(binsOf(constant), Float64Array.from(every(10)), new Float64Array(10).fill(1), every(10), shape)
        .columns,
    ]).toEqual([-1])
  })

  it('lets every row fall on the side of the cut on which its bin lies', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(), fc.boolean(), (n, seed, isCoarse) => {
        const raw = rowsOf(n, 2, seed)
        const X = isCoarse ? { ...raw, data: raw.data.map((v) => Math.round(v)) } : raw
        const { codes, cuts } = binsOf(X)
        for (let j = 0; j < 2; j++) {
          expect(cuts[j].length).toBeLessThan(32)
          for (let i = 0; i < n; i++) {
            const value = X.data[2 * i + j]
            const bin = codes[j * n + i]
            if (bin > 0) expect(cuts[j][bin - 1]).toBeLessThan(value)
            if (bin < cuts[j].length) expect(value).toBeLessThanOrEqual(cuts[j][bin])
          }
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('boosted trees', () => {
  const X = rowsOf(200, 5, 1)
  const step = (x: readonly number[]) => (x[0] > 0 ? 2 : 0) * (x[1] > 0 ? 1 : -1) + x[2]
  const noise = normals(2, 200)
  const Y = column(labelled(X, (x, i) => step(x) + 0.3 * noise[i]))
  const fresh = rowsOf(400, 5, 9)
  const truth = column(labelled(fresh, step))

  it('find what is no line', () => {
    const { setting } = boostedTreesLearner().choose(X, Y)
    const trees = squaredError(boostedTreesLearner().fit(X, Y, setting)(fresh), truth)
    const ridge = ridgeLearner()
    expect(trees).toBeLessThan(0.4 * squaredError(ridge.fit(X, Y, ridge.choose(X, Y).setting)(fresh), truth))
  })

  it('do not fall behind the rows they are fitted on, and stop where labels are noise', () => {
    const losses = [5, 20, 80, 320].map((rounds) => squaredError(boostedTreesLearner().fit(X, Y, { rounds })(X), Y))
    for (let i = 1; i < losses.length; i++) expect(losses[i]).toBeLessThan(losses[i - 1])
    const { setting } = boostedTreesLearner().choose(X, column([...noise]))
    expect(setting.rounds).toBeLessThanOrEqual(10)
  })

  it('give out-of-sample predictions of fits that have not seen the row', () => {
    const folds = partition(200, 4, 0)
    const { setting, outOfSample } = boostedTreesLearner().choose(X, Y, folds)
    const [{ fit, judge }] = folds
    const part = (M: Matrix, rows: Int32Array) => ({
      rows: rows.length,
      columns: M.columns,
      data: Float64Array.from([...rows].flatMap((i) => [...M.data.subarray(i * M.columns, (i + 1) * M.columns)])),
    })
    const refit = boostedTreesLearner().fit(part(X, fit), part(Y, fit), setting)(part(X, judge))
    judge.forEach((i, k) => expect(outOfSample.data[i]).toBeCloseTo(refit.data[k], 12))
  })

  it('for classes start at their shares and put out probabilities', () => {
    const one: number[] = [...every(200)].map((i) => (Y.data[i] > 0.5 ? 1 : 0))
    const C = { rows: 200, columns: 3, data: Float64Array.from(one.flatMap((c) => [1 - c, c, 0])) }
    const learner = boostedClassifier()
    const { setting, outOfSample } = learner.choose(X, C)
    for (const P of [outOfSample, learner.fit(X, C, setting)(fresh)]) {
      for (let i = 0; i < P.rows; i++) {
        const [a, b, c] = P.data.subarray(3 * i, 3 * i + 3)
        expect(a + b + c).toBeCloseTo(1, 12)
        expect(Math.min(a, b, c)).toBeGreaterThan(0)
      }
    }
    const share = one.reduce((a, b) => a + b) / 200
    expect(logLoss(outOfSample, C)).toBeLessThan(0.7 * -(share * log(share) + (1 - share) * log(1 - share)))
  })

  it('join the own model from 100 rows on, and are a model by themselves', async () => {
    const labels = [...Y.data]
    const own = await fitOwn(X, labels)
    expect(own.report.chosen).toBe('boosted trees')
    const few = await fitOwn(rowsOf(99, 5, 1), labels.slice(0, 99))
    expect(few.report.candidates.map(({ name }) => name)).toEqual(['ridge', 'kernel ridge'])
    const model = boostedTrees(X, labels)
    expect((await model.predict(fresh)).data).toEqual((await own.predict(fresh)).data)
    const classes = boostedTrees(
      X,
      labels.map((y) => (y > 0 ? 'up' : 'down')),
    )
    expect(classes.output).toEqual({ kind: 'probabilities', classes: ['down', 'up'] })
  })
})
