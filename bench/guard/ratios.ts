import { matrix, sliceRows } from '../../src/base/matrix.js'
import { gram } from '../../src/kernel/gram.js'
import { gaussian } from '../../src/kernel/kernel.js'
import { quadratic } from '../../src/qp/quadratic.js'
import { embed, mmd } from '../../src/rkme/mmd.js'
import { combine, type SumRequest, spanCount } from '../../src/rkme/rows/request.js'
import { shareTaker } from '../../src/rkme/rows/share.js'
import { streamSource } from '../../src/rkme/rows/stream-source.js'
import { normals } from '../../src/wasm/scalar.js'
import { naiveGram, naiveMoments } from '../core/baselines/grams.js'
import { kernelProgram } from '../core/baselines/programs.js'
import { atLeast, atMost, type Check, must } from '../report/section.js'

/**
 * Least times of some works in turns, a call each time, until each has had so many: a call that nothing disturbed is short
 * enough to come by also on a busy machine. What is slow takes fewer turns.
 */
const leastTimes = async <K extends string>(
  works: Readonly<Record<K, () => unknown>>,
  turns: number,
  slow: readonly NoInfer<K>[],
): Promise<Record<K, number>> => {
  const names = Object.keys(works) as K[]
  const least = Object.fromEntries(names.map((name) => [name, Infinity])) as Record<K, number>
  for (let turn = 0; turn < turns; turn++) {
    for (const name of names) {
      if (slow.includes(name) && turn % 8 > 0) continue
      const started = performance.now()
      await works[name]()
      least[name] = Math.min(least[name], performance.now() - started)
    }
  }
  return least
}

const matrixOf = (rows: number, d: number, seed: number) => matrix(Float32Array.from(normals(seed, rows * d)), rows, d)

const matrices = async (): Promise<Check[]> => {
  const [n, d] = [300, 100]
  const [X, Z] = [matrixOf(n, d, 1), matrixOf(n, d, 2)]
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
  const weights = kernelProgram(200, 3)
  const G = { rows: 200, columns: 200, data: weights.G }
  const [a, b] = [1, 2].map((seed) => embed(matrixOf(50, 50, seed), gaussian(1 / 200)))
  const pairs = naiveGram(a.points, b.points, 1 / 200)
  const least = await leastTimes(
    {
      naive,
      f32: () => gram(X, Z, kernel, { precision: 'f32' }),
      f64: () => gram(X, Z, kernel),
      pairs,
      mmd: () => mmd(a, b),
      // n³/3 plain operations: what one Cholesky factorisation of the whole problem would take at least.
      cube: () => {
        let sum = 0
        for (let r = 0; r < 67; r++) for (let i = 0; i < G.data.length; i++) sum += G.data[i] * r
        return sum
      },
      quadratic: () => quadratic(G, weights.c),
    },
    160,
    ['naive'],
  )
  return [
    atLeast(`naive JavaScript / gram f32, ${n} × ${n} × ${d}`, least.naive / least.f32, 22, ' ×'),
    atLeast('naive JavaScript / gram f64', least.naive / least.f64, 11, ' ×'),
    atLeast('a naive Gram matrix / mmd (three of them), 50 × 50 × 50', least.pairs / least.mmd, 2, ' ×'),
    atLeast('n³/3 plain operations / quadratic, n = 200', least.cube / least.quadratic, 0.45, ' ×'),
  ]
}

/** Sums over rows against plain JavaScript, and rows from a stream against the same rows at hand. */
const sums = async (): Promise<Check[]> => {
  const [rows, n, d] = [8192, 64, 20]
  const X = matrixOf(rows, d, 4)
  const points = matrixOf(n, d, 5)
  const kernel = gaussian(1 / (4 * d))
  const wanted = (precision: 'f32' | 'f64'): SumRequest => {
    const frame = { centre: new Float64Array(d), precision, weightFactor: 1 }
    const data = precision === 'f32' ? points.data : Float64Array.from(points.data)
    return { kind: 'moments', frame, points: { ...points, data }, kernel, differences: false, vectors: true }
  }
  const holding = { rows: X, weights: undefined, total: rows, offset: 0 }
  const [take, takeWide] = [shareTaker(holding), shareTaker(holding)]
  const [f32, f64] = [wanted('f32'), wanted('f64')]
  const blocks = async function* () {
    for (let start = 0; start < rows; start += 1000) yield sliceRows(X, start, Math.min(start + 1000, rows))
  }
  const source = await streamSource(blocks, { kept: 0 })
  const works = {
    naive: () => naiveMoments(X, points, kernel.gamma),
    here: () => combine(f32, take(f32, 0, spanCount(rows))),
    wide: () => combine(f64, takeWide(f64, 0, spanCount(rows))),
    streamed: async () => combine(f32, [...(await source.shares(f32))]),
  }
  const [truth, here, wide, streamed] = [works.naive(), works.here(), works.wide(), await works.streamed()]
  must(
    here.every((value, i) => value === streamed[i] && Math.abs(value - truth[i]) < 1e-4 * rows),
    'the sums in f32 are wrong',
  )
  must(
    wide.every((value, i) => Math.abs(value - truth[i]) < 1e-10 * rows),
    'the sums in f64 are wrong',
  )
  const least = await leastTimes(works, 96, ['naive'])
  return [
    atLeast(`naive JavaScript / sums in f32, ${rows} × ${d} against ${n}`, least.naive / least.here, 20, ' ×'),
    atLeast('naive JavaScript / sums in f64', least.naive / least.wide, 8, ' ×'),
    atMost('streamed sums / the same at hand', least.streamed / least.here, 1.8, ' ×'),
  ]
}

/** What must not be lost of speed, by ratios inside this one run; a limit is a third of what was measured where nothing else ran. */
export const ratios = async (): Promise<Check[]> => [...(await matrices()), ...(await sums())]
