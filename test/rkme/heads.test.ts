import { describe, expect, test } from 'vitest'
import { matrix } from '../../src/base/matrix.js'
import { fitHeads, headsAt, type Job } from '../../src/rkme/heads.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { gauss } from '../reference.js'

const kernel = { kind: 'gaussian', gamma: 0.3 } as const
const centres = [
  [0, 0],
  [3, 0],
  [0, 3],
]
const jobs = centres.map(
  (centre, k): Job => ({
    weight: [0.5, 0.3, 0.2][k],
    embedding: reduce(gauss(centre, 200, k + 1), { size: 5, kernel, seed: 1 }),
  }),
)

describe('heads', () => {
  test.each([false, true])('in the own mixture are those in a background of the same points (open: %s)', (open) => {
    const points = jobs.flatMap(({ embedding }) => Array.from(embedding.points.data))
    const background = {
      points: matrix(Float64Array.from(points), points.length / 2, 2),
      weights: Float64Array.from(
        jobs.flatMap(({ weight, embedding }) => Array.from(embedding.weights, (b) => weight * b)),
      ),
    }
    const X = matrix(
      Float64Array.from({ length: 60 }, (_, i) => ((i * 7) % 11) / 2 - 1),
      30,
      2,
    )
    const own = headsAt(fitHeads(jobs, undefined, { open }), X).data
    const given = headsAt(fitHeads(jobs, background, { open }), X).data
    own.forEach((value, i) => expect(value).toBeCloseTo(given[i], 8))
    expect(own.some((value) => value > 0.5)).toBe(true)
  })
})
