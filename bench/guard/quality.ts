import { gaussian } from '../../src/kernel/kernel.js'
import { herd } from '../../src/rkme/reduce/herd.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { placedError, placedWeights } from '../core/baselines/placed.js'
import { chosenError, problem } from '../core/baselines/problem.js'
import { kernelThinning } from '../core/baselines/thinning.js'
import { threeGaussians } from '../data.js'
import { atLeast, type Check, must } from '../report/section.js'

/** What must not be lost of nearness: errors of reduced sets against each other, the same on every machine. */
export const quality = (): Check[] => {
  const given = problem(threeGaussians(1024, 5), 0.5)
  const n = 32
  const kernel = gaussian(given.gamma)
  const { points, weights, error } = reduce(given.X, { kernel, size: n, seed: 1 })
  const checked = placedError(given, points, weights)
  must(Math.abs(checked - error) < 1e-7, `reduce says error ${error}, but ${checked} when checked`)
  must(
    Math.abs(placedError(given, points, placedWeights(given, points)) - error) < 1e-6,
    'the weights of reduce are not the best for its points',
  )
  const early = reduce(given.X, { kernel, size: n, seed: 1, iterations: 20 }).error
  const herded = herd(given.X, { kernel, size: n, weighted: 'cone' }).error
  const thinned = chosenError(given, kernelThinning(given, n, 1))
  return [
    atLeast(`herding + QP / reduce, MMD at n = ${n}`, herded / error, 4, ' ×'),
    atLeast(`kernel thinning / reduce, MMD at n = ${n}`, thinned / error, 5, ' ×'),
    atLeast(`herding + QP / reduce, MMD after 20 iterations`, herded / early, 3, ' ×'),
  ]
}
