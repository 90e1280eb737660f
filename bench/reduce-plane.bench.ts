import { gaussian } from '../src/kernel/kernel.js'
import { embed, mmd } from '../src/rkme/mmd.js'
import { reduce } from '../src/rkme/reduce.js'
import { threeGaussians } from './data.js'
import { baseline, median } from './kmeans.js'

const gamma = 0.5
const rows = 2048
const seeds = [1, 2, 3, 4, 5]
const limits = { 16: 0.85, 32: 0.55, 64: 0.25 } as const

/** How near is a reduced set, against k-means centres with the best weights under the same constraint? */
export const run = (): void => {
  console.log(
    `three Gaussians in the plane, ${rows} rows, gamma ${gamma}, median of ${seeds.length} seeds; MMD to the rows`,
  )
  for (const constraint of ['cone', 'simplex'] as const) {
    for (const [size, limit] of Object.entries(limits)) {
      const n = Number(size)
      const results = seeds.map((seed) => {
        const X = threeGaussians(rows, seed)
        const kmeans = baseline(X, gamma, 'f64')
        const base = Math.sqrt(kmeans.mmdSquared(kmeans.converged(n, seed).points, constraint))
        const started = performance.now()
        const embedding = reduce(X, { kernel: gaussian(gamma), size: n, constraint, seed })
        const time = performance.now() - started
        const checked = mmd(embedding, embed(X, gaussian(gamma)))
        if (Math.abs(checked - embedding.error) > 1e-7)
          throw new Error(`error ${embedding.error}, but ${checked} when checked`)
        return { base, ours: checked, ratio: checked / base, time }
      })
      const of = (key: keyof (typeof results)[0]): number => median(results.map((result) => result[key]))
      console.log(
        `  ${constraint.padEnd(7)} n ${size}: k-means ${of('base').toExponential(2)}, reduce ${of('ours').toExponential(2)}, ` +
          `ratio ${of('ratio').toFixed(3)} (limit ${limit}), ${of('time').toFixed(0)} ms`,
      )
    }
  }
}
