import { permutation, uniforms } from '../../src/base/random.js'
import { gaussian } from '../../src/kernel/kernel.js'
import type { Embedding } from '../../src/rkme/embedding.js'
import { herd } from '../../src/rkme/reduce/herd.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { embeddingBound } from '../../src/theory/bounds.js'
import { threeGaussians } from '../data.js'
import { slope } from '../measure/slope.js'
import { median } from '../measure/timing.js'
import { atLeast, atMost, type Check, digits, must, type Section } from '../report/section.js'
import { baseline } from './baselines/kmeans.js'
import { peerReduction } from './baselines/peer-update.js'
import { placedError, placedWeights, shares } from './baselines/placed.js'
import { chosenError, type Problem, problem } from './baselines/problem.js'
import { kernelThinning } from './baselines/thinning.js'

const rows = 2048
const gamma = 0.5
const sizes = [4, 8, 16, 32, 64, 128]
const seeds = [1, 2, 3, 4, 5]
const draws = 20
const delta = 0.05

const overSeeds = (error: (seed: number) => number): number => median(seeds.map(error))

/** The MMD that each method reaches with n points. */
const methods = (given: Problem): Record<string, (n: number) => number> => {
  const { X } = given
  const kmeans = baseline(X, gamma, 'f64')
  const converged = (n: number, seed: number) => {
    const { points } = kmeans.converged(n, seed)
    const centre = kmeans.centre
    return { ...points, data: points.data.map((value, i) => value + centre[i % 2]) }
  }
  const kernel = gaussian(gamma)
  const agreed = ({ points, weights, error }: Embedding): number => {
    const checked = placedError(given, points, weights)
    must(Math.abs(checked - error) < 1e-7, `the library says error ${error}, but ${checked} when checked`)
    return checked
  }
  return {
    'random rows': (n) =>
      Math.sqrt(
        Array.from(
          { length: draws },
          (_, seed) => chosenError(given, permutation(uniforms(seed), rows, n)) ** 2 / draws,
        ).reduce((sum, value) => sum + value),
      ),
    herding: (n) => agreed(herd(X, { kernel, size: n })),
    'herding + QP': (n) => agreed(herd(X, { kernel, size: n, weighted: 'cone' })),
    'kernel thinning': (n) => overSeeds((seed) => chosenError(given, kernelThinning(given, n, seed))),
    'k-means, counts': (n) =>
      overSeeds((seed) => {
        const points = converged(n, seed)
        return placedError(given, points, shares(given, points))
      }),
    'k-means + QP': (n) =>
      overSeeds((seed) => {
        const points = converged(n, seed)
        return placedError(given, points, placedWeights(given, points))
      }),
    'learnware (Python), re-implemented': (n) =>
      overSeeds((seed) => {
        const { points, weights } = peerReduction(X, gamma, converged(n, seed))
        return placedError(given, points, weights)
      }),
    reduce: (n) => overSeeds((seed) => agreed(reduce(X, { kernel, size: n, seed }))),
  }
}

/** How does the distance to the rows fall with the number of points, for every method? */
export const run = (): Section => {
  const given = problem(threeGaussians(rows, 20240901), gamma)
  must(
    Math.abs(given.self - 0.1367206697587) < 1e-12,
    `‖Φ̂‖² is ${given.self}: these are not the rows of threeGaussians`,
  )
  const curves = Object.entries(methods(given)).map(([name, error]) => ({ name, errors: sizes.map(error) }))
  const upTo64 = sizes.slice(0, 5)
  const slopes = new Map(curves.map(({ name, errors }) => [name, slope(upTo64, errors.slice(0, 5))]))
  const slopeOf = (name: string): number => slopes.get(name) ?? Number.NaN
  const ours = curves.find(({ name }) => name === 'reduce')?.errors ?? []
  const others = curves.filter(({ name }) => name !== 'reduce')
  const checks: Check[] = [
    {
      what: 'slope of random rows, n = 4 … 64',
      wanted: '−0.5 ± 0.08',
      measured: digits(slopeOf('random rows')),
      held: Math.abs(slopeOf('random rows') + 0.5) <= 0.08,
    },
    atMost('slope of herding', slopeOf('herding'), -0.85),
    atMost('slope of kernel thinning', slopeOf('kernel thinning'), -0.85),
    atMost('slope of reduce', slopeOf('reduce'), -2),
    atLeast(
      'next best method / reduce, least over n',
      Math.min(...ours.map((error, i) => Math.min(...others.map(({ errors }) => errors[i])) / error)),
      1,
    ),
  ]
  const floor = Math.sqrt((1 - given.self) / rows)
  const bounds = sizes.map((size, i) => ({
    size,
    paper: embeddingBound({ samples: rows, size }, delta, { form: 'paper' }).bound,
    sharp: embeddingBound({ samples: rows, error: ours[i] }, delta, { form: 'sharp' }).bound,
    reduction: 2 * Math.sqrt(2 / size),
  }))
  return {
    title: 'Convergence: MMD against the number of points',
    setting: `Three Gaussians in the plane, ${rows} rows (seed 20240901), gamma ${gamma}; MMD to the empirical embedding. Random rows: root mean square of ${draws} draws; what is seeded: median of ${seeds.length} seeds. Weights by QP lie on the cone, those of the Python package on the simplex.`,
    tables: [
      {
        head: ['method', ...sizes.map((n) => `n = ${n}`), 'slope 4 … 64'],
        rows: curves.map(({ name, errors }) => [name, ...errors.map((error) => digits(error)), digits(slopeOf(name))]),
      },
      {
        caption: `The bound of Eq. (2) at confidence ${1 - delta} beside what was measured`,
        head: ['n', '2√(2/n)', 'measured error of reduce', 'B, paper', 'B, sharp (measured error)'],
        rows: bounds.map(({ size, paper, sharp, reduction }, i) => [
          String(size),
          digits(reduction),
          digits(ours[i]),
          digits(paper),
          digits(sharp),
        ]),
      },
    ],
    checks,
    plots: [
      {
        name: 'convergence',
        title: 'MMD to the rows against the number of points',
        x: 'points n',
        y: 'MMD',
        points: [
          ...curves.flatMap(({ name, errors }) => errors.map((y, i) => ({ line: name, x: sizes[i], y }))),
          ...sizes.map((x) => ({ line: 'sampling noise', x, y: floor })),
        ],
      },
      {
        name: 'bound',
        title: 'Eq. (2): bound and measured error of the reduction',
        x: 'points n',
        y: 'distance',
        points: bounds.flatMap(({ size: x, paper, sharp }, i) => [
          { line: 'B, paper', x, y: paper },
          { line: 'B, sharp', x, y: sharp },
          { line: 'measured error', x, y: ours[i] },
        ]),
      },
    ],
    notes: [
      `The sampling noise √((1 − ‖Φ̂‖²)/m) is ${digits(floor)}: what lies below it says nothing more about the population.`,
      'The Python package is not run here: its published update is re-implemented from the same k-means centres (`peer-reduce` runs the package itself).',
    ],
  }
}
