import type { Matrix } from '../../base/matrix.js'
import { softmax } from '../../learnware/learner/softmax.js'
import { fitHeads, type Heads, headsAt, type Job } from '../../rkme/heads.js'
import type { Selector } from './mimic.js'

/** Heads of jobs in their own mixture, made shares by softmax(4g). */
export const byMoments = (jobs: readonly Job[]): Selector => {
  const heads = fitHeads(jobs)
  return (X) => {
    const P = headsAt(heads, X)
    softmax(P, sharpness)
    return P.data
  }
}

// The penalty flattens the heads; seen on three Gaussians the Brier score is least at 4, for λ from 0.0003 to 0.003.
const sharpness = 4

/** (1 + g)/2 of every head, at least 0. */
export const sharesOf = (heads: Heads, X: Matrix): Float64Array =>
  headsAt(heads, X).data.map((value) => Math.max(0, (1 + value) / 2))
