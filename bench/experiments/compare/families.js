import { choleskySolve, quadratic } from 'learnware/numeric'
import { mulberry32 } from '../../../examples/random.js'
import { squaredError } from './loss.js'
import { mean, median } from './statistics.js'

/** Weights that half of the rows choose are held to those of the mixture, by so many rows. */
const STRENGTH = 30
/** So many rows in a row keep their errors together where signs are drawn, since errors of neighbouring days are alike. */
export const RUN = 14
/** Draws of signs, whose losses are averaged. */
const MIRRORS = 4

/**
 * @typedef {object} Seen what a rule without labels sees of some rows
 * @property {Float64Array[]} single outputs of every learnware, nearest first
 * @property {Float64Array} mixture
 * @property {Float64Array[]} ways outputs of the other ways without labels
 * @property {Float64Array[]} students of the mixture
 */

/**
 * @typedef {object} FamilyLosses of the member chosen with the least squared error on some rows
 * @property {number} hindsight chosen by the test rows
 * @property {number} luck the same on labels that the mixture predicts as well as it can be done
 * @property {number} halves chosen by half of them, judged on the other half
 * @property {number} labels chosen by all labels of the user's own rows
 */

/** Least squares of what the mixture leaves on some columns, and the mixture with that fit added. */
const added = (columnsOf) => (seen, labels) => {
  const columns = columnsOf(seen)
  const n = labels.length
  const scales = columns.map((column) => Math.sqrt(mean(column.map((value) => value * value))) || 1)
  const size = columns.length
  const products = new Float64Array(size * size)
  const answers = new Float64Array(size)
  for (let a = 0; a < size; a++) {
    for (let i = 0; i < n; i++) {
      answers[a] += (columns[a][i] * (labels[i] - seen.mixture[i])) / scales[a]
      for (let b = 0; b < size; b++) products[a * size + b] += (columns[a][i] * columns[b][i]) / (scales[a] * scales[b])
    }
  }
  const { data } = choleskySolve(
    { rows: size, columns: size, data: products },
    { rows: size, columns: 1, data: answers },
    { ridge: 1e-9 * n },
  )
  return (rows) => {
    const predicted = Float64Array.from(rows.mixture)
    columnsOf(rows).forEach((column, a) => {
      for (let i = 0; i < predicted.length; i++) predicted[i] += (data[a] / scales[a]) * column[i]
    })
    return predicted
  }
}

const ones = ({ mixture }) => new Float64Array(mixture.length).fill(1)
const beside = (of, { mixture }) => of.map((column) => column.map((value, i) => value - mixture[i]))
const middle = ({ single, mixture }) => Float64Array.from(mixture, (_, i) => median(single.map((output) => output[i])))

/**
 * What rules can choose from. A family takes what is seen of some rows, their labels and how firmly it keeps to the mixture,
 * and answers for other rows with its member that has the least squared error on these. The plain average of some is found by forward selection;
 * all others are the least there is.
 */
export const FAMILIES = {
  'one learnware': ({ single }, labels) => {
    const losses = single.map((data) => squaredError({ data }, labels))
    const best = losses.indexOf(Math.min(...losses))
    return (rows) => rows.single[best]
  },
  'plain average of some': ({ single }, labels) => {
    const chosen = forward(single, labels)
    return (rows) => averageOf(chosen.map((l) => rows.single[l]))
  },
  'weights of all': ({ single, weights }, labels, strength) => {
    const found = simplexWeights(single, labels, weights, strength)
    return (rows) => rows.mixture.map((_, i) => single.reduce((sum, _, l) => sum + found[l] * rows.single[l][i], 0))
  },
  'a + b · mixture': added((seen) => [ones(seen), seen.mixture]),
  'shares of mixture and students': added((seen) => beside(seen.students, seen)),
  'shares of mixture and median': added((seen) => beside([middle(seen)], seen)),
  'shares of mixture and other ways': added((seen) => beside(seen.ways, seen)),
  'a + shares of all these': added((seen) => [
    ones(seen),
    seen.mixture,
    ...beside([...seen.students, middle(seen), ...seen.ways], seen),
  ]),
}

/**
 * Losses on the test rows of every family's member, chosen by the test rows themselves, by half of them (quarters in turn, the
 * others being judged), and by all labels of the user's own rows; and what the first comes to by luck.
 * @param {Seen & { weights: ArrayLike<number> }} test
 * @param {ArrayLike<number>} testLabels
 * @param {Seen & { weights: ArrayLike<number> }} own
 * @param {ArrayLike<number>} ownLabels
 * @returns {Record<string, FamilyLosses>}
 */
export function familyLosses(test, testLabels, own, ownLabels) {
  const halves = [0, 1].map((half) =>
    [...testLabels.keys()].filter((i) => Math.floor((4 * i) / testLabels.length) % 2 === half),
  )
  const take = (column, rows) => Float64Array.from(rows, (i) => column[i])
  const takeSeen = ({ single, mixture, ways, students, weights }, rows) => ({
    single: single.map((column) => take(column, rows)),
    mixture: take(mixture, rows),
    ways: ways.map((column) => take(column, rows)),
    students: students.map((column) => take(column, rows)),
    weights,
  })
  const parts = halves.map((rows) => ({ rows, seen: takeSeen(test, rows), labels: take(testLabels, rows) }))
  const mirrors = Array.from({ length: MIRRORS }, (_, seed) => mirrored(test.mixture, testLabels, seed))
  const lossOf = (choose, seen, labels, strength, at, atLabels) =>
    squaredError({ data: choose(seen, labels, strength)(at) }, atLabels)
  return Object.fromEntries(
    Object.entries(FAMILIES).map(([name, choose]) => {
      const judged = parts.map(({ rows, seen, labels }, half) => {
        const { seen: from, labels: fromLabels } = parts[1 - half]
        return (rows.length * lossOf(choose, from, fromLabels, STRENGTH, seen, labels)) / testLabels.length
      })
      return [
        name,
        {
          hindsight: lossOf(choose, test, testLabels, 0, test, testLabels),
          luck: mean(mirrors.map((labels) => lossOf(choose, test, labels, 0, test, labels))),
          halves: judged[0] + judged[1],
          labels: lossOf(choose, own, ownLabels, 0, test, testLabels),
        },
      ]
    }),
  )
}

/** Predictions plus their errors with the sign of every run drawn anew (the wild bootstrap): as far away, but in no direction. */
function mirrored(predicted, labels, seed) {
  const random = mulberry32(seed)
  let sign = 1
  return Float64Array.from(labels, (label, i) => {
    if (i % RUN === 0) sign = random() < 0.5 ? -1 : 1
    return predicted[i] + sign * (label - predicted[i])
  })
}

const averageOf = (outputs) => outputs[0].map((_, i) => mean(outputs.map((output) => output[i])))

/** The learnwares whose plain average has the least error that taking in one more at a time finds. */
function forward(single, labels) {
  const chosen = []
  let sum = new Float64Array(labels.length)
  let least = Number.POSITIVE_INFINITY
  for (;;) {
    const losses = single.map((output, l) => {
      if (chosen.includes(l)) return Number.POSITIVE_INFINITY
      return squaredError({ data: sum.map((value, i) => (value + output[i]) / (chosen.length + 1)) }, labels)
    })
    const best = Math.min(...losses)
    if (!(best < least)) return chosen
    least = best
    chosen.push(losses.indexOf(best))
    sum = sum.map((value, i) => value + single[chosen.at(-1)][i])
  }
}

/** min over w ≥ 0, Σw = 1 of mean (y − Σ_l w_l f_l)² + (strength · s² / n) · ‖w − w0‖², s² the error of w0. */
function simplexWeights(single, labels, prior, strength) {
  const n = labels.length
  const size = single.length
  const start = Float64Array.from(labels, (_, i) => single.reduce((sum, output, l) => sum + prior[l] * output[i], 0))
  const penalty = (strength * squaredError({ data: start }, labels)) / n
  const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0) / n
  const data = new Float64Array(size * size)
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      data[a * size + b] = data[b * size + a] = dot(single[a], single[b]) + (a === b ? penalty : 0)
    }
  }
  const linear = Float64Array.from(single, (output, l) => dot(output, labels) + penalty * prior[l])
  return quadratic({ rows: size, columns: size, data }, linear, { constraint: 'simplex' }).weights
}
