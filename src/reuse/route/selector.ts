import { type Matrix, matrix } from '../../base/matrix.js'
import { logisticLearner } from '../../learnware/learner/logistic.js'
import { herd } from '../../rkme/reduce/herd.js'
import { log } from '../../wasm/scalar.js'
import { densityOf } from '../density.js'
import type { Member, Selector } from './mimic.js'
import { byMoments } from './moments.js'

/** The words for the ways to choose a learnware for a row. */
export const selectors = ['moments', 'density', 'classifier'] as const

/** How a learnware is chosen for a row: by exact moments in the RKHS, by density, or by a classifier on herded mimic rows. */
export type SelectorKind = (typeof selectors)[number]

/** What a selector is made with. */
export interface SelectorOptions {
  readonly seed: number
  /** Mimic rows for the classifier, all members together. */
  readonly mimic: number
}

/** The selector of that kind, made from the members' embeddings alone (ALGORITHMS 3). */
export const selectorOf = (kind: SelectorKind, members: readonly Member[], options: SelectorOptions): Selector => {
  if (members.length === 1) return (X) => new Float64Array(X.rows).fill(1)
  if (kind === 'density') return byDensity(members)
  if (kind === 'classifier') return byClassifier(members, options)
  return byMoments(members.map(({ learnware, weight }) => ({ weight, embedding: learnware.specification.embedding })))
}

/** w_l Φ_l(x) / Σ_k w_k Φ_k(x), and w where every density is 0. */
const byDensity =
  (members: readonly Member[]): Selector =>
  (X) => {
    const shares = new Float64Array(X.rows * members.length)
    members.forEach(({ learnware, weight }, l) => {
      densityOf(learnware.specification.embedding, X).forEach((value, i) => {
        shares[i * members.length + l] = weight * value
      })
    })
    const weights = members.map(({ weight }) => weight)
    for (let start = 0; start < shares.length; start += weights.length) {
      const row = shares.subarray(start, start + weights.length)
      if (!row.some((value) => value > 0)) row.set(weights)
      const sum = row.reduce((total, value) => total + value, 0)
      for (let l = 0; l < row.length; l++) row[l] /= sum
    }
    return shares
  }

const fewestMimic = 5

/**
 * Multinomial logistic regression on herded mimic rows, max(5, mimic · w_l) of each member, from their coordinates and the
 * logarithms of the members' densities, so that its boundaries may bend.
 */
const byClassifier = (members: readonly Member[], { seed, mimic }: SelectorOptions): Selector => {
  const { columns } = members[0].learnware.specification.embedding.points
  const herds = members.map(
    ({ learnware, weight }, l) =>
      herd(learnware.specification.embedding, {
        size: Math.max(fewestMimic, Math.round(mimic * weight)),
        seed: seed + l,
        measure: false,
      }).points,
  )
  const rows = herds.reduce((sum, points) => sum + points.rows, 0)
  const data = new Float64Array(rows * columns)
  const targets = new Float64Array(rows * members.length)
  let at = 0
  herds.forEach((points, l) => {
    data.set(points.data, at * columns)
    for (let i = 0; i < points.rows; i++) targets[at++ * members.length + l] = 1
  })
  const featuresOf = (X: Matrix): Matrix => {
    const width = columns + members.length
    const features = new Float64Array(X.rows * width)
    for (let i = 0; i < X.rows; i++) features.set(X.data.subarray(i * columns, (i + 1) * columns), i * width)
    members.forEach(({ learnware }, l) => {
      densityOf(learnware.specification.embedding, X).forEach((value, i) => {
        features[i * width + columns + l] = log(Math.max(value, leastDensity))
      })
    })
    return matrix(features, X.rows, width)
  }
  const X = featuresOf(matrix(data, rows, columns))
  const Y = matrix(targets, rows, members.length)
  const learner = logisticLearner()
  const predict = learner.fit(X, Y, learner.choose(X, Y).setting)
  return (Z) => predict(featuresOf(Z)).data
}

// A density of less is noise of the reduction.
const leastDensity = 1e-6
