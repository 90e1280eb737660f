import type { Matrix } from '../../base/matrix.js'
import type { KernelState } from './fit-state.js'
import { type Expansion, kernelRidgeFrom, kernelRidgeLearner } from './kernel-ridge.js'
import type { Learner, Predict } from './learner.js'
import { logLoss, smoothed, softmax } from './softmax.js'

/** Factors before the softmax, from soft to sharp. */
const sharpness = [1, 1.5, 2, 3, 4, 5, 6, 8, 10, 14, 20]

/**
 * Kernel ridge regression on one-hot classes, its scores f made probabilities by softmax(τf); τ from 1 … 20 by the log
 * loss of the out-of-sample scores.
 */
export const kernelClassifier = (): Learner => {
  const { choose, fit } = kernelRidgeLearner()
  return {
    name: 'kernel classifier',
    choose: (X, Y, folds) => {
      const { setting, outOfSample: scores } = choose(X, Y, folds)
      const trials = sharpness.map((tau) => {
        const outOfSample = sharpened(scores, tau, Y.rows)
        return { setting: { ...setting, tau }, outOfSample, loss: logLoss(outOfSample, Y) }
      })
      return trials.reduce((a, b) => (b.loss < a.loss ? b : a))
    },
    fit: (X, Y, setting) => {
      return softened(fit(X, Y, setting), setting.tau, Y.rows)
    },
  }
}

const softened = (scoresOf: Expansion, factor: number, labels: number): Predict =>
  Object.assign((Z: Matrix) => sharpened(scoresOf(Z), factor, labels), {
    state: (): KernelState => ({ ...scoresOf.state(), softmax: { factor, labels } }),
  })

/** A kernel classifier from its state. */
export const kernelClassifierFrom = (state: KernelState, { factor, labels }: Softmax): Predict =>
  softened(kernelRidgeFrom(state), factor, labels)

type Softmax = NonNullable<KernelState['softmax']>

const sharpened = (scores: Matrix, factor: number, labels: number): Matrix => {
  const P = { ...scores, data: scores.data.slice() }
  softmax(P, factor)
  return smoothed(P, labels)
}
