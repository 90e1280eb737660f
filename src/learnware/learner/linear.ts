import type { Matrix } from '../../base/matrix.js'
import type { LinearState } from './fit-state.js'
import { hedged, learningRate, leastGap } from './hedge.js'
import type { Averaged, Predict, Refit } from './learner.js'

/** What tells one linear model from another; θ holds W (d × C) and below it the intercepts b. */
export interface LinearKind {
  readonly loss: 'squared' | 'entropy'
  /** Predictions of a model that so many labels have made. */
  predict(theta: Float64Array, Z: Matrix, labels: number): Matrix
  /** Where a fit to further rows starts. */
  open(theta: Float64Array, X: Matrix, Y: Matrix): Float64Array
  /** The intercepts where no column tells anything. */
  level(Y: Matrix): Float64Array
  /** Ridges from stiff to loose for fits drawn towards θ. */
  ridges(theta: Float64Array, columns: number): number[]
  /** Fits to rows under prior beliefs. */
  posterior(X: Matrix, Y: Matrix): Posterior
}

/** Fits to rows under the prior belief θ ~ N(mean, I / ridge), intercepts with {@link looseness} times that variance. */
export interface Posterior {
  /** The likeliest θ and the logarithm of the evidence, the likelihood of all labels under the prior, up to a constant. */
  (mean: Float64Array, ridge: number): { readonly theta: Float64Array; readonly evidence: number }
  /** The log-likelihood of the labels under θ itself, up to the same constant. */
  readonly at: (theta: Float64Array) => number
}

/** Levels differ more from place to place than what columns tell. */
export const looseness = 4

/** Rows with one column more for the intercept, of which a penalty on its coefficient asks less. */
export const widened = ({ rows, columns: d, data }: Matrix): Matrix & { data: Float64Array } => {
  const result = new Float64Array(rows * (d + 1)).fill(Math.sqrt(looseness))
  for (let i = 0; i < rows; i++) result.set(data.subarray(i * d, (i + 1) * d), i * (d + 1))
  return { rows, columns: d + 1, data: result }
}

/** mean + δ where the coefficients δ are those of {@link widened} rows. */
export const moved = (mean: Float64Array, delta: Float64Array, classes: number): Float64Array =>
  mean.map((value, e) => value + (e < mean.length - classes ? 1 : Math.sqrt(looseness)) * delta[e])

/** How far towards the model as it is, from its weights to none. */
const drawn = [1, 0.75, 0.5, 0.25, 0]

/** The share of the model as it is before labels speak. */
const asItIs = 0.1

/**
 * The mean of fits drawn towards ρ θ₀, min −log p(Y | θ) + ½ λ ‖θ − ρ θ₀‖², over ρ from 1 to 0 and all λ, and of θ₀ itself,
 * each by its evidence p(Y | ρ, λ): the product over labels of how likely the earlier ones made each, so that no label is held out
 * and none judges what it has taught (but for the level of such as begin anew). θ₀ speaks for what it was fitted to, ρ for how much of that holds here.
 */
const refitted =
  (theta: Float64Array, kind: LinearKind, labels: number): Refit<Predict> =>
  async (X, Y, { pause }): Promise<Averaged<Predict>> => {
    const opened = kind.open(theta, X, Y)
    const first = theta.length - Y.columns
    const none = new Float64Array(theta.length)
    none.set(
      kind.level(Y).map((value, c) => (opened[first + c] === -Infinity ? -Infinity : value)),
      first,
    )
    const posterior = kind.posterior(X, Y)
    const ridges = kind.ridges(opened, X.columns)
    const fits = [{ name: 'as it is', towards: 1, theta: opened, evidence: posterior.at(opened) }]
    let best = fits[0].evidence
    for (const towards of drawn) {
      const mean = opened.map((value, e) => (value === -Infinity ? value : towards * value + (1 - towards) * none[e]))
      let last = -Infinity
      for (const ridge of ridges) {
        await pause()
        const name = `ridge ${Number(ridge.toPrecision(3))} towards ${towards} of it`
        const made = posterior(mean, ridge)
        fits.push({ name, towards, ...made })
        best = Math.max(best, made.evidence)
        // Past its best, and by so much that no share would be left, a path only gets worse.
        if (made.evidence < last && learningRate * (best - made.evidence) > leastGap) break
        last = made.evidence
      }
    }
    const each = (1 - asItIs) / (drawn.length * ridges.length)
    const start = fits.map((_, k) => (k === 0 ? asItIs : each))
    const errors = fits.map(({ evidence }) => -evidence / Y.rows)
    const shares = hedged(start, errors, learningRate * Y.rows)
    // Measured from the one of greatest share: from one far away without a share, the others would lose their digits.
    const nearest = fits[shares.indexOf(Math.max(...shares))].theta
    const result = nearest.slice()
    fits.forEach(({ theta }, k) => {
      for (let e = 0; e < result.length; e++)
        if (result[e] !== -Infinity) result[e] += shares[k] * (theta[e] - nearest[e])
    })
    const known = fits.reduce((sum, { towards }, k) => sum + shares[k] * towards, 0)
    return {
      fitted: linearFit(result, kind, known * labels + (1 - known) * Y.rows),
      shares: { kept: shares[0], further: known - shares[0], afresh: 1 - known },
      fits: fits.map(({ name }, k) => ({ name, share: shares[k], error: errors[k] })),
    }
  }

/** A fitted linear model as a {@link Predict} that can go on. */
export const linearFit = (theta: Float64Array, kind: LinearKind, labels: number): Predict =>
  Object.assign((Z: Matrix) => kind.predict(theta, Z, labels), {
    state: (): LinearState => ({ kind: 'linear', loss: kind.loss, theta, labels }),
    refit: refitted(theta, kind, labels),
  })

/** XW + 1b'. */
export const linearScores = (
  theta: Float64Array,
  { rows, columns: d, data: x }: Matrix,
): Matrix & { data: Float64Array } => {
  const C = theta.length / (d + 1)
  const data = new Float64Array(rows * C)
  for (let i = 0; i < rows; i++) {
    const out = data.subarray(i * C, (i + 1) * C)
    for (let c = 0; c < C; c++) out[c] = theta[d * C + c]
    for (let k = 0; k < d; k++) {
      const factor = x[i * d + k]
      if (factor === 0) continue
      for (let c = 0; c < C; c++) out[c] += factor * theta[k * C + c]
    }
  }
  return { rows, columns: C, data }
}
