import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Matrix, matrix, sliceRows } from '../../src/base/matrix.js'
import { gaussian } from '../../src/kernel/kernel.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { reduceStream } from '../../src/rkme/reduce/stream.js'
import { combine, spanRows } from '../../src/rkme/rows/request.js'
import { shareTaker } from '../../src/rkme/rows/share.js'
import { streamSource } from '../../src/rkme/rows/stream-source.js'
import { core } from '../../src/wasm/instance.js'
import { normals } from '../../src/wasm/scalar.js'
import { bundle } from '../bundle.js'
import { median } from '../measure/timing.js'
import { startProbe, startProgram } from '../peers/probe.js'
import { atMost, digits, must, type Section } from '../report/section.js'

const d = 20
const n = 100
const gamma = 1 / (4 * d)
const blockRows = 8192
const noise = Float32Array.from(normals(1, blockRows * d))

/** Rows made as they are read: the same noise in every block, moved a little from block to block. */
const generated = (rows: number) =>
  async function* (): AsyncGenerator<Matrix> {
    for (let start = 0; start < rows; start += blockRows) {
      const count = Math.min(blockRows, rows - start)
      const data = new Float32Array(count * d)
      const move = 0.1 * ((start / blockRows) % 7)
      for (let i = 0; i < data.length; i++) data[i] = noise[i] + move
      yield { rows: count, columns: d, data }
    }
  }

/**
 * The same rows, made once: a block is handed out again and again, and what is timed is what the stream does with it. `least` keeps
 * the least seconds of every block, from when it is handed out until the next is asked for.
 */
const kept = (rows: number, least: number[]) => {
  const blocks = Array.from({ length: 7 }, (_, move) => noise.map((value) => value + 0.1 * move))
  return async function* (): AsyncGenerator<Matrix> {
    for (let start = 0; start < rows; start += blockRows) {
      const count = Math.min(blockRows, rows - start)
      const block = start / blockRows
      const data = blocks[block % 7].subarray(0, count * d)
      const started = performance.now()
      yield { rows: count, columns: d, data }
      least[block] = Math.min(least[block] ?? Infinity, (performance.now() - started) / 1000)
    }
  }
}

// Vector instructions for four values of the kernel, read off the routines: dot products (2d), the squared distance from them (2
// and a maximum), the factor, exp (17: rounding 3, a shift, the polynomial 13 with 2^n; these rows are near), the sum, Σ k x (2d).
const instructions = 2 * d + 3 + 1 + 17 + 1 + 2 * d

const mebibytes = (bytes: number): number => bytes / 2 ** 20

interface Peak {
  readonly rows: number
  readonly seconds: number
  /** The most memory that the process had at any time. */
  readonly resident: number
  readonly wasm: number
  readonly readings: number
}

/** Reduces a stream by the default call in a process of its own. */
const peakOf = async (rows: number): Promise<Peak> => {
  const script = `import { reduceStream } from './src/rkme/reduce/stream.ts'
import { gaussian } from './src/kernel/kernel.ts'
import { core } from './src/wasm/instance.ts'
import { normals } from './src/wasm/scalar.ts'
const noise = Float32Array.from(normals(1, ${blockRows * d}))
let readings = 0
const open = async function* () {
  readings++
  for (let start = 0; start < ${rows}; start += ${blockRows}) {
    const count = Math.min(${blockRows}, ${rows} - start)
    yield { rows: count, columns: ${d}, data: noise.subarray(0, count * ${d}) }
  }
}
const started = performance.now()
const { points } = await reduceStream(open, { kernel: gaussian(${gamma}), size: 16, seed: 1 })
if (points.rows === 0) throw new Error('no points came out of the stream')
console.log(JSON.stringify({
  rows: ${rows},
  seconds: (performance.now() - started) / 1000,
  resident: process.resourceUsage().maxRSS / 1024,
  wasm: core().memory.buffer.byteLength / 2 ** 20,
  readings,
}))`
  const outfile = join(process.cwd(), 'build/bench/stream-peak.mjs')
  await bundle(script, process.cwd(), outfile)
  const { stdout, status, stderr } = spawnSync(process.execPath, [outfile], { encoding: 'utf8' })
  must(status === 0, `the process that streams ${rows} rows failed: ${stderr}`)
  return JSON.parse(stdout)
}

/** The default call, beside as many steps on all rows as there were, in memory. */
const beside = async () => {
  const rows = 200_000
  const heaps = normals(5, 8 * d)
  const X = matrix(
    Float32Array.from(normals(6, rows * d), (value, i) => 0.7 * value + heaps[((i / d) & 7) * d + (i % d)]),
    rows,
    d,
  )
  let readings = 0
  const open = async function* () {
    readings++
    for (let start = 0; start < rows; start += blockRows) yield sliceRows(X, start, Math.min(start + blockRows, rows))
  }
  const timed = async <T>(work: () => T | Promise<T>): Promise<{ value: T; seconds: number }> => {
    const started = performance.now()
    return { value: await work(), seconds: (performance.now() - started) / 1000 }
  }
  const options = { kernel: gaussian(gamma), size: n, seed: 1 }
  const streamed = await timed(() => reduceStream(open, options))
  const here = await timed(() => reduce(X, options))
  must(
    here.value.weights.every((weight, j) => weight === streamed.value.weights[j]),
    'a stream and a matrix have other weights',
  )
  // Weights that are all alike keep a reduction from holding some rows for all: the steps read all of them.
  const all = await timed(() => reduce(X, { ...options, rowWeights: new Float32Array(rows).fill(1) }))
  return { rows, readings, streamed, here, all }
}

/** A pass is a hundred times as long as a sample of the probe: it takes many for one that nothing disturbs. */
const rounds = 40

/** What do the sums over a stream of rows cost, in time and in memory? */
export const run = async (): Promise<Section> => {
  const rows = 1_000_000
  const runs = [await peakOf(rows), await peakOf(10 * rows)]
  const leastOfBlocks: number[] = []
  const source = await streamSource(kept(rows, leastOfBlocks))
  // Reading them for the first time is not summing.
  leastOfBlocks.length = 0
  const making = await streamSource(generated(rows))
  const centre = new Float64Array(d)
  const points = { rows: n, columns: d, data: Float32Array.from(normals(2, n * d)) }
  const frame = { centre, precision: 'f32', weightFactor: 1 } as const
  const request = {
    kind: 'moments',
    frame,
    points,
    kernel: gaussian(gamma),
    differences: false,
    vectors: true,
  } as const
  const probe = await startProbe()
  const fused = await startProgram('fused', true)
  const span = spanRows(rows)
  const one = { rows: span, columns: d, data: Float32Array.from(normals(3, span * d)) }
  const take = shareTaker({ rows: one, weights: undefined, total: rows, offset: 0 })
  const passes: number[] = []
  const here: number[] = []
  const made: number[] = []
  const inC: number[] = []
  const limits: number[] = []
  let sums = new Float64Array(0)
  for (let round = 0; round < rounds; round++) {
    // One multiply-add of the probe is two instructions and eight operations.
    if (typeof probe !== 'string') limits.push(4 * Math.min(...(await probe.sample(0.3))))
    let started = performance.now()
    sums = combine(request, await source.shares(request)) as Float64Array<ArrayBuffer>
    passes.push((performance.now() - started) / 1000)
    if (round % 5 === 0) {
      started = performance.now()
      const passed = combine(request, await making.shares(request))
      made.push((performance.now() - started) / 1000)
      must(
        sums.every((value, i) => value === passed[i]),
        'rows made once and rows made anew have other sums',
      )
    }
    if (typeof fused !== 'string') {
      const { rows: some } = fused.first as { rows: number }
      inC.push((Math.min(...(await fused.sample(0.3))) * rows) / some)
    }
    started = performance.now()
    for (let start = 0; start < rows; start += span) take(request, 0, 1)
    here.push(((performance.now() - started) / 1000) * (rows / span / Math.ceil(rows / span)))
  }
  if (typeof probe !== 'string') probe.close()
  if (typeof fused !== 'string') fused.close()
  let some = 0
  for await (const { rows: count, data } of generated(rows)()) {
    for (let i = 0; i < count; i += 1) {
      let square = 0
      for (let k = 0; k < d; k++) square += (data[i * d + k] - points.data[k]) ** 2
      some += Math.exp(-gamma * square)
    }
  }
  must(Math.abs(sums[0] / some - 1) < 1e-5, `S_0 is ${sums[0]}, expected ${some}`)
  const wasm = mebibytes(core().memory.buffer.byteLength)
  const { readings, streamed, here: whole, all, rows: compared } = await beside()
  const limit = limits.length > 0 ? (Math.min(...limits) * instructions * rows * n) / 4 : Number.NaN
  const least = Math.min(...passes)
  const best = Math.min(...inC)
  const byBlocks = leastOfBlocks.reduce((sum, seconds) => sum + seconds, 0)
  return {
    title: 'Streaming: sums over rows that are never all in memory',
    setting: `${rows} × ${d} rows, f32, in blocks of ${blockRows}, against n = ${n} points: S = Σ k and V = Σ k·x. The first entry of S is compared with plain JavaScript.`,
    tables: [
      {
        head: ['', 'seconds, median (least)'],
        rows: [
          ['streamed sums', `${digits(median(passes))} (${digits(least)})`],
          [
            'the same sums over rows at hand, already centred',
            `${digits(median(here))} (${digits(Math.min(...here))})`,
          ],
          [
            'the same streamed from a generator that makes every row anew',
            `${digits(median(made))} (${digits(Math.min(...made))})`,
          ],
          ['bench/fused.c: the same steps in C, rows at hand', `${digits(median(inC))} (${digits(best)})`],
          [`arithmetic limit: ${instructions} vector instructions for 4 values at the probe's rate`, digits(limit)],
        ],
      },
      {
        caption:
          '`reduceStream` to 16 points by the default call, in a process of its own; the rows are read out of one block',
        head: ['rows', 'seconds', 'readings', 'peak resident memory of the process: MiB', 'WASM memory: MiB'],
        rows: runs.map((one) => [
          String(one.rows),
          digits(one.seconds),
          String(one.readings),
          digits(one.resident),
          digits(one.wasm),
        ]),
      },
      {
        caption: `The default call on ${compared} × ${d} rows of eight heaps to ${n} points`,
        head: ['', 'seconds', 'error'],
        rows: [
          [`\`reduceStream\`, ${readings} readings`, digits(streamed.seconds), digits(streamed.value.error, 4)],
          ['`reduce`, the same bytes', digits(whole.seconds), digits(whole.value.error, 4)],
          ['`reduce`, every step on all rows', digits(all.seconds), digits(all.value.error, 4)],
        ],
      },
    ],
    checks: [
      atMost('streamed sums / arithmetic limit, least times', least / limit, 1.5, ' ×'),
      atMost('the sums over rows at hand / arithmetic limit', Math.min(...here) / limit, 1.5, ' ×'),
      atMost('streamed sums / sums over rows at hand', least / Math.min(...here), 1.25, ' ×'),
      atMost('WASM memory at 1e6 rows', wasm, 16, ' MiB'),
      atMost(
        'peak of the process at 1e7 rows beyond that at 1e6 rows',
        runs[1].resident - runs[0].resident,
        16,
        ' MiB',
      ),
      atMost('readings of the default call', Math.max(readings, ...runs.map((one) => one.readings)), 10),
      atMost('its error / that of every step on all rows', streamed.value.error / all.value.error, 1.05, ' ×'),
      atMost('WASM memory at 1e7 rows', runs[1].wasm, 16, ' MiB'),
    ],
    notes: [
      `bench/fused.c, compiled for 128-bit instructions without fused multiply-add, takes ${digits(best / limit)} times the limit for the same steps over rows at hand, ours ${digits(Math.min(...here) / best)} times that: so much of it is the engine's.`,
      `A pass takes a hundred times as long as a sample of the probe and meets whatever else the machine does meanwhile. Block by block, the least times of all passes add up to ${digits(byBlocks / limit)} times the limit.`,
      'What makes the rows is the reader’s own: the blocks of the first line are made before. The limit counts arithmetic alone: loads, stores, addresses and loops come on top. Rows pass through the core in parts of at most 2¹⁸ numbers, so that its memory does not grow with their number.',
      ...(typeof probe === 'string' ? [probe] : []),
    ],
  }
}
