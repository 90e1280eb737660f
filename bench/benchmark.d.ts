declare module 'benchmark' {
  /** The part of Benchmark.js that the benches use; times are seconds. */
  export default class Benchmark {
    constructor(work: () => void, options: { maxTime: number; minTime: number; minSamples: number; initCount: number })
    run(): this
    readonly error?: Error
    readonly stats: { readonly sample: number[] }
  }
}
