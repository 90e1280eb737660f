import type { Matrix } from '../../base/matrix.js'
import type { Model } from '../../learnware/model.js'
import type { Description } from '../../specification/description/description.js'
import type { Table } from '../../specification/rows/table.js'
import type { Specification } from '../../specification/specification.js'
import { labelFactor } from '../../specification/specify/part.js'
import type { Terms } from '../../specification/terms.js'
import { mimicRows } from '../mimic.js'
import type { Estimate } from '../quality.js'
import { fail, pass, type ReceiptFinding, warn } from '../receipt.js'
import { weightedMean } from '../weighted-mean.js'

/**
 * The error of a model on its own labelled specification, without any row. Classes: ε̂ = Σ_c π_c Σ_j β_j 1[f(t_j) ≠ c] / Σ_j β_j
 * against 1 − max π. A real: Σ_j β_j ℓ(f(x_j), y_j) / Σ_j β_j with the squared loss (the absolute loss where the objective is
 * mae or mape) against the weighted mean (median). Undefined where the specification carries no labels.
 */
export const estimateError = async (
  model: Model,
  terms: Terms,
  { classes, joint }: Specification,
  { metric, signal }: { metric?: string; signal?: AbortSignal } = {},
): Promise<Estimate | undefined> => {
  const predict = (points: Matrix): Promise<Matrix> => model.predict(mimicRows(points, terms) as Table, { signal })
  const { output } = model
  if (classes !== undefined && output.kind === 'probabilities') {
    let error = 0
    let points = 0
    for (const { label, prior, embedding } of classes) {
      signal?.throwIfAborted()
      const wrong = misses(await predict(embedding.points), output.classes.indexOf(label))
      error += prior * weightedMean(wrong, embedding.weights)
      points += embedding.points.rows
    }
    return { measure: 'error', error, trivial: 1 - Math.max(...classes.map(({ prior }) => prior)), points }
  }
  if (joint !== undefined && output.kind === 'real' && terms.labels.kind === 'real') {
    const { features, labels } = splitJoint(joint.points, terms.labels, terms.kernel.gamma)
    const predicted = (await predict(features)).data
    const isAbsolute = metric === 'mae' || metric === 'mape'
    const loss = (a: number, b: number): number => (isAbsolute ? Math.abs(a - b) : (a - b) * (a - b))
    const constant = isAbsolute ? weightedMedian(labels, joint.weights) : weightedMean(labels, joint.weights)
    return {
      measure: isAbsolute ? 'absolute error' : 'squared error',
      error: weightedMean(
        Float64Array.from(labels, (y, j) => loss(predicted[j], y)),
        joint.weights,
      ),
      trivial: weightedMean(
        Float64Array.from(labels, (y) => loss(constant, y)),
        joint.weights,
      ),
      points: joint.points.rows,
    }
  }
  return undefined
}

/**
 * Whether a model does what its specification says. It fails above 0.9 of the trivial error; it is a warning where the
 * claim differs from the estimate by more than 0.05 + 2√(ε̂(1 − ε̂)/points) (of a real: by more than a quarter of the trivial error).
 */
export const claimFinding = (estimate: Estimate | undefined, { LDL }: Description): ReceiptFinding => {
  if (estimate === undefined)
    return warn(
      'claim',
      'the specification carries no labels, so that the model cannot be held against it; pass labels to specify',
    )
  const { measure, error, trivial, points } = estimate
  const seen = `${measure} ${error.toPrecision(3)} on ${points} points of its specification, ${trivial.toPrecision(3)} for a constant prediction`
  if (trivial <= 1e-12)
    return warn('claim', `all labels are the same, so that a constant prediction cannot be beaten (${seen})`)
  if (!(error <= 0.9 * trivial)) {
    return fail(
      'claim',
      `${seen}: the model hardly predicts the labels it came with; check that rows, labels and model belong together`,
    )
  }
  const claimed = claimedError(LDL?.claim?.value, LDL?.objective.metric, measure)
  if (claimed !== undefined) {
    const margin = measure === 'error' ? 0.05 + 2 * Math.sqrt((error * (1 - error)) / points) : trivial / 4
    if (Math.abs(claimed - error) > margin)
      return warn('claim', `the claim amounts to the ${measure} ${claimed.toPrecision(3)}, but ${seen}`)
  }
  return pass('claim', seen)
}

/** The claimed value in the measure of the estimate, where the metric can be turned into it. */
const claimedError = (
  value: number | undefined,
  metric: string | undefined,
  measure: Estimate['measure'],
): number | undefined => {
  if (value === undefined) return undefined
  if (measure === 'error') return metric === 'accuracy' ? 1 - value : metric === 'error' ? value : undefined
  if (measure === 'squared error') return metric === 'mse' ? value : metric === 'rmse' ? value * value : undefined
  return metric === 'mae' ? value : undefined
}

/** 1 for each row whose largest output is not that of the class (the first of equals counts), else 0. */
const misses = ({ rows, columns, data }: Matrix, index: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, i) => {
    let best = 0
    for (let j = 1; j < columns; j++) if (data[i * columns + j] > data[i * columns + best]) best = j
    return best === index ? 0 : 1
  })

/** Features and raw labels of joint points, whose last column is (y − centre)/scale · {@link labelFactor}. */
const splitJoint = (
  points: Matrix,
  { centre, scale }: { centre: number; scale: number },
  gamma: number,
): { features: Matrix; labels: Float64Array } => {
  const columns = points.columns - 1
  const unit = scale / labelFactor(gamma)
  const features = new Float64Array(points.rows * columns)
  const labels = new Float64Array(points.rows)
  for (let i = 0; i < points.rows; i++) {
    features.set(points.data.subarray(i * points.columns, i * points.columns + columns), i * columns)
    labels[i] = centre + unit * points.data[i * points.columns + columns]
  }
  return { features: { rows: points.rows, columns, data: features }, labels }
}

const weightedMedian = (values: Float64Array, weights: Float64Array): number => {
  const order = Array.from(values.keys()).sort((a, b) => values[a] - values[b])
  const half = weights.reduce((sum, weight) => sum + weight, 0) / 2
  let sum = 0
  for (const j of order) {
    sum += weights[j]
    if (sum >= half) return values[j]
  }
  return 0
}
