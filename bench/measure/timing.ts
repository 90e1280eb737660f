import Benchmark from 'benchmark'

/** Seconds of one call: what Benchmark.js sampled, over all rounds. */
export interface Timing {
  readonly median: number
  readonly least: number
  /** The median of each round (NaN where it took no part), so that what ran in the same round can be compared. */
  readonly rounds: readonly number[]
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

// What was computed last: kept, or an engine may leave the work out.
const kept: { value?: unknown } = {}

const sample = (work: () => unknown, seconds: number): number[] => {
  const bench = new Benchmark(
    () => {
      kept.value = work()
    },
    { maxTime: seconds, minTime: Math.min(0.05, seconds), minSamples: 1, initCount: 1 },
  ).run()
  if (bench.error) throw bench.error
  return bench.stats.sample
}

/** Something to time: work of this thread, or of another process that says itself how many seconds a call took. */
export type Work = (
  | { readonly here: () => unknown }
  | { readonly elsewhere: (seconds: number) => Promise<number[]> }
) & {
  /** Slow work takes part in every third round only, with one call. */
  readonly slow?: boolean
}

/**
 * Times several works in turns, A B C A B C …, with Benchmark.js: a machine that slows down for a while slows all of them.
 */
export const inTurns = async <K extends string>(
  works: Readonly<Partial<Record<K, Work>>>,
  { rounds = 5, seconds = 0.25 } = {},
): Promise<Partial<Record<K, Timing>>> => {
  const samples = new Map<K, number[][]>()
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(works) as [K, Work][]) {
      if (work.slow && round % 3 > 0) {
        samples.set(name, [...(samples.get(name) ?? []), []])
        continue
      }
      let taken: number[]
      if ('elsewhere' in work) taken = await work.elsewhere(seconds)
      else taken = work.slow ? [once(work.here).seconds] : sample(work.here, seconds)
      samples.set(name, [...(samples.get(name) ?? []), taken])
    }
  }
  const result: Partial<Record<K, Timing>> = {}
  for (const [name, taken] of samples) {
    const every = taken.flat()
    result[name] = {
      median: median(every),
      least: Math.min(...every),
      rounds: taken.map((some) => (some.length > 0 ? median(some) : Number.NaN)),
    }
  }
  return result
}

/** How many times faster b is than a: the median over rounds of a's time divided by b's. NaN where one was not timed. */
export const ratio = (a: Timing | undefined, b: Timing | undefined): number =>
  a && b ? median(a.rounds.map((time, i) => time / b.rounds[i]).filter((value) => value > 0)) : Number.NaN

/** Seconds of one call, for work too long to repeat. */
export const once = <T>(work: () => T): { seconds: number; value: T } => {
  const started = performance.now()
  const value = work()
  return { seconds: (performance.now() - started) / 1000, value }
}

/** Milliseconds as text. */
export const ms = (seconds: number | undefined): string =>
  seconds === undefined
    ? '–'
    : (seconds * 1000).toLocaleString('en', { maximumSignificantDigits: 3, useGrouping: false })
