import { free, freeRatio, line, oracle, softAgainstHard } from './compare/report.js'
import { runReport } from './compare/run.js'
import { m5 } from './m5/island.js'

/** M5: 45 store-departments in each of three markets, the other 25 as users. */
export const run = () =>
  runReport({
    island: m5,
    module: '../m5/island.js',
    recent: [10, 30, 100, 200],
    goals: { 10: 0.78, 30: 0.87, 100: 0.9, 500: 0.97 },
    figures: (results) => [
      line('mixture (the default) / oracle best single', results, freeRatio(free('mixture'), oracle), '≤ 1.03'),
      line('mixture (the default) / best-1', results, freeRatio(free('mixture'), free('best-1')), '≤ 0.93'),
      softAgainstHard(results),
    ],
  })
