import { matrix } from '../../src/base/matrix.js'
import { gaussian } from '../../src/kernel/kernel.js'
import { evaluate } from '../../src/rkme/evaluate.js'
import { embed } from '../../src/rkme/mmd.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { twentyGaussians } from '../data.js'
import { slope } from '../measure/slope.js'
import { atMost, digits, type Section } from '../report/section.js'
import { problem } from './baselines/problem.js'
import { kernelThinning } from './baselines/thinning.js'

const rows = 2048
const sizes = [8, 16, 32, 64, 128]
const dimensions = [2, 5, 10, 20]

/** How does the largest error anywhere, sup |Φ̂ − Φ̃|, go with √d/n? */
export const run = (): Section => {
  const results = dimensions.map((d) => {
    const kernel = gaussian(1 / (4 * d))
    const X = twentyGaussians(rows, d, 3, true)
    const wide = { ...X, data: Float64Array.from(X.data) }
    // Where the supremum is looked for: the rows, and others of the same kind from another seed.
    const other = twentyGaussians(rows, d, 4, true)
    const places = matrix(Float64Array.of(...wide.data, ...other.data), 2 * rows, d)
    const truth = evaluate(embed(wide, kernel), places)
    const given = problem(wide, kernel.gamma)
    const largest = (values: Float64Array): number => Math.max(...values.map((value, i) => Math.abs(value - truth[i])))
    const thinned = sizes.map((n) => {
      const chosen = kernelThinning(given, n, 1)
      const points = matrix(Float64Array.from(chosen.flatMap((i) => [...wide.data.subarray(i * d, i * d + d)])), n, d)
      return largest(evaluate(embed(points, kernel), places))
    })
    const reduced = sizes.map((n) => largest(evaluate(reduce(wide, { kernel, size: n, seed: 1 }), places)))
    return { d, thinned, reduced }
  })
  const scaled = (errors: readonly number[], d: number): string[] =>
    errors.map((error, i) => digits((error * sizes[i]) / Math.sqrt(d)))
  return {
    title: 'The largest error anywhere against √d/n',
    setting: `sup |Φ̂(x) − Φ̃(x)| over ${2 * rows} places, ${rows} rows of twenty Gaussians, gamma 1/(4d); in units of √d/n, in which a coreset of the best order stays level.`,
    tables: [
      {
        head: ['method', 'd', ...sizes.map((n) => `n = ${n}`), 'slope in n (unscaled)'],
        rows: results.flatMap(({ d, thinned, reduced }) => [
          ['kernel thinning', String(d), ...scaled(thinned, d), digits(slope(sizes, thinned))],
          ['reduce', String(d), ...scaled(reduced, d), digits(slope(sizes, reduced))],
        ]),
      },
    ],
    checks: results.map(({ d, reduced }) =>
      atMost(
        `d = ${d}: sup error of reduce in units of √d/n, largest over n`,
        Math.max(...reduced.map((error, i) => (error * sizes[i]) / Math.sqrt(d))),
        1,
      ),
    ),
    plots: [
      {
        name: 'supremum',
        title: 'Largest error anywhere against √d/n',
        x: '√d/n',
        y: 'sup |Φ̂ − Φ̃|',
        points: results.flatMap(({ d, thinned, reduced }) => [
          ...thinned.map((y, i) => ({ line: `thinning, d = ${d}`, x: Math.sqrt(d) / sizes[i], y })),
          ...reduced.map((y, i) => ({ line: `reduce, d = ${d}`, x: Math.sqrt(d) / sizes[i], y })),
        ]),
      },
    ],
  }
}
