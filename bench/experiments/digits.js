import { digits } from '../../examples/digits/island.js'
import { againstOwn, free, line, oracle, random } from './compare/report.js'
import { runReport } from './compare/run.js'
import { mean } from './compare/statistics.js'

const difference = (above, below) => (sample) => mean(sample.map((result) => above(result) - below(result)))
const best1 = free('best-1')
const share = (of) => (sample) => mean(sample.map(of))

/** Digits: 50 unbalanced classifiers, 40 users with six classes each. */
export const run = () =>
  runReport({
    island: digits,
    module: '../../../examples/digits/island.js',
    figures: (results) => [
      line('best-1 − mixture (share of wrong digits)', results, difference(best1, free('mixture')), 'interval above 0'),
      line('best-1 − average of best-5', results, difference(best1, free('average of best-5')), 'interval above 0'),
      line('random learnware − best-1', results, difference(random, best1), 'interval above 0'),
      line('wrong digits: random learnware', results, share(random)),
      line('wrong digits: oracle best single', results, share(oracle)),
      ...Object.keys(results[0].free).map((method) => line(`wrong digits: ${method}`, results, share(free(method)))),
      ...digits.sizes.map((size) => line(`solve / own at ${size} labels`, results, againstOwn('solve', size))),
    ],
  })
