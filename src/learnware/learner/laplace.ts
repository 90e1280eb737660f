import type { Matrix } from '../../base/matrix.js'
import { logDeterminant } from '../../qp/cholesky.js'
import { lbfgs } from '../../qp/lbfgs.js'
import { log } from '../../wasm/scalar.js'
import { linearScores, moved, type Posterior, widened } from './linear.js'
import { type Dense, times, transposed, transposeTimes } from './product.js'
import { softmax } from './softmax.js'

/**
 * The {@link Posterior} of −log softmax(xW + b)_y by Laplace: log p(Y) ≈ log p(Y | θ̂) − ½ ‖θ̂ − mean‖²_V⁻¹ − ½ log det(I + V H) at the
 * likeliest θ̂, the determinant by one block for each of C classes, (C − 1)/C Σ_c log det(I + C/(C − 1) V X' diag(p_c (1 − p_c)) X).
 */
export const laplace = (X: Matrix, Y: Matrix): Posterior => {
  const wide = widened(X)
  const columns = transposed(wide)
  const isDual = X.rows < wide.columns
  const inner = isDual ? times(wide, columns) : undefined
  const logLikelihood = (theta: Float64Array): number => {
    const scores = linearScores(theta, X)
    let value = 0
    for (let e = 0; e < scores.data.length; e++) if (Y.data[e] === 1) value += scores.data[e]
    return value - softmax(scores)
  }
  /** X'WX, or the like of W^½XX'W^½, by the variances of a class; the lower triangle. */
  const curved = (variances: Float64Array): Dense => {
    if (inner) {
      const n = X.rows
      const roots = variances.map(Math.sqrt)
      return { ...inner, data: inner.data.map((value, e) => value * roots[Math.floor(e / n)] * roots[e % n]) }
    }
    const { rows, columns: d, data: x } = wide
    const data = new Float64Array(d * d)
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < d; k++) {
        const factor = variances[i] * x[i * d + k]
        for (let j = 0; j <= k; j++) data[k * d + j] += factor * x[i * d + j]
      }
    }
    return { rows: d, columns: d, data }
  }
  let before: { mean: Float64Array; delta: Float64Array } | undefined
  return Object.assign(
    (mean: Float64Array, ridge: number) => {
      const C = Y.columns
      const start = linearScores(mean, X)
      const known = Array.from(mean.subarray(-C), (level) => level !== -Infinity)
      const scoresOf = (delta: Float64Array): Dense => {
        const scores = times(wide, { rows: wide.columns, columns: C, data: delta })
        for (let e = 0; e < scores.data.length; e++) scores.data[e] += start.data[e]
        return scores
      }
      const f = (delta: Float64Array, gradient: Float64Array): number => {
        const scores = scoresOf(delta)
        let value = 0
        for (let e = 0; e < scores.data.length; e++) if (Y.data[e] === 1) value -= scores.data[e]
        value += softmax(scores)
        for (let e = 0; e < scores.data.length; e++) scores.data[e] -= Y.data[e]
        gradient.set(transposeTimes(wide, scores).data)
        for (let e = 0; e < delta.length; e++) {
          value += 0.5 * ridge * delta[e] * delta[e]
          gradient[e] += ridge * delta[e]
        }
        return value
      }
      // A looser ridge goes on from where the stiffer one before it ended.
      const delta = lbfgs(f, before?.mean === mean ? before.delta : new Float64Array(mean.length))
      before = { mean, delta }
      const theta = moved(mean, delta, C)
      const P = scoresOf(delta)
      softmax(P)
      const count = known.filter((is) => is).length
      let volume = 0
      for (let c = 0; c < C; c++) {
        if (!known[c] || count < 2) continue
        const variances = Float64Array.from({ length: X.rows }, (_, i) => P.data[i * C + c] * (1 - P.data[i * C + c]))
        const H = curved(variances)
        // Exact for two classes, and for any number of them that are equally likely.
        const tight = ((count - 1) / count) * ridge
        volume += ((count - 1) / count) * (logDeterminant(H, tight) - H.rows * log(tight))
      }
      const square = delta.reduce((sum, value) => sum + value * value, 0)
      return { theta, evidence: logLikelihood(theta) - 0.5 * ridge * square - 0.5 * volume }
    },
    { at: logLikelihood },
  ) satisfies Posterior
}
