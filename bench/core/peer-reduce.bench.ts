import type { Matrix } from '../../src/base/matrix.js'
import { gram } from '../../src/kernel/gram.js'
import { gaussian } from '../../src/kernel/kernel.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { twentyGaussians } from '../data.js'
import { median, once } from '../measure/timing.js'
import { handOver, type Peer, startPeer } from '../peers/python.js'
import { atLeast, type Check, digits, must, type Plot, type Section } from '../report/section.js'
import { baseline } from './baselines/kmeans.js'
import type { Placed } from './baselines/peer-update.js'
import { meanAt } from './baselines/placed.js'

const size = 100
const seeds = [1, 2, 3]
const iterationCounts = [0, 1, 2, 3, 5, 8, 12, 20, 40, 80, 160]
const shapes: readonly Shape[] = [10000, 50000].flatMap((rows) => [10, 50, 100].map((columns) => ({ rows, columns })))

interface Shape {
  readonly rows: number
  readonly columns: number
}

type Compared = Awaited<ReturnType<typeof compare>>

const wantedSpeed = (rows: number): number => (rows >= 50000 ? 20 : 10)
const wantedQuality = (columns: number): number => (columns <= 10 ? 20 : 5)

/** MMD² to the rows of anything placed, in f64: neither side judges itself. */
const judge = (X: Matrix, gamma: number) => {
  const { self } = baseline(X, gamma, 'f64')
  return ({ points, weights }: Placed): number => {
    const mean = meanAt({ X, gamma, K: new Float64Array(0), mean: new Float64Array(0), self }, points)
    const G = gram(points, undefined, gaussian(gamma)).data
    let value = self
    for (let a = 0; a < points.rows; a++) {
      let sum = -2 * mean[a]
      for (let b = 0; b < points.rows; b++) sum += weights[b] * G[a * points.rows + b]
      value += weights[a] * sum
    }
    return Math.max(0, value)
  }
}

interface Run {
  readonly seconds: number
  readonly mmdSquared: number
}

const middle = (runs: readonly Run[]): Run => ({
  seconds: median(runs.map(({ seconds }) => seconds)),
  mmdSquared: median(runs.map(({ mmdSquared }) => mmdSquared)),
})

/** The package's reduction. */
const peerRun = async (peer: Peer, columns: number, file: string, gamma: number, seed: number) => {
  const answer = await peer.ask<{ seconds: number; z: number[]; beta: number[] }>({
    do: 'reduce',
    rows: file,
    d: columns,
    n: size,
    gamma,
    seed,
  })
  const points = { rows: size, columns, data: Float64Array.from(answer.z) }
  return { seconds: answer.seconds, value: { points, weights: Float64Array.from(answer.beta) } }
}

const compare = async (peer: Peer, rows: number, columns: number) => {
  const gamma = 1 / columns
  const X = twentyGaussians(rows, columns, 1, true)
  const file = handOver('rows', X.data)
  const mmdSquared = judge(X, gamma)
  const theirs: Run[] = []
  for (const seed of seeds) {
    const { seconds, value } = await peerRun(peer, columns, file, gamma, seed)
    theirs.push({ seconds, mmdSquared: mmdSquared(value) })
  }
  const they = middle(theirs)
  const ours = (iterations: number, seed: number): Run => {
    const options = { kernel: gaussian(gamma), size, iterations, tolerance: 0, measure: false, seed }
    const { seconds, value } = once(() => reduce(X, options))
    return { seconds, mmdSquared: mmdSquared(value) }
  }
  const path: (Run & { iterations: number })[] = []
  for (const iterations of iterationCounts) {
    path.push({ iterations, ...ours(iterations, seeds[0]) })
    if (path[path.length - 1].seconds > they.seconds) break
  }
  const repeated = (run: { iterations: number } | undefined) =>
    run && { iterations: run.iterations, ...middle(seeds.map((seed) => ours(run.iterations, seed))) }
  const reached = repeated(path.find((run) => run.mmdSquared <= they.mmdSquared))
  const within = repeated(path.filter(({ seconds }) => seconds <= 0.8 * they.seconds).at(-1))
  console.log(
    `${rows} × ${columns}: ${digits(they.seconds)} s ${digits(they.mmdSquared)}; ${digits(reached?.seconds ?? Number.NaN)} s; ${digits(within?.seconds ?? Number.NaN)} s ${digits(within?.mmdSquared ?? Number.NaN)}`,
  )
  return { rows, columns, they, path, reached, within }
}

const title = 'Reduction against the Python package `learnware`'

/** What is held of one number of rows and columns; without figures, as where there is no peer, nothing is held or missed. */
const thresholds = ({ rows, columns, they, reached, within }: Shape & Partial<Compared>): Check[] => [
  atLeast(
    `m = ${rows}, d = ${columns}: the peer's time / time until its MMD²`,
    they ? (reached ? they.seconds / reached.seconds : 0) : Number.NaN,
    wantedSpeed(rows),
  ),
  ...(columns === 50
    ? []
    : [
        atLeast(
          `m = ${rows}, d = ${columns}: the peer's MMD² / MMD² in at most its time`,
          they ? (within ? they.mmdSquared / within.mmdSquared : 0) : Number.NaN,
          wantedQuality(columns),
        ),
      ]),
]

const notMeasured = (reason: string): Section => ({
  title,
  setting: 'Not measured: the package could not be run, and nothing else stands in for it.',
  tables: [],
  checks: shapes.flatMap(thresholds),
  notes: [reason],
})

/** How long until a reduction is as good as that of the Python package `learnware`, and how good is it after as long? */
export const run = async (): Promise<Section> => {
  const peer = await startPeer('learnware')
  if (typeof peer === 'string') return notMeasured(peer)
  reduce(twentyGaussians(2000, 10, 2, true), { size })
  const results: Compared[] = []
  for (const { rows, columns } of shapes) {
    const result = await compare(peer, rows, columns)
    must(result.they.mmdSquared > 0 && result.they.mmdSquared < 1, `the peer's MMD² is ${result.they.mmdSquared}`)
    results.push(result)
  }
  peer.close()
  const checks = results.flatMap(thresholds)
  const plots: Plot[] = [10, 100].map((columns) => ({
    name: `peer-reduce-${columns}`,
    title: `MMD² against time, 50,000 × ${columns}, n = ${size}`,
    x: 'seconds',
    y: 'MMD²',
    points: results
      .filter((result) => result.rows === 50000 && result.columns === columns)
      .flatMap(({ path, they }) => [
        ...path.map(({ seconds, mmdSquared }) => ({ line: 'reduce', x: seconds, y: mmdSquared })),
        { line: 'learnware (Python)', x: they.seconds, y: they.mmdSquared },
      ]),
  }))
  return {
    title,
    setting: `Twenty Gaussians, standardised, f32; the same rows and kernel (gamma 1/d), n = ${size}, one thread each; medians of ${seeds.length} seeds; MMD² worked out in f64 for both. The peer: learnware (Python) ${peer.versions.learnware} (PyTorch ${peer.versions.torch}), its defaults (k-means, simplex weights, 3 steps). Ours: \`reduce\` from raw rows with so many iterations, cone weights; without ‖Φ̂‖², which the peer does not work out either.`,
    tables: [
      {
        head: [
          'm',
          'd',
          'peer: s',
          'peer: MMD²',
          'until its MMD²: s',
          'iterations',
          'faster',
          'in its time: s',
          'MMD²',
          'lower',
        ],
        rows: results.map(({ rows, columns, they, reached, within }) => [
          String(rows),
          String(columns),
          digits(they.seconds),
          digits(they.mmdSquared),
          digits(reached?.seconds ?? Number.NaN),
          String(reached?.iterations ?? '–'),
          reached ? `${digits(they.seconds / reached.seconds)} ×` : '–',
          digits(within?.seconds ?? Number.NaN),
          digits(within?.mmdSquared ?? Number.NaN),
          within ? `${digits(they.mmdSquared / within.mmdSquared)} ×` : '–',
        ]),
      },
    ],
    checks,
    plots,
  }
}
