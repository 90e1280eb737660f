import { gaussian } from '../../src/kernel/kernel.js'
import { type ReduceOptions, reduce } from '../../src/rkme/reduce/reduce.js'
import { type Engine, spawnEngine } from '../../src/worker/index.js'
import { source } from '../../src/worker/source.js'
import { twentyGaussians } from '../data.js'
import { inTurns, ms, ratio, type Timing, type Work } from '../measure/timing.js'
import { atLeast, digits, must, type Section } from '../report/section.js'

interface Size {
  readonly rows: number
  readonly columns: number
  readonly options: ReduceOptions
  /** What two workers are to gain. */
  readonly wanted: number
}

const sizes: readonly Size[] = [
  { rows: 500, columns: 10, options: { size: 16 }, wanted: 0.95 },
  { rows: 2000, columns: 50, options: { size: 40 }, wanted: 0.95 },
  { rows: 5000, columns: 20, options: { size: 50 }, wanted: 1.2 },
  { rows: 50_000, columns: 50, options: { size: 100, iterations: 10, measure: false }, wanted: 1.7 },
  { rows: 100_000, columns: 20, options: { size: 40 }, wanted: 1.7 },
]

type Name = 'one' | 'two' | 'apart'

/** One call, in seconds. */
const call = (work: () => Promise<unknown>) => async (): Promise<number[]> => {
  const started = performance.now()
  await work()
  return [(performance.now() - started) / 1000]
}

/** What do two workers gain for reductions, from few rows to very many? */
export const run = async (): Promise<Section> => {
  const apart = `data:text/javascript,${encodeURIComponent(`globalThis.SharedArrayBuffer = undefined; ${source}`)}`
  const engines: Readonly<Record<Name, Engine>> = {
    one: await spawnEngine({ workers: 1 }),
    two: await spawnEngine({ workers: 2 }),
    apart: await spawnEngine({ workers: 2, url: apart }),
  }
  const names = Object.keys(engines) as Name[]
  const results: { size: Size; times: Partial<Record<Name, Timing>> }[] = []
  for (const size of sizes) {
    const X = twentyGaussians(size.rows, size.columns, 1, true)
    const options = { kernel: gaussian(1 / size.columns), seed: 1, ...size.options }
    const slow = size.rows > 50_000
    const plain = reduce(X, options)
    for (const name of names) {
      const { points, weights } = await engines[name].reduce(X, options)
      must(
        points.data.every((value, i) => value === plain.points.data[i]) &&
          weights.every((value, i) => value === plain.weights[i]),
        `${name}: other bytes at ${size.rows} rows`,
      )
    }
    const works = Object.fromEntries(
      names.map((name): [Name, Work] => [name, { elsewhere: call(() => engines[name].reduce(X, options)), slow }]),
    )
    results.push({ size, times: await inTurns<Name>(works, { rounds: size.rows < 1000 ? 60 : slow ? 4 : 7 }) })
  }
  for (const engine of Object.values(engines)) await engine.close()
  const text = (time?: Timing): string => (time ? `${ms(time.median)} (${ms(time.least)})` : 'not measured')
  const gain = ({ one }: Partial<Record<Name, Timing>>, two?: Timing): string =>
    `${digits(ratio(one, two))} × (${digits((one?.least ?? Number.NaN) / (two?.least ?? Number.NaN))})`
  const nameOf = ({ rows, columns, options }: Size): string => `${rows} × ${columns} rows to ${options.size} points`
  return {
    title: 'Reductions on two workers',
    setting:
      'Reductions by `engine.reduce` with one worker and with two, in turns; the gain is the middle one of those of single rounds. Two workers share memory, as in Node and in isolated pages, or send messages only, as in other pages. All bytes are those of one thread.',
    tables: [
      {
        caption: 'Milliseconds, median (least)',
        head: [
          '',
          'one worker',
          'two workers',
          'gain (of least times)',
          'two workers, by messages',
          'gain (of least times)',
        ],
        rows: results.map(({ size, times }) => [
          nameOf(size),
          text(times.one),
          text(times.two),
          gain(times, times.two),
          text(times.apart),
          gain(times, times.apart),
        ]),
      },
    ],
    checks: results.flatMap(({ size, times }) => [
      atLeast(`${nameOf(size)}: gain`, ratio(times.one, times.two), size.wanted, ' ×'),
      atLeast(`${nameOf(size)}: gain by messages`, ratio(times.one, times.apart), Math.min(size.wanted, 1.5), ' ×'),
    ]),
    notes: [
      'What two workers cannot share: the steps between two requests (weights, gradient, L-BFGS), the pilot, and copying and checking the rows, about a tenth of one worker’s time at 50000 × 50.',
      'At 65,536 rows and more the descent runs on 32,768 rows that stand for all; their sums are shared like those of all rows.',
    ],
  }
}
