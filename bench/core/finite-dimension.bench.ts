import { type Matrix, matrix } from '../../src/base/matrix.js'
import { gram } from '../../src/kernel/gram.js'
import { type PolynomialKernel, polynomial } from '../../src/kernel/kernel.js'
import { embed, mmd } from '../../src/rkme/mmd.js'
import { herd } from '../../src/rkme/reduce/herd.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { frankWolfe } from '../../src/search/task/mixture.js'
import { threeGaussians, twentyGaussians } from '../data.js'
import { type Line, slope, straight } from '../measure/slope.js'
import { median } from '../measure/timing.js'
import { atLeast, atMost, type Check, digits, must, type Section } from '../report/section.js'
import { dot, guaranteedRate, lineSearch, type PolynomialSpace, polynomialSpace } from './baselines/polynomial-space.js'

const rows = 1024
const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 32, 64, 128, 256, 512, 1024]
const most = sizes[sizes.length - 1]
/** Steps of line search at most; its rate is fitted over the last seven eighths of those above `underflow`. */
const longest = 32768
const underflow = 1e-100
const seeds = [1, 2, 3, 4, 5]
/** An MMD is the root of a difference of numbers near ‖Φ̂‖²: below this part of ‖Φ̂‖ there is only rounding. */
const rounding = 1e-7

const wide = (X: Matrix): Matrix => ({ ...X, data: Float64Array.from(X.data) })

const spaces = [
  { X: threeGaussians(rows, 1), where: 'three Gaussians in the plane', kernel: polynomial({ degree: 2, scale: 0.25 }) },
  { X: threeGaussians(rows, 1), where: 'three Gaussians in the plane', kernel: polynomial({ degree: 4, scale: 0.1 }) },
  {
    X: wide(twentyGaussians(rows, 4, 1, true)),
    where: 'twenty Gaussians in four dimensions, standardised',
    kernel: polynomial({ degree: 3, scale: 0.25 }),
  },
] as const

/** What is judged by coordinates of the space must be the kernel of the library. */
const checkSpace = (X: Matrix, kernel: PolynomialKernel, { features }: PolynomialSpace): void => {
  const K = gram(X, undefined, kernel).data
  const at = Array.from({ length: 20 }, (_, i) => i * 50)
  const mapped = at.map((i) => features(X.data.subarray(i * X.columns, (i + 1) * X.columns)))
  for (const [a, i] of at.entries()) {
    for (const [b, j] of at.entries()) {
      const wanted = dot(mapped[a], mapped[b])
      must(
        Math.abs(K[i * rows + j] - wanted) < 1e-11 * (1 + Math.abs(wanted)),
        `k(x, z) is ${K[i * rows + j]}, expected ${wanted}`,
      )
    }
  }
}

const inSpace = ({ X, where, kernel }: (typeof spaces)[number]) => {
  const space = polynomialSpace(X, kernel)
  const { dimension, norm } = space
  checkSpace(X, kernel, space)
  const target = embed(X, kernel)
  const error = (points: Matrix, weights: ArrayLike<number>, said: number): number => {
    const found = space.error(points, weights) / norm
    must(
      Math.abs(found - said / norm) < 2 * rounding,
      `the library says ${said / norm} of ‖Φ̂‖, the coordinates ${found}`,
    )
    return found
  }

  const { points } = herd(X, { size: most, kernel, measure: false })
  const herded = sizes.map((n) => {
    const first = matrix(points.data.slice(0, n * X.columns), n, X.columns)
    return error(first, new Float64Array(n).fill(1 / n), mmd(embed(first, kernel), target))
  })
  const line = lineSearch(space, longest).map((value) => value / norm)
  const candidates = Array.from({ length: rows }, (_, i) => ({
    id: String(i).padStart(4, '0'),
    embedding: embed(matrix(X.data.slice(i * X.columns, (i + 1) * X.columns), 1, X.columns), kernel),
  }))
  const full = frankWolfe(target, candidates, { constraint: 'simplex', support: 2 * dimension, decrease: 0, least: 0 })
  const corrected = full.curve.map((value) => value / norm)
  const reduced = Array.from({ length: dimension }, (_, i) =>
    median(
      seeds.map((seed) => {
        const ours = reduce(X, { kernel, size: i + 1, seed, tolerance: 0 })
        return error(ours.points, ours.weights, ours.error)
      }),
    ),
  )
  const end = line.findIndex((value) => value < underflow)
  const steps = end < 0 ? longest : end
  const after = Array.from({ length: steps - (steps >> 3) }, (_, i) => (steps >> 3) + i + 1)
  const logs = after.map((n) => Math.log(line[n - 1]))
  return {
    name: `(1 + ${kernel.scale}·x·z)^${kernel.degree}, ${where}`,
    dimension,
    columns: X.columns,
    norm,
    rate: guaranteedRate(space),
    fitted: `${after[0]} … ${steps}`,
    geometric: straight(after, logs),
    power: straight(after.map(Math.log), logs),
    herding: slope(sizes.slice(7), herded.slice(7)),
    atoms: full.members.length,
    steps: 1 + corrected.findIndex((value) => value < rounding),
    floorAt: 1 + reduced.findIndex((value) => value < rounding),
    last: reduced[dimension - 1],
    curves: {
      'herd (library)': herded,
      'Frank–Wolfe, line search': sizes.map((n) => line[n - 1]),
      'Frank–Wolfe, fully corrective (library)': sizes.map((n) => corrected[n - 1]),
      'reduce (library)': sizes.map((n) => reduced[n - 1]),
    },
  }
}

const fall = ({ slope }: Line): number => 100 * (1 - Math.exp(slope))

/** How does the error fall in a space of few dimensions, where the theory promises geometric decay? */
export const run = (): Section => {
  const results = spaces.map(inSpace)
  const checks: Check[] = results.flatMap(({ dimension, columns, rate, geometric, power, ...found }) => {
    const title = `${dimension} dimensions`
    return [
      atLeast(`${title}: fall of the error at each step of line search`, fall(geometric), 100 * (1 - rate), ' %'),
      atLeast(`${title}: R² of log error over steps`, geometric.explained, 0.98),
      atLeast(`${title}: the same / R² over log steps`, geometric.explained / power.explained, 1),
      atMost(
        `${title}: steps of fully corrective Frank–Wolfe to the rounding`,
        found.steps || Infinity,
        1.5 * dimension,
      ),
      atMost(`${title}: atoms it needs there`, found.atoms, dimension),
      atMost(
        `${title}: points of reduce to the rounding`,
        found.floorAt || Infinity,
        Math.ceil(dimension / (columns + 1)) + 1,
      ),
      atMost(`${title}: error of reduce with ${dimension} points`, found.last, rounding),
    ]
  })
  return {
    title: 'Convergence in a space of finite dimension',
    setting: `Polynomial kernels, whose spaces have few dimensions; ${rows} rows; MMD to the rows in units of ‖Φ̂‖, worked out in coordinates of the space, with which the library's own figures must agree. \`reduce\`: median of ${seeds.length} seeds, cone, tolerance 0.`,
    tables: [
      ...results.map(({ name, dimension, curves }) => ({
        caption: `${dimension} dimensions: ${name}`,
        head: ['method', ...sizes.map((n) => `n = ${n}`)],
        rows: Object.entries(curves).map(([method, errors]) => [
          method,
          ...errors.map((error) => digits(error ?? Number.NaN, 2)),
        ]),
      })),
      {
        caption: 'Geometric decay of line search: log error against steps',
        head: [
          'dimensions',
          'fitted to steps',
          'fall at each step',
          'guaranteed',
          'R² over steps',
          'R² over log steps',
          'slope of herding',
        ],
        rows: results.map(({ dimension, fitted, geometric, power, rate, herding }) => [
          String(dimension),
          fitted,
          `${digits(fall(geometric))} %`,
          `${digits(100 * (1 - rate), 2)} %`,
          digits(geometric.explained, 4),
          digits(power.explained, 4),
          digits(herding),
        ]),
      },
    ],
    checks,
    plots: [
      {
        name: 'finite-dimension',
        title: `MMD / ‖Φ̂‖ after n steps in a space of ${results[0].dimension} dimensions`,
        x: 'steps or points n',
        y: 'MMD / ‖Φ̂‖',
        points: Object.entries(results[0].curves).flatMap(([line, errors]) =>
          errors.flatMap((y, i) => (y === undefined ? [] : [{ line, x: sizes[i], y: Math.max(y, 1e-16) }])),
        ),
      },
    ],
    notes: [
      'The hull of the rows holds a ball of radius r around their mean, and lies in one of radius R: each step of line search lowers the error by √(1 − r²/R²) at least. Herding has no such rate: it falls as 1/n. Where r is small against R (15 dimensions) both take thousands of steps to come to that: up to 1,024 herding has the slope in the table.',
      'By Carathéodory as many atoms as dimensions suffice for an error of 0 (weights sum to 1); the fully corrective method takes more steps, since early atoms have to leave again.',
      'A point that may lie anywhere has one number for each coordinate, and its weight: `reduce` is at the rounding as soon as these are as many as the space has dimensions, or one point later.',
    ],
  }
}
