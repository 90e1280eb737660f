import { sales } from '../../examples/sales/island.js'
import { free, freeRatio, line, oracle, random, softAgainstHard } from './compare/report.js'
import { runReport } from './compare/run.js'
import { mean } from './compare/statistics.js'

/** Rossmann: 51 shops in each of three markets, 41 users that nothing was trained or tuned on. */
export const run = () =>
  runReport({
    island: sales,
    module: '../../../examples/sales/island.js',
    recent: [10, 30, 100, 200],
    goals: { 10: 0.7, 30: 0.78, 100: 0.85, 500: 0.95 },
    figures: (results) => [
      line('mixture (the default) / oracle best single', results, freeRatio(free('mixture'), oracle), '≤ 1.03'),
      line('mixture (the default) / best-1', results, freeRatio(free('mixture'), free('best-1')), '≤ 0.93'),
      softAgainstHard(results),
      line(
        'random learnware − best-1 (mean squared error)',
        results,
        (sample) => mean(sample.map((result) => random(result) - free('best-1')(result))),
        'interval above 0',
      ),
    ],
  })
