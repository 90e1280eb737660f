import { gaussian } from '../src/kernel/kernel.js'
import { reduce } from '../src/rkme/reduce.js'
import { twentyGaussians } from './data.js'
import { baseline, median } from './kmeans.js'

const rows = 10000
const columns = 20
const size = 100
const gamma = 1 / (4 * columns)
const seeds = [1, 2, 3, 4, 5]
const repeats = 9

const timed = (work: () => unknown): number => {
  const started = performance.now()
  work()
  return performance.now() - started
}

/**
 * What does a reduction reach in the time of 20 Lloyd rounds, against k-means to convergence with the best weights?
 * The whole `reduce` is timed, from raw rows on, but for ‖Φ̂‖² (`measure: false`), a constant that neither side needs in
 * order to place its points; its time stands beside. Both sides work in f32; MMD² is worked out in f64.
 */
export const run = (): void => {
  for (const standardised of [true, false]) {
    console.log(
      `twenty Gaussians, ${rows} × ${columns}${standardised ? ', standardised' : ''}, n ${size}, gamma 1/(4d), ` +
        `median of ${seeds.length} seeds; times: median (least) of ${repeats}, in turns`,
    )
    for (const constraint of ['cone', 'simplex'] as const) {
      for (const iterations of [1, 2, 200]) {
        const results = seeds.map((seed) => {
          const X = twentyGaussians(rows, columns, seed, standardised)
          const kmeans = baseline(X, gamma, 'f32')
          const { points, rounds } = kmeans.converged(size, seed)
          const options = { kernel: gaussian(gamma), size, constraint, seed, iterations, measure: false } as const
          const ours = kmeans.mmdSquared(kmeans.centredPoints(reduce(X, options).points), constraint)
          const base = kmeans.mmdSquared(points, constraint)
          const lloyd: number[] = []
          const reduction: number[] = []
          for (let r = 0; r < (iterations > 2 ? 1 : repeats); r++) {
            lloyd.push(
              timed(() => {
                let centres = points
                for (let round = 0; round < 20; round++) centres = kmeans.round(centres)
              }),
            )
            reduction.push(timed(() => reduce(X, options)))
          }
          return { base, ours, ratio: base / ours, rounds, lloyd, reduction }
        })
        const of = (key: 'base' | 'ours' | 'ratio' | 'rounds'): number => median(results.map((result) => result[key]))
        const time = (key: 'lloyd' | 'reduction'): string =>
          `${median(results.map((result) => median(result[key]))).toFixed(1)} (${median(results.map((result) => Math.min(...result[key]))).toFixed(1)}) ms`
        console.log(
          `  ${constraint.padEnd(7)} iterations ${iterations}: MMD² k-means (${of('rounds')} rounds) ${of('base').toExponential(2)}, ` +
            `reduce ${of('ours').toExponential(2)}, ${of('ratio').toFixed(2)} times lower; ` +
            `20 Lloyd rounds ${time('lloyd')}, reduce ${time('reduction')}`,
        )
      }
    }
    const X = twentyGaussians(rows, columns, 1, standardised)
    const without = timed(() => reduce(X, { size, iterations: 1, measure: false }))
    const withError = timed(() => reduce(X, { size, iterations: 1 }))
    console.log(`  ‖Φ̂‖² (error and floor): ${(withError - without).toFixed(0)} ms more`)
  }
}
