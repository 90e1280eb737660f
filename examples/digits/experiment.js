/**
 * The full report over 40 users, written to docs/experiments.
 *
 *   node examples/digits/experiment.js [--users 40] [--draws 5] [--tuning]
 */
import { againstOwn, free, freeRatio, line, oracle, random } from '../compare/report.js'
import { runReport } from '../compare/run.js'
import { mean } from '../compare/statistics.js'
import { digits } from './island.js'

const difference = (above, below) => (sample) => mean(sample.map((result) => above(result) - below(result)))
const best1 = free('best-1')
const share = (of) => (sample) => mean(sample.map(of))

await runReport({
  island: digits,
  module: '../digits/island.js',
  sizes: digits.sizes,
  goals: (results) => [
    line('best-1 − mixture (share of wrong digits)', results, difference(best1, free('mixture')), 'interval above 0'),
    line('best-1 − average of best-5', results, difference(best1, free('average of best-5')), 'interval above 0'),
    line('random learnware − best-1', results, difference(random, best1), 'interval above 0'),
    line('wrong digits: random learnware', results, share(random)),
    line('wrong digits: best-1', results, share(best1)),
    line('wrong digits: oracle best single', results, share(oracle)),
    line('wrong digits: average of best-3', results, share(free('average of best-3'))),
    line('wrong digits: average of best-5', results, share(free('average of best-5'))),
    line('wrong digits: mixture', results, share(free('mixture'))),
    line('mixture / oracle best single', results, freeRatio(free('mixture'), oracle)),
    ...digits.sizes.map((size) => line(`chosen / own at ${size} labels`, results, againstOwn('chosen', size))),
  ],
})
