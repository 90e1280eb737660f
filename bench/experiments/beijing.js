import { beijing } from './beijing/island.js'
import { free, freeRatio, line, oracle, softAgainstHard } from './compare/report.js'
import { runReport } from './compare/run.js'

/** Beijing: a third set, on which nothing was tuned. */
export const run = () =>
  runReport({
    island: beijing,
    module: '../beijing/island.js',
    recent: [10, 30, 100, 200],
    figures: (results) => [
      line('mixture (the default) / oracle best single', results, freeRatio(free('mixture'), oracle)),
      line('mixture (the default) / best-1', results, freeRatio(free('mixture'), free('best-1'))),
      softAgainstHard(results),
    ],
  })
