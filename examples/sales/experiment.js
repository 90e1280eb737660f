/**
 * The full report over all users of the three markets, written to docs/experiments.
 *
 *   LEARNWARE_DATA=… node examples/sales/experiment.js [--users 41] [--draws 5] [--tuning]
 */

import { againstOwn, free, freeRatio, line, oracle, random } from '../compare/report.js'
import { runReport } from '../compare/run.js'
import { mean } from '../compare/statistics.js'
import { sales } from './island.js'

const bestOf5 = free('average of best-5')
const best1 = free('best-1')

await runReport({
  island: sales,
  module: '../sales/island.js',
  sizes: [10, 20, 30, 50, 100, 200, 500],
  goals: (results) => [
    line('average of best-5 / oracle best single', results, freeRatio(bestOf5, oracle), '≤ 1.06'),
    line('average of best-5 / best-1', results, freeRatio(bestOf5, best1), '≤ 0.97'),
    line('mixture / oracle best single', results, freeRatio(free('mixture'), oracle)),
    line('mixture / average of best-5', results, freeRatio(free('mixture'), bestOf5)),
    line('chosen / own at 10 labels', results, againstOwn('chosen', 10), '≤ 0.78'),
    line('chosen / own at 30 labels', results, againstOwn('chosen', 30), '≤ 0.87'),
    line('chosen / own at 100 labels', results, againstOwn('chosen', 100), '≤ 0.90'),
    line('chosen / own at 500 labels', results, againstOwn('chosen', 500), '≤ 0.98'),
    line(
      'random learnware − best-1 (mean squared error)',
      results,
      (sample) => mean(sample.map((result) => random(result) - best1(result))),
      'interval above 0',
    ),
    line('random learnware / oracle best single', results, freeRatio(random, oracle)),
    line('best-1 / oracle best single', results, freeRatio(best1, oracle)),
  ],
})
