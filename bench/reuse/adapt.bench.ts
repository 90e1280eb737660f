import type { Matrix } from '../../src/base/matrix.js'
import { logistic } from '../../src/learnware/builtin.js'
import { adapt } from '../../src/reuse/objective/adapt.js'
import { fitAdded } from '../../src/reuse/objective/added.js'
import { orderedPairs } from '../../src/reuse/objective/measures.js'
import { pairwiseHinge } from '../../src/reuse/objective/risks.js'
import { log } from '../../src/wasm/scalar.js'
import { atLeast, digits, type Section } from '../report/section.js'
import { classes, domain, learnwareOf, specified, weightsOf } from './foreign.js'

const counts = [100, 300, 1000]
const seeds = Array.from({ length: 10 }, (_, i) => 101 + i)
const plenty = 20000

const areaOf = (scores: ArrayLike<number>, y: Float64Array): number => {
  const { right, pairs } = orderedPairs({ scores: Float64Array.from(scores), y })
  return right / pairs
}
const positive = ({ data }: Matrix): Float64Array =>
  Float64Array.from({ length: data.length / 2 }, (_, i) => data[2 * i + 1])

/** Shares of the gap that the adapted model closes, one for each number of labels. */
const closed = async (seed: number) => {
  const { own, foreign } = weightsOf(seed)
  const learnt = domain(foreign, 3000, seed + 1)
  const model = logistic(learnt.X, learnt.labels, { output: { kind: 'probabilities', classes } })
  const learnware = learnwareOf('accurate', model, learnt.X, { kind: 'classes', classes })
  const test = domain(own, plenty, seed + 2)
  const many = domain(own, plenty, seed + 3)

  const base = areaOf(positive(await model.predict(test.X)), test.y)
  const scoreOf = async (X: Matrix): Promise<Float64Array> =>
    positive(await model.predict(X)).map((p) => log(Math.max(p, 1e-6) / Math.max(1 - p, 1e-6)))
  const every = Int32Array.from(many.y, (_, i) => i)
  const best = fitAdded(many.X, [await scoreOf(many.X)], many.y, every, pairwiseHinge, Float64Array.of(1), 1000)
  const most = areaOf(best.scores(test.X, [await scoreOf(test.X)]), test.y)

  const areas: number[] = []
  for (const count of counts) {
    const few = domain(own, count, seed + 10 + count)
    const adapted = await adapt([learnware], specified(test.X), {
      labelled: { rows: few.X, labels: few.labels },
      objective: 'auc',
    })
    areas.push(areaOf(positive(await adapted.predict(test.X)), test.y))
  }
  return { base, most, areas }
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2
}

/** Does an added function bring a model that was trained for accuracy elsewhere near the best AUC that is linear in it? */
export const run = async (): Promise<Section> => {
  const results: Awaited<ReturnType<typeof closed>>[] = []
  for (const seed of seeds) results.push(await closed(seed))
  const shares = counts.map((_, c) => results.map(({ base, most, areas }) => (areas[c] - base) / (most - base)))
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    title: 'A model trained for accuracy, adapted to AUC',
    setting: `A logistic model of 3000 rows of another domain (ten columns, one row in twelve positive, half of the weights' variance foreign), adapted on few labels of the user's. The best linear combination of its log-odds and the columns is found on ${plenty} rows; AUC on ${plenty} others; ${seeds.length} seeds. The share of the gap is (adapted − as it is) / (best − as it is).`,
    tables: [
      {
        head: ['labels', 'AUC as it is', 'adapted', 'best', 'gap closed: mean', 'median', 'least', 'most'],
        rows: counts.map((count, c) => [
          String(count),
          digits(mean(results.map(({ base }) => base))),
          digits(mean(results.map(({ areas }) => areas[c]))),
          digits(mean(results.map(({ most }) => most))),
          digits(mean(shares[c])),
          digits(median(shares[c])),
          digits(Math.min(...shares[c])),
          digits(Math.max(...shares[c])),
        ]),
      },
    ],
    checks: [300, 1000].map((count) =>
      atLeast(`share of the gap that ${count} labels close, mean over seeds`, mean(shares[counts.indexOf(count)]), 0.7),
    ),
    notes: [
      'No seed of this bench was used while the method was made. One positive row in twelve: 100 labels hold about eight of them.',
    ],
  }
}
