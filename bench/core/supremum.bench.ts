import { type Matrix, matrix, stackRows, takeRows } from '../../src/base/matrix.js'
import { gaussian } from '../../src/kernel/kernel.js'
import { embed } from '../../src/rkme/mmd.js'
import { herd } from '../../src/rkme/reduce/herd.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { twentyGaussians } from '../data.js'
import { slope } from '../measure/slope.js'
import { median } from '../measure/timing.js'
import { atLeast, atMost, type Check, digits, must, type Section } from '../report/section.js'
import { problem } from './baselines/problem.js'
import { type Supremum, supremum } from './baselines/supremum.js'
import { kernelThinning } from './baselines/thinning.js'

const rows = 2048
const sizes = [8, 16, 32, 64, 128]
const dimensions = [2, 5, 10, 20]
const seeds = [1, 2, 3]

const methods = ['kernel thinning', 'herd', 'reduce'] as const
type Method = (typeof methods)[number]

const middle = (some: readonly Supremum[]): Supremum => ({
  value: median(some.map(({ value }) => value)),
  atPlaces: median(some.map(({ atPlaces }) => atPlaces)),
})

const inDimension = (d: number): Record<Method, Supremum[]> => {
  const kernel = gaussian(1 / (4 * d))
  const wide = (seed: number): Matrix => {
    const X = twentyGaussians(rows, d, seed, true)
    return { ...X, data: Float64Array.from(X.data) }
  }
  const X = wide(3)
  const target = embed(X, kernel)
  const given = problem(X, kernel.gamma)
  // The rows, and others of the same kind from another seed.
  const places = stackRows(X, wide(4))
  const herded = herd(X, { size: sizes[sizes.length - 1], kernel, measure: false }).points
  return {
    'kernel thinning': sizes.map((n) =>
      middle(seeds.map((seed) => supremum(target, embed(takeRows(X, kernelThinning(given, n, seed)), kernel), places))),
    ),
    herd: sizes.map((n) => supremum(target, embed(matrix(herded.data.slice(0, n * d), n, d), kernel), places)),
    reduce: sizes.map((n) =>
      middle(
        seeds.map((seed) => {
          const ours = reduce(X, { kernel, size: n, seed })
          const found = supremum(target, ours, places)
          must(found.value < ours.error + 1e-7, `sup ${found.value} is beyond the MMD ${ours.error}, which bounds it`)
          return found
        }),
      ),
    ),
  }
}

/** How does the largest error anywhere, sup |Φ̂ − Φ̃|, go with √d/n? */
export const run = (): Section => {
  const results = dimensions.map((d) => ({ d, found: inDimension(d) }))
  const errors = (found: Record<Method, Supremum[]>, method: Method): number[] =>
    found[method].map(({ value }) => value)
  const scaled = (values: readonly number[], d: number): number[] =>
    values.map((one, i) => (one * sizes[i]) / Math.sqrt(d))
  const worst = Math.max(
    ...results.flatMap(({ found }) =>
      methods.flatMap((method) => found[method].map((one) => one.value / one.atPlaces)),
    ),
  )
  const checks: Check[] = results.flatMap(({ d, found }) => {
    const ours = errors(found, 'reduce')
    const thinned = errors(found, 'kernel thinning')
    return [
      atMost(`d = ${d}: slope of kernel thinning in n`, slope(sizes, thinned), -0.9),
      atMost(`d = ${d}: slope of reduce in n`, slope(sizes, ours), -1.5),
      atMost(`d = ${d}: kernel thinning in units of √d/n, largest over n`, Math.max(...scaled(thinned, d)), 0.15),
      atLeast(
        `d = ${d}: kernel thinning / reduce, least over n`,
        Math.min(...ours.map((one, i) => thinned[i] / one)),
        3,
        ' ×',
      ),
    ]
  })
  return {
    title: 'The largest error anywhere against √d/n',
    setting: `sup |Φ̂(x) − Φ̃(x)|: the largest over ${2 * rows} places and the points themselves, and over ascents from the best twelve of them; ${rows} rows of twenty Gaussians, gamma 1/(4d); in units of √d/n, in which a coreset of the best order stays level. What is seeded: median of ${seeds.length} seeds.`,
    tables: [
      {
        head: ['method', 'd', ...sizes.map((n) => `n = ${n}`), 'slope in n (unscaled)'],
        rows: results.flatMap(({ d, found }) =>
          methods.map((method) => [
            method,
            String(d),
            ...scaled(errors(found, method), d).map((one) => digits(one)),
            digits(slope(sizes, errors(found, method))),
          ]),
        ),
      },
    ],
    checks,
    plots: [
      {
        name: 'supremum',
        title: 'Largest error anywhere against √d/n',
        x: '√d/n',
        y: 'sup |Φ̂ − Φ̃|',
        points: results.flatMap(({ d, found }) =>
          (['kernel thinning', 'reduce'] as const).flatMap((method) =>
            errors(found, method).map((y, i) => ({ line: `${method}, d = ${d}`, x: Math.sqrt(d) / sizes[i], y })),
          ),
        ),
      },
    ],
    notes: [
      `The ascents find up to ${digits(worst, 2)} times the largest value at the ${2 * rows} places alone (of \`reduce\` in the plane: what is left of its error lies beside the rows). No value is beyond the MMD, which bounds them all.`,
      'That n points of equal weight can come to O(√d/n) is the theory (Karnin & Liberty 2019; Phillips & Tai 2020; as the founding paper cites them); kernel thinning is the coreset that is held to its slope. Points and weights of `reduce` are free, and are held to more.',
    ],
  }
}
