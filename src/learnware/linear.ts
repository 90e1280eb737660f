import type { Matrix } from '../base/matrix.js'
import type { Predict, Share } from './learner.js'

/** What tells one linear model from another; θ holds W (d × C) and below it the intercepts b. */
export interface LinearKind {
  /** Predictions of a model that so many labels have made. */
  predict(theta: Float64Array, Z: Matrix, labels: number): Matrix
  /** Where a descent on further rows starts. */
  open(theta: Float64Array, X: Matrix, Y: Matrix): Float64Array
  /** The intercepts where no column tells anything. */
  level(Y: Matrix): Float64Array
  /** Turns scores xW + b into what is held against the targets, in place. */
  link(scores: Matrix): void
  /** The largest second derivative of the loss of a row by its scores. */
  readonly curvature: number
}

/** A fitted linear model as a {@link Predict} that can go on. */
export const linearFit = (theta: Float64Array, kind: LinearKind, labels: number): Predict =>
  Object.assign((Z: Matrix) => kind.predict(theta, Z, labels), {
    tune: (X: Matrix, Y: Matrix) => {
      const opened = kind.open(theta, X, Y)
      const further = descent(opened, X, Y, kind)
      const nothing = new Float64Array(theta.length)
      nothing.set(kind.level(Y), theta.length - Y.columns)
      const afresh = descent(nothing, X, Y, kind)
      return {
        further: { go: further.go, at: () => linearFit(further.theta(), kind, labels) },
        afresh: { go: afresh.go, at: () => linearFit(afresh.theta(), kind, X.rows) },
        mixed: (gone: readonly Share[], begun: readonly Share[]) => {
          const parts = [...gone, ...begun].map(({ steps, share }, k): Part => {
            const on = k < gone.length ? further : afresh
            on.go(steps)
            return { theta: on === further && steps === 0 ? opened : on.theta(), share }
          })
          const known = gone.reduce((sum, { share }) => sum + share, 0)
          return linearFit(meanOf(parts), kind, known * labels + (1 - known) * X.rows)
        },
      }
    },
  })

interface Part {
  readonly theta: Float64Array
  readonly share: number
}

/** Σ_k share_k θ_k; a class that one of them holds to be impossible, by an intercept of −Infinity, stays so. */
const meanOf = (parts: readonly Part[]): Float64Array =>
  parts[0].theta.map((_, e) => parts.reduce((sum, { theta, share }) => sum + share * theta[e], 0))

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

/**
 * Accelerated gradient descent on the mean loss of some rows, of step 1/(32 L) and with momentum t/(t + 3), which starts
 * over where it leads uphill (O'Donoghue and Candès, from memory). Stopped early it stays near its start, as a penalty on
 * the distance from there would keep it. An intercept of −Infinity stays.
 */
const descent = (start: Float64Array, X: Matrix, Y: Matrix, kind: LinearKind) => {
  let [theta, before] = [start, start]
  let [taken, run] = [0, 0]
  const step = 1 / (fineness * kind.curvature * steepest(X))
  return {
    go(steps: number): void {
      for (; taken < steps; taken++) {
        const momentum = run / (run + 3)
        const ahead = theta.map((value, e) => (value === -Infinity ? value : value + momentum * (value - before[e])))
        const slopes = gradient(ahead, X, Y, kind)
        const next = ahead.map((value, e) => value - step * slopes[e])
        let rise = 0
        for (let e = 0; e < next.length; e++) if (next[e] !== -Infinity) rise += slopes[e] * (next[e] - theta[e])
        run = rise > 0 ? 0 : run + 1
        before = theta
        theta = next
      }
    },
    theta: (): Float64Array => theta,
  }
}

/** [X 1]'(ŷ − Y) / n. */
const gradient = (theta: Float64Array, X: Matrix, Y: Matrix, { link }: LinearKind): Float64Array => {
  const { rows, columns: d } = X
  const C = Y.columns
  const predicted = linearScores(theta, X)
  link(predicted)
  const slopes = new Float64Array(theta.length)
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < C; c++) {
      const residual = (predicted.data[i * C + c] - Y.data[i * C + c]) / rows
      if (residual === 0) continue
      for (let k = 0; k < d; k++) slopes[k * C + c] += residual * X.data[i * d + k]
      slopes[d * C + c] += residual
    }
  }
  return slopes
}

/** With steps of 1/L a handful would end the descent of well-scaled columns: there would be nowhere to stop. */
const fineness = 32

const powerSteps = 40
/** A power iteration comes from below. */
const margin = 1.1

/** The largest eigenvalue of [X 1]'[X 1] / n, or a little more. */
const steepest = ({ rows, columns: d, data }: Matrix): number => {
  let v = Float64Array.from({ length: d + 1 }, (_, k) => 1 + 1 / (k + 2))
  let value = 1
  for (let round = 0; round < powerSteps; round++) {
    const next = new Float64Array(d + 1)
    const length = Math.sqrt(v.reduce((sum, entry) => sum + entry * entry, 0))
    for (let i = 0; i < rows; i++) {
      let along = v[d] / length
      for (let k = 0; k < d; k++) along += (data[i * d + k] * v[k]) / length
      along /= rows
      for (let k = 0; k < d; k++) next[k] += along * data[i * d + k]
      next[d] += along
    }
    value = Math.sqrt(next.reduce((sum, entry) => sum + entry * entry, 0))
    v = next
  }
  return margin * value
}
