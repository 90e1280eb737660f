import { type Matrix, takeRows } from '../../base/matrix.js'
import { permutation, uniforms } from '../../base/random.js'
import { log } from '../../wasm/scalar.js'
import { earlyStopped, type Judge, type Share, type Tuning } from './early-stopping.js'
import type { TreesState } from './fit-state.js'
import { type Fold, partition } from './folds.js'
import { gaussianRate } from './hedge.js'
import { type Learner, type Predict, type Refit, type Setting, scatter, squaredError, type Trial } from './learner.js'
import { meansOf } from './product.js'
import { logLoss, smoothed, softmax } from './softmax.js'
import { classesOf } from './target.js'
import { addTree, binsOf, growTree, type Tree } from './tree.js'

/** What every tree adds to the sum of the trees before it. */
const rate = 0.1
/** Share of the rows that a tree is grown on. */
const share = 0.7
const leastRows = 5
const ridge = 1

const depth = 3
/** Nodes that a tree can have. */
export const mostNodes = 2 ** (depth + 1) - 1

/** Numbers of trees from stiff to loose. */
const stages = [5, 10, 20, 40, 80, 160, 320]

/** A loss to descend: where the sum of trees starts, and what a tree is fitted to. */
interface Loss extends Judge {
  readonly name: 'squared' | 'entropy'
  readonly start: (Y: Matrix) => Float64Array
  /** Writes downward gradients and curvatures at F. */
  readonly slopes: (Y: Matrix, F: Float64Array, gradients: Float64Array, curvatures: Float64Array) => void
  /** The sum of trees as a prediction. */
  readonly finish: (F: Matrix, labels: number) => Matrix
}

const squared: Loss = {
  name: 'squared',
  start: meansOf,
  slopes: (Y, F, gradients, curvatures) => {
    for (let e = 0; e < F.length; e++) gradients[e] = Y.data[e] - F[e]
    curvatures.fill(1)
  },
  finish: (F) => F,
  errorOf: squaredError,
  rate: gaussianRate,
}

const entropy: Loss = {
  name: 'entropy',
  // Shares of the classes, as if each had half a row more.
  start: (Y) => meansOf(Y).map((mean) => log((mean * Y.rows + 0.5) / (Y.rows + 0.5 * Y.columns))),
  slopes: (Y, F, gradients, curvatures) => {
    const P = { ...Y, data: F.slice() }
    softmax(P)
    for (let e = 0; e < F.length; e++) {
      gradients[e] = Y.data[e] - P.data[e]
      curvatures[e] = P.data[e] * (1 - P.data[e])
    }
  },
  finish: (F, labels) => {
    const P = { ...F, data: F.data.slice() }
    softmax(P)
    return smoothed(P, labels)
  },
  errorOf: logLoss,
  rate: (_, rows) => rows,
}

/** A sum of trees that can grow on: F(x) = F₀(x) + rate · Σ_t T_t(x), F₀ a constant or what was before. */
interface Growing {
  readonly trees: readonly Tree[]
  grow(rounds: number): void
}

const growing = (X: Matrix, Y: Matrix, { slopes }: Loss, F: Float64Array): Growing => {
  const bins = binsOf(X)
  const gradients = new Float64Array(F.length)
  const curvatures = new Float64Array(F.length)
  const random = uniforms(X.rows)
  const trees: Tree[] = []
  return {
    trees,
    grow(rounds) {
      while (trees.length < rounds) {
        slopes(Y, F, gradients, curvatures)
        const some = permutation(random, X.rows, Math.ceil(share * X.rows)).sort()
        const tree = growTree(bins, gradients, curvatures, some, { depth, leastRows, ridge })
        addTree(tree, X, rate, F)
        trees.push(tree)
      }
    },
  }
}

/** A sum of trees that can be held on its way to other rows. */
export interface SumOfTrees extends Predict {
  readonly tune: (X: Matrix, Y: Matrix) => Tuning
}

/** A sum of trees that so many labels have made, F(x) = start + rate · Σ_t w_t T_t(x) with a weight w_t for each tree. */
const summed = (loss: Loss, start: Float64Array, trees: ReadonlyMap<Tree, number>, labels: number): SumOfTrees => {
  const scores = (Z: Matrix): Float64Array => {
    const F = repeated(start, Z.rows)
    for (const [tree, weight] of trees) addTree(tree, Z, weight * rate, F)
    return F
  }
  const predict = (Z: Matrix): Matrix => loss.finish({ rows: Z.rows, columns: start.length, data: scores(Z) }, labels)
  const state = (): TreesState => ({
    kind: 'trees',
    loss: loss.name,
    start,
    trees: Array.from(trees, ([tree, weight]) => ({ weight, ...tree })),
    labels,
  })
  const tune = (X: Matrix, Y: Matrix): Tuning => {
    const further = growing(X, Y, loss, scores(X))
    const level = loss.start(Y)
    const afresh = growing(X, Y, loss, repeated(level, X.rows))
    return {
      further: { go: further.grow, at: () => summed(loss, start, new Map([...trees, ...whole(further)]), labels) },
      afresh: { go: afresh.grow, at: () => summed(loss, level, whole(afresh), X.rows) },
      mixed: (gone, begun) => {
        const known = gone.reduce((sum, { share }) => sum + share, 0)
        const before = Array.from(trees, ([tree, weight]): [Tree, number] => [tree, known * weight])
        const parts = [...before, ...weighted(further, gone), ...weighted(afresh, begun)]
        const mean = start.map((value, c) => known * value + (1 - known) * level[c])
        const made = known * labels + (1 - known) * X.rows
        return summed(loss, mean, new Map(parts.filter(([, weight]) => weight !== 0)), made)
      },
    }
  }
  const refit: Refit<Predict> = (X, Y, by) => earlyStopped(tune, X, Y, by, loss)
  return Object.assign(predict, { state, refit, tune })
}

/** A sum of trees from its state. */
export const treesFrom = ({ loss, start, trees, labels }: TreesState): Predict =>
  summed(
    loss === 'squared' ? squared : entropy,
    start,
    new Map(trees.map(({ weight, ...tree }) => [tree, weight])),
    labels,
  )

const whole = ({ trees }: Growing): ReadonlyMap<Tree, number> => new Map(trees.map((tree) => [tree, 1]))

/** Each tree with the shares of all sums that it is in. */
const weighted = (growing: Growing, shares: readonly Share[]): [Tree, number][] => {
  for (const { steps } of shares) growing.grow(steps)
  return growing.trees.map((tree, t) => [
    tree,
    shares.reduce((sum, { steps, share }) => (steps > t ? sum + share : sum), 0),
  ])
}

const repeated = (values: Float64Array, rows: number): Float64Array =>
  Float64Array.from({ length: rows * values.length }, (_, e) => values[e % values.length])

const learner = (loss: Loss): Learner => ({
  name: 'boosted trees',
  choose: (X, Y, folds) => {
    const parts = folds ?? partition(X.rows, 4, 0, loss === entropy ? classesOf(Y) : undefined)
    const outOfSampleOf = held(X, Y, loss, parts)
    let best: Trial<Setting> | undefined
    let worse = 0
    for (const rounds of stages) {
      const outOfSample = outOfSampleOf(rounds)
      const error = loss.errorOf(outOfSample, Y)
      worse = best === undefined || error < best.error ? 0 : worse + 1
      if (worse === 0) best = { setting: { rounds }, error, outOfSample }
      if (worse === 2) break
    }
    return best as Trial<Setting>
  },
  fit: (X, Y, { rounds }: Setting) => {
    const start = loss.start(Y)
    const grown = growing(X, Y, loss, repeated(start, X.rows))
    grown.grow(rounds)
    return summed(loss, start, whole(grown), Y.rows)
  },
})

/** Out-of-fold predictions of so many trees, which go on from those of the call before. */
const held = (X: Matrix, Y: Matrix, loss: Loss, folds: readonly Fold[]): ((rounds: number) => Matrix) => {
  const parts = folds.map(({ fit, judge }) => {
    const y = takeRows(Y, fit)
    const start = loss.start(y)
    const made = growing(takeRows(X, fit), y, loss, repeated(start, fit.length))
    return { ...made, judge, labels: fit.length, Z: takeRows(X, judge), F: repeated(start, judge.length) }
  })
  return (rounds) => {
    const data = new Float64Array(Y.data.length)
    for (const { trees, grow, judge, labels, Z, F } of parts) {
      const before = trees.length
      grow(rounds)
      for (const tree of trees.slice(before)) addTree(tree, Z, rate, F)
      scatter(loss.finish({ rows: Z.rows, columns: Y.columns, data: F }, labels), judge, data)
    }
    return { rows: Y.rows, columns: Y.columns, data }
  }
}

/**
 * Gradient boosting of regression trees for reals: squared error, depth 3, 5 … 320 trees of shrinkage 0.1, each on a
 * seeded 70% of the rows. Trees of several columns of targets share their splits.
 */
export const boostedTreesLearner = (): Learner => learner(squared)

/** Gradient boosting of trees with one score for each class at every leaf, under the log loss (see {@link boostedTreesLearner}). */
export const boostedClassifier = (): Learner => learner(entropy)
