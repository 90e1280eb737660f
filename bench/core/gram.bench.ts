import { matrix } from '../../src/base/matrix.js'
import { gram } from '../../src/kernel/gram.js'
import { gaussian } from '../../src/kernel/kernel.js'
import { normals } from '../../src/wasm/scalar.js'
import { inTurns, median, ms, ratio, type Timing, type Work } from '../measure/timing.js'
import { npmPeers, peerFolder } from '../peers/npm.js'
import { numpyGram } from '../peers/numpy.js'
import { startProbe } from '../peers/probe.js'
import { startPeer } from '../peers/python.js'
import { atLeast, digits, must, type Section } from '../report/section.js'
import { coreGram, mlMatrixGram, naiveGram, scalarGram, tensorflowGram } from './baselines/grams.js'

const rows = 1000
const points = 1000
const dimensions = [10, 50, 100, 784]
const stride = 97
/** A time counts where the core was left alone: that takes some. */
const rounds = 12

const names = {
  f32: 'gram, f32',
  out: 'gram, f32, into an array at hand',
  core: 'its core routines alone, f32',
  f64: 'gram, f64',
  tfjs: 'tfjs-backend-wasm, SIMD, f32',
  numpy: 'numpy, one thread, f32',
  columns: 'numpy, one thread, f32, norms as two more columns',
  scalar: 'scalar WASM, f32',
  naive: 'naive JavaScript',
  ml: 'ml-matrix, f64',
} as const

type Name = keyof typeof names | 'probe'

/** How fast is a Gram matrix, exp included, against the limit of the core and against the peers? One thread each. */
export const run = async (): Promise<Section> => {
  const probe = await startProbe()
  const numpy = await startPeer('numpy')
  const require = npmPeers()
  const tf =
    typeof require === 'string'
      ? undefined
      : await tensorflowGram(require, peerFolder('@tensorflow/tfjs-backend-wasm/dist'))
  const results: { d: number; times: Partial<Record<Name, Timing>> }[] = []
  for (const d of dimensions) {
    const gamma = 1 / (2 * d)
    const X = matrix(Float32Array.from(normals(d, rows * d)), rows, d)
    const Z = matrix(Float32Array.from(normals(d + 1, points * d)), points, d)
    const out = new Float32Array(rows * points)
    const here: Partial<Record<Name, () => ArrayLike<number>>> = {
      f32: () => gram(X, Z, gaussian(gamma), { precision: 'f32' }).data,
      out: () => gram(X, Z, gaussian(gamma), { precision: 'f32', out }).data,
      core: coreGram(X, Z, gamma),
      f64: () => gram(X, Z, gaussian(gamma), { precision: 'f64' }).data,
      ...(tf && { tfjs: tf.gramOf(X, Z, gamma) }),
      scalar: scalarGram(X, Z, gamma),
      naive: naiveGram(X, Z, gamma),
      ...(typeof require !== 'string' && { ml: mlMatrixGram(require, X, Z, gamma) }),
    }
    const truth = naiveGram(X, Z, gamma)()
    const right = (name: string, at: number, value: number): void =>
      must(Math.abs(value - truth[at]) < 1e-5, `${name} at d = ${d}: entry ${at} is ${value}, expected ${truth[at]}`)
    for (const [name, work] of Object.entries(here)) {
      const K = work()
      for (let at = 0; at < truth.length; at += stride) right(name, at, K[at])
    }
    const works: Partial<Record<Name, Work>> = {}
    if (typeof probe !== 'string') works.probe = { elsewhere: (seconds) => probe.sample(seconds) }
    for (const [name, work] of Object.entries(here))
      works[name as Name] = { here: work, slow: ['scalar', 'naive', 'ml'].includes(name) }
    if (typeof numpy !== 'string') {
      const { probes, work } = await numpyGram(numpy, X, Z, gamma, stride)
      for (const column of probes) {
        column.forEach((value, i) => {
          right('numpy', i * stride * points, value)
        })
      }
      works.numpy = work('plain')
      works.columns = work('columns')
    }
    results.push({ d, times: await inTurns(works, { rounds, seconds: 0.2 }) })
    ;(here.core as ReturnType<typeof coreGram>).release()
  }
  if (typeof probe !== 'string') probe.close()
  if (typeof numpy !== 'string') numpy.close()

  const at = (d: number) => results.find((result) => result.d === d)?.times ?? {}
  const operations = (d: number): number => 2 * rows * points * d
  /** The share of the limit that the dot products alone make up, least time against least time. */
  const share = (d: number, name: Name): number => {
    const { probe: limit, [name]: time } = at(d)
    return limit && time ? (operations(d) * limit.least) / time.least : Number.NaN
  }
  const shareInTurns = (d: number, name: Name): number => operations(d) * ratio(at(d).probe, at(d)[name])
  for (const d of dimensions) must(!(share(d, 'core') > 1), `the Gram beats the probe at d = ${d}: the run is invalid`)
  const peak = Math.min(...results.map(({ times }) => times.probe?.least ?? Number.NaN))
  const middle = median(results.map(({ times }) => times.probe?.median ?? Number.NaN))
  return {
    title: 'Gram matrices: speed',
    setting: `Gaussian kernel, ${rows} × ${points} values, exp included, standard normal rows; entries compared with naive f64 JavaScript before timing. In turns, ${rounds} rounds. \`gram\` and the peers go from typed array to typed array; "its core routines alone" start from rows and points in panels, both in WASM memory, and leave the values there: the packing and the filling that \`gram\` does, tile by tile. A fresh result of 4 MB costs the system a page for every 4 KB; "into an array at hand" is the same call with \`out\`.`,
    tables: [
      {
        caption: 'Milliseconds, median (least)',
        head: ['', ...dimensions.map((d) => `d = ${d}`)],
        rows: Object.entries(names).map(([name, title]) => [
          title,
          ...results.map(({ times }) => {
            const time = times[name as Name]
            return time ? `${ms(time.median)} (${ms(time.least)})` : 'not measured'
          }),
        ]),
      },
      {
        caption: `Share of the multiply-add limit (2·m·n·d operations; probe: ${digits(1e-9 / peak)} GF at its best, ${digits(1e-9 / middle)} GF in the median)`,
        head: ['', ...dimensions.map((d) => `d = ${d}`)],
        rows: (['out', 'f32', 'core'] as const).flatMap((name) => [
          [`${names[name]}, least times`, ...dimensions.map((d) => `${digits(100 * share(d, name))} %`)],
          [`${names[name]}, median of rounds`, ...dimensions.map((d) => `${digits(100 * shareInTurns(d, name))} %`)],
        ]),
      },
    ],
    checks: [
      ...(['out', 'f32', 'core'] as const).flatMap((name) =>
        ([784, 100] as const).map((d) =>
          atLeast(`d = ${d}: ${names[name]}, share of the limit`, 100 * share(d, name), d === 784 ? 80 : 60, ' %'),
        ),
      ),
      atLeast('d = 100: tfjs-backend-wasm / gram, f32', ratio(at(100).tfjs, at(100).f32), 2.5, ' ×'),
      ...dimensions
        .slice(1)
        .map((d) => atLeast(`d = ${d}: naive JavaScript / gram, f32`, ratio(at(d).naive, at(d).f32), 30, ' ×')),
    ],
    plots: [
      {
        name: 'gram',
        title: `Gram matrix ${rows} × ${points}: operations of the dot products a second`,
        x: 'd',
        y: 'GF',
        points: Object.entries(names).flatMap(([name, line]) =>
          results.flatMap(({ d, times }) => {
            const time = times[name as Name]
            return time ? [{ line, x: d, y: (operations(d) * 1e-9) / time.least }] : []
          }),
        ),
      },
    ],
    notes: [
      'The probe multiplies and adds in 12 accumulators of four f32, compiled for AVX without fused multiply-add: what WASM SIMD can do. A run in which the Gram beats it is invalid and ends with an error.',
      'From 256 columns on `gram` multiplies an eighth less than 2·m·n·d counts (one level of Strassen), so that its share at d = 784 is of what products one by one could reach at most; the core routines alone are measured without that.',
      `tfjs-backend-wasm: SIMD ${tf ? (tf.simd ? 'on' : 'off') : 'not measured'}. ${typeof numpy === 'string' ? numpy : `numpy ${numpy.versions.numpy} (${numpy.versions.blas}) may use fused and wider instructions that WASM does not have.`}`,
      ...[probe, require].filter((one) => typeof one === 'string'),
    ],
  }
}
