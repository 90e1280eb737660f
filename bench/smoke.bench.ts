import { matrix, sliceRows } from '../src/base/matrix.js'
import { gram } from '../src/kernel/gram.js'
import { gaussian } from '../src/kernel/kernel.js'
import { quadratic } from '../src/qp/quadratic.js'
import { herd } from '../src/rkme/reduce/herd.js'
import { reduce } from '../src/rkme/reduce/reduce.js'
import { combine, spanCount } from '../src/rkme/rows/request.js'
import { shareTaker } from '../src/rkme/rows/share.js'
import { streamSource } from '../src/rkme/rows/stream-source.js'
import { core } from '../src/wasm/instance.js'
import { normals } from '../src/wasm/scalar.js'
import { placedError, placedWeights } from './core/baselines/placed.js'
import { chosenError, problem } from './core/baselines/problem.js'
import { kernelProgram, kinds, program, residual } from './core/baselines/programs.js'
import { kernelThinning } from './core/baselines/thinning.js'
import { threeGaussians } from './data.js'
import { inTurns, type Timing } from './measure/timing.js'
import { naiveGram, naiveMoments } from './methods/grams.js'
import { atLeast, atMost, type Check, must, type Section } from './report/section.js'

const least = (a?: Timing, b?: Timing): number => (a && b ? a.least / b.least : Number.NaN)

/** What must not be lost, by ratios of least times in this one run; short samples, so that some are undisturbed; the limits are a quarter of what a quiet machine shows. */
const speed = async (): Promise<Check[]> => {
  const [rows, points, d] = [400, 400, 100]
  const X = matrix(Float32Array.from(normals(1, rows * d)), rows, d)
  const Z = matrix(Float32Array.from(normals(2, points * d)), points, d)
  const kernel = gaussian(1 / d)
  const naive = naiveGram(X, Z, kernel.gamma)
  const truth = naive()
  for (const precision of ['f32', 'f64'] as const) {
    const K = gram(X, Z, kernel, { precision }).data
    must(
      K.every((value, i) => Math.abs(value - truth[i]) < 1e-5),
      `gram in ${precision} is wrong`,
    )
  }
  const weights = kernelProgram(300, 3)
  const G = { rows: 300, columns: 300, data: weights.G }
  const time = await inTurns<'f32' | 'f64' | 'naive' | 'scan' | 'weights'>(
    {
      f32: { here: () => gram(X, Z, kernel, { precision: 'f32' }) },
      f64: { here: () => gram(X, Z, kernel) },
      naive: { here: naive },
      weights: { here: () => quadratic(G, weights.c) },
      // n³/3 plain operations: what one Cholesky factorisation of the whole problem would take at least.
      scan: {
        here: () => {
          let sum = 0
          for (let r = 0; r < 100; r++) for (let i = 0; i < G.data.length; i++) sum += G.data[i] * r
          return sum
        },
      },
    },
    { rounds: 15, seconds: 0.02 },
  )
  return [
    atLeast('naive JavaScript / gram f32, 400 × 400 × 100', least(time.naive, time.f32), 4, ' ×'),
    atLeast('naive JavaScript / gram f64', least(time.naive, time.f64), 2, ' ×'),
    atLeast('n³/3 plain operations / quadratic, n = 300', least(time.scan, time.weights), 0.1, ' ×'),
  ]
}

/** Sums over rows against plain JavaScript, and rows from a stream against the same rows at hand, in turns. */
const sums = async (): Promise<Check[]> => {
  const [rows, n, d] = [16384, 64, 20]
  const X = matrix(Float32Array.from(normals(4, rows * d)), rows, d)
  const points = matrix(Float32Array.from(normals(5, n * d)), n, d)
  const kernel = gaussian(1 / (4 * d))
  const frame = { centre: new Float64Array(d), precision: 'f32', weightFactor: 1 } as const
  const request = { kind: 'moments', frame, points, kernel, differences: false, vectors: true } as const
  const take = shareTaker({ rows: X, weights: undefined, total: rows, offset: 0 })
  const source = await streamSource(async function* () {
    for (let start = 0; start < rows; start += 1000) yield sliceRows(X, start, Math.min(start + 1000, rows))
  })
  const naive = (): Float64Array => naiveMoments(X, points, kernel.gamma)
  const truth = naive()
  const least = { naive: Infinity, here: Infinity, streamed: Infinity }
  const timed = async (name: keyof typeof least, work: () => unknown): Promise<unknown> => {
    const started = performance.now()
    const value = await work()
    least[name] = Math.min(least[name], performance.now() - started)
    return value
  }
  for (let round = 0; round < 15; round++) {
    if (round % 5 === 0) await timed('naive', naive)
    const here = combine(request, (await timed('here', () => take(request, 0, spanCount(rows)))) as Float64Array[])
    const streamed = combine(request, (await timed('streamed', () => source.shares(request))) as Float64Array[])
    must(
      here.every((value, i) => value === streamed[i] && Math.abs(value - truth[i]) < 1e-4 * rows),
      'the sums are wrong',
    )
  }
  return [
    atLeast(`naive JavaScript / sums in f32, ${rows} × ${d} against ${n}`, least.naive / least.here, 10, ' ×'),
    atMost('streamed sums / the same at hand', least.streamed / least.here, 3, ' ×'),
  ]
}

/** What is counted does not depend on the machine at all. */
const counts = (): Check[] => {
  const given = problem(threeGaussians(1024, 5), 0.5)
  const n = 32
  const kernel = gaussian(given.gamma)
  const embedding = reduce(given.X, { kernel, size: n, seed: 1 })
  const early = reduce(given.X, { kernel, size: n, seed: 1, iterations: 20 })
  const { points, weights, error } = embedding
  const checked = placedError(given, points, weights)
  must(Math.abs(checked - error) < 1e-7, `reduce says error ${error}, but ${checked} when checked`)
  must(
    Math.abs(placedError(given, points, placedWeights(given, points)) - error) < 1e-6,
    'the weights of reduce are not the best for its points',
  )
  const herdedError = herd(given.X, { kernel, size: n, weighted: 'cone' }).error
  const thinnedError = chosenError(given, kernelThinning(given, n, 1))
  let worst = 0
  for (let seed = 0; seed < 40; seed++) {
    const one = program(kinds[seed % 4], 1 + ((seed * 37) % 90), seed)
    for (const constraint of ['simplex', 'cone'] as const) {
      const solved = quadratic({ rows: one.n, columns: one.n, data: one.G }, one.c, { constraint })
      worst = Math.max(worst, residual(one, solved.weights, constraint === 'simplex'))
    }
  }
  return [
    atLeast('herding + QP / reduce, MMD at n = 32', herdedError / error, 3, ' ×'),
    atLeast('kernel thinning / reduce, MMD at n = 32', thinnedError / error, 3, ' ×'),
    atLeast('herding + QP / reduce, MMD after 20 iterations', herdedError / early.error, 2, ' ×'),
    atMost('KKT residual of 80 small programs', worst, 1e-9),
  ]
}

/** Has something been lost? Counts, and ratios inside one run with wide margins: no quiet machine is needed. */
export const run = async (): Promise<Section> => {
  const counted = counts()
  const timed = [...(await speed()), ...(await sums())]
  return {
    title: 'Guard',
    setting: 'Counts, and ratios of least times inside one run.',
    tables: [],
    checks: [
      ...counted,
      ...timed,
      atMost('WASM memory after all of it', core().memory.buffer.byteLength / 2 ** 20, 32, ' MiB'),
    ],
  }
}
