import { type Matrix, matrix } from '../../src/base/matrix.js'
import { gram } from '../../src/kernel/gram.js'
import { gaussian } from '../../src/kernel/kernel.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { normals } from '../../src/wasm/scalar.js'
import { spawnEngine } from '../../src/worker/index.js'
import { twentyGaussians } from '../data.js'
import { inTurns, median, ms, ratio, type Timing, type Work } from '../measure/timing.js'
import { faster, numpyGram } from '../peers/numpy.js'
import { startProbe } from '../peers/probe.js'
import { startPeer } from '../peers/python.js'
import { atLeast, digits, must, type Section } from '../report/section.js'

const rows = 2000
const points = 1000
const dimensions = [50, 100, 784]
/** Both cores must be left alone at once for a time that counts: that takes more rounds than one core does, and more for long calls. */
const roundsAt = (d: number): number => (d > 100 ? 80 : 30)

/** Which entries of the first column numpy shows. */
const stride = 97

type Name = 'one' | 'two' | 'here' | 'held' | 'numpy' | 'columns' | 'numpyHeld' | 'columnsHeld'

const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => Array.from(a).every((value, i) => value === b[i])

/** The same rows in memory that threads share. */
const shared = ({ rows, columns, data }: Matrix): Matrix => {
  const copy = new Float32Array(new SharedArrayBuffer(4 * data.length))
  copy.set(data)
  return matrix(copy, rows, columns)
}

/** Wall-clock seconds of asynchronous work, a few times over. */
const repeated =
  (work: () => Promise<unknown>) =>
  async (seconds: number): Promise<number[]> => {
    const samples: number[] = []
    const until = performance.now() + 1000 * seconds
    while (samples.length < 2 || performance.now() < until) {
      const started = performance.now()
      await work()
      samples.push((performance.now() - started) / 1000)
    }
    return samples
  }

/** What do two workers gain, and do they keep up with numpy on one thread? */
export const run = async (): Promise<Section> => {
  const one = await spawnEngine({ workers: 1 })
  const two = await spawnEngine({ workers: 2 })
  const numpy = await startPeer('numpy')
  const probes = [await startProbe(), await startProbe()]
  const rates: number[] = []
  const results: { d: number; times: Partial<Record<Name, Timing>> }[] = []
  for (const d of dimensions) {
    const kernel = gaussian(1 / (2 * d))
    const X = matrix(Float32Array.from(normals(d, rows * d)), rows, d)
    const Z = matrix(Float32Array.from(normals(d + 1, points * d)), points, d)
    const options = { precision: 'f32' } as const
    const truth = gram(X, Z, kernel, options).data
    const split = await two.gram(X, Z, kernel, options)
    must(same(split.data, truth), `two workers give other values at d = ${d}`)
    const out = new Float32Array(new SharedArrayBuffer(rows * points * 4))
    const [sharedX, sharedZ] = [X, Z].map(shared)
    const atHand = () => two.gram(sharedX, sharedZ, kernel, { ...options, out })
    must(same((await atHand()).data, truth), `other values at hand at d = ${d}`)
    const works: Partial<Record<Name, Work>> = {
      one: { elsewhere: repeated(() => one.gram(X, Z, kernel, options)) },
      two: { elsewhere: repeated(() => two.gram(X, Z, kernel, options)) },
      here: { here: () => gram(X, Z, kernel, options) },
      held: { elsewhere: repeated(atHand) },
    }
    if (typeof numpy !== 'string') {
      const { probes, work } = await numpyGram(numpy, X, Z, kernel.gamma, stride)
      for (const value of probes.flatMap((column) => column.map((value, i) => value - truth[i * stride * points]))) {
        must(Math.abs(value) < 1e-5, `numpy has other values at d = ${d}`)
      }
      works.numpy = work('plain')
      works.columns = work('columns')
      works.numpyHeld = work('plain', true)
      works.columnsHeld = work('columns', true)
    }
    // Both cores at once: they may share what one alone has.
    const both = await Promise.all(
      probes.map(async (probe) =>
        typeof probe === 'string' ? Number.NaN : 1 / Math.min(...(await probe.sample(0.5))),
      ),
    )
    rates.push(both[0] + both[1])
    const times = await inTurns(works, { rounds: roundsAt(d), seconds: 0.2 })
    const numpyHeld = faster(times.numpyHeld, times.columnsHeld)
    results.push({ d, times: { ...times, numpy: faster(times.numpy, times.columns), numpyHeld } })
  }
  const X = twentyGaussians(50000, 50, 1, true)
  const options = { kernel: gaussian(1 / 50), size: 100, seed: 1, iterations: 10, measure: false }
  const plain = reduce(X, options)
  const pooled = await two.reduce(X, options)
  must(same(plain.points.data, pooled.points.data), 'a pool of two reduces to other bytes')
  const reduction = await inTurns<'one' | 'two'>(
    {
      one: { elsewhere: repeated(() => one.reduce(X, options)) },
      two: { elsewhere: repeated(() => two.reduce(X, options)) },
    },
    { rounds: 3, seconds: 0 },
  )
  await one.close()
  await two.close()
  if (typeof numpy !== 'string') numpy.close()
  for (const probe of probes) if (typeof probe !== 'string') probe.close()
  const limit = Math.max(...rates)
  const operations = (d: number): number => 2 * rows * points * d
  const text = (time?: Timing): string => (time ? `${ms(time.median)} (${ms(time.least)})` : 'not measured')
  const over = (a?: Timing, b?: Timing): number => (a && b ? a.least / b.least : Number.NaN)
  const level = ({ numpy, two }: Partial<Record<Name, Timing>>): number => over(numpy, two)
  const levelHeld = ({ numpyHeld, held }: Partial<Record<Name, Timing>>): number => over(numpyHeld, held)
  return {
    title: 'Two workers',
    setting: `Gram matrix ${rows} × ${points}, f32, exp included, by one call of \`engine.gram\`, which shares the rows out; arguments and results of two workers lie in shared memory: copied there and back by the call, or, as numpy has its arrays at hand, kept there by the caller; and a reduction of 50000 × 50 rows to 100 points, 10 iterations, whose bytes are the same for any pool.`,
    tables: [
      {
        caption: 'Milliseconds, median (least)',
        head: [
          '',
          'no worker',
          'one worker',
          'two workers',
          'gain',
          'numpy, one thread, the faster way',
          'numpy / two workers, least times',
          'two workers, from and into shared memory at hand',
          'numpy, from and into arrays at hand',
          'numpy / two workers',
          'limit of two cores, dot products alone',
          'of it numpy needs',
        ],
        rows: [
          ...results.map(({ d, times }) => [
            `gram, d = ${d}`,
            text(times.here),
            text(times.one),
            text(times.two),
            `${digits(ratio(times.one, times.two))} ×`,
            text(times.numpy),
            digits(level(times)),
            text(times.held),
            text(times.numpyHeld),
            digits(levelHeld(times)),
            ms(operations(d) / limit),
            `${digits((100 * operations(d)) / limit / (times.numpy?.least ?? Number.NaN))} %`,
          ]),
          [
            'reduce',
            '–',
            text(reduction.one),
            text(reduction.two),
            `${digits(ratio(reduction.one, reduction.two))} ×`,
            ...Array(7).fill('–'),
          ],
        ],
      },
    ],
    checks: results.flatMap(({ d, times }) => [
      atLeast(`gram, d = ${d}: numpy on one thread / two workers, fresh results`, level(times), 1, ' ×'),
      atLeast(`gram, d = ${d}: the same, all in memory at hand`, levelHeld(times), 1, ' ×'),
    ]),
    notes: [
      `Two probes at once (bench/probe.c) multiply and add at ${digits(1e-9 * limit)} GF; numpy makes ${results.map(({ d, times }) => `${digits((1e-9 * operations(d)) / (times.numpy?.least ?? Number.NaN))} GF at d = ${d}`).join(', ')}, exp included, with 256-bit fused multiply-adds, of which a core does as many operations as both do in 128 bits. To be level two workers need the share of the limit in the last column, exp, arguments, copies and fresh results included; the Gram of one thread alone reaches the share that \`bench -- gram\` shows.`,
      `The median over rounds of numpy / two workers: ${results.map(({ d, times }) => `${digits(ratio(times.numpy, times.two))} at d = ${d}`).join(', ')}; of all: ${digits(median(results.map(({ times }) => ratio(times.numpy, times.two))))}.`,
      ...(typeof numpy === 'string'
        ? [numpy]
        : [
            `numpy ${numpy.versions.numpy} (${numpy.versions.blas}): the faster of two ways, four passes over the product or the norms as two more columns of it.`,
          ]),
    ],
  }
}
