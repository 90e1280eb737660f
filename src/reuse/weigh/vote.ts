import { oneOf, options, whole } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { Requirement } from '../../specification/specification.js'
import { compose, type ReusedModel } from '../compose.js'
import { type AverageOptions, chosenBy, dataFree, freeWeights, weightings } from '../ensemble.js'
import type { Outputs } from '../outputs.js'
import { proximity } from '../proximity.js'
import { outputOf } from '../target.js'

/**
 * The majority of the nearest learnwares: each gives its share to its likeliest class, and the shares come out as
 * probabilities.
 * @throws RangeError where the learnwares predict a real.
 */
export const vote = (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  settings: Pick<AverageOptions, 'members' | 'weighting'> = {},
): ReusedModel => {
  options(settings, 'options', ['members', 'weighting'])
  const { members = 5, weighting = 'uniform' } = settings
  whole(members, 'members', 1)
  oneOf(weighting, 'weighting', weightings)
  const output = outputOf(learnwares)
  if (output.kind === 'real') throw new ValueError('"learnwares" expected classes to vote on, got reals; average them')
  const near = proximity(learnwares, requirement)
  const weights = freeWeights(learnwares, requirement, near, members, weighting)
  const what = `the majority of ${chosenBy(weighting, members, learnwares.length)}`
  return compose({
    learnwares,
    weights,
    output,
    join: ballots,
    report: dataFree('vote', what, learnwares, weights, near),
  })
}

const ballots = ({ rows, width, of }: Outputs, weights: Float64Array): Float64Array => {
  const result = new Float64Array(rows * width)
  of.forEach((data, l) => {
    for (let i = 0; i < rows; i++) {
      let best = 0
      for (let c = 1; c < width; c++) if (data[i * width + c] > data[i * width + best]) best = c
      result[i * width + best] += weights[l]
    }
  })
  return result
}
