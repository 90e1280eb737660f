import { gaussian } from '../../src/kernel/kernel.js'
import { embed, mmd } from '../../src/rkme/mmd.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { threeGaussians } from '../data.js'
import { median, ms, once } from '../measure/timing.js'
import { atMost, digits, must, type Section } from '../report/section.js'
import { baseline } from './baselines/kmeans.js'

const gamma = 0.5
const rows = 2048
const seeds = [1, 2, 3, 4, 5]
const limits = { 16: 0.85, 32: 0.55, 64: 0.25 } as const

/** How near is a reduced set, against k-means centres with the best weights under the same constraint? */
export const run = (): Section => {
  const results = (['cone', 'simplex'] as const).flatMap((constraint) =>
    Object.entries(limits).map(([size, limit]) => {
      const n = Number(size)
      const runs = seeds.map((seed) => {
        const X = threeGaussians(rows, seed)
        const kmeans = baseline(X, gamma, 'f64')
        const base = Math.sqrt(kmeans.mmdSquared(kmeans.converged(n, seed).points, constraint))
        const { seconds, value } = once(() => reduce(X, { kernel: gaussian(gamma), size: n, constraint, seed }))
        const checked = mmd(value, embed(X, gaussian(gamma)))
        must(Math.abs(checked - value.error) < 1e-7, `error ${value.error}, but ${checked} when checked`)
        return { base, ours: checked, ratio: checked / base, seconds }
      })
      const of = (key: keyof (typeof runs)[0]): number => median(runs.map((run) => run[key]))
      return { constraint, n, limit, base: of('base'), ours: of('ours'), ratio: of('ratio'), seconds: of('seconds') }
    }),
  )
  return {
    title: 'Reduction against k-means with the best weights',
    setting: `Three Gaussians in the plane, ${rows} rows, gamma ${gamma}; MMD to the rows, medians of ${seeds.length} seeds; k-means++ and Lloyd to convergence.`,
    tables: [
      {
        head: ['constraint', 'n', 'k-means + QP', 'reduce', 'ratio', 'reduce: ms'],
        rows: results.map(({ constraint, n, base, ours, ratio, seconds }) => [
          constraint,
          String(n),
          digits(base),
          digits(ours),
          digits(ratio),
          ms(seconds),
        ]),
      },
    ],
    checks: results.map(({ constraint, n, limit, ratio }) =>
      atMost(`${constraint}, n = ${n}: reduce / k-means + QP`, ratio, limit),
    ),
  }
}
