import type { Matrix } from '../src/base/matrix.js'
import { gaussian } from '../src/kernel/kernel.js'
import { logistic } from '../src/learnware/builtin.js'
import type { Learnware } from '../src/learnware/learnware.js'
import { adapt } from '../src/reuse/adapt.js'
import { fitAdded } from '../src/reuse/added.js'
import { orderedPairs } from '../src/reuse/measures.js'
import { pairwiseHinge } from '../src/reuse/risks.js'
import { embed } from '../src/rkme/mmd.js'
import type { Specification } from '../src/specification/specification.js'
import type { Terms } from '../src/specification/terms.js'
import { log, normals } from '../src/wasm/scalar.js'
import { atLeast, digits, type Section } from './report/section.js'

const columns = 10
const counts = [100, 300, 1000]
const seeds = Array.from({ length: 10 }, (_, i) => 101 + i)
const plenty = 20000
const classes = ['no', 'yes']
const kernel = gaussian(1 / (4 * columns))

const terms: Terms = {
  island: 'isl:0000000000000000',
  version: 1,
  columns: Array.from({ length: columns }, (_, j) => ({
    name: `x${j + 1}`,
    kind: 'numeric',
    centre: 0,
    scale: 1,
    missing: 'none',
  })),
  kernel,
  size: { rule: 'root', cap: 32, leastRows: 50, leastRowsRequirement: 30 },
  labels: { kind: 'classes', classes },
}

const specified = (rows: Matrix): Specification => ({
  version: 1,
  island: terms.island,
  embedding: { ...embed({ ...rows, rows: 100, data: rows.data.slice(0, 100 * columns) }, kernel), floor: 0.01 },
  audit: { copies: 0, leastSupport: 5 },
})

/** Rows and labels of a domain: yes where w'x + noise passes a level that one row in twelve passes. */
const domain = (weights: Float64Array, rows: number, seed: number) => {
  const data = normals(seed, rows * columns)
  const noise = normals(seed + 5000, rows)
  const length = Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0))
  const y = Float64Array.from(noise, (e, i) => {
    let sum = 0
    for (let k = 0; k < columns; k++) sum += (weights[k] * data[i * columns + k]) / length
    return sum + 0.5 * e > 1.55 ? 1 : 0
  })
  return { X: { rows, columns, data }, y, labels: Array.from(y, (value) => classes[value]) }
}

const areaOf = (scores: ArrayLike<number>, y: Float64Array): number => {
  const { right, pairs } = orderedPairs({ scores: Float64Array.from(scores), y })
  return right / pairs
}
const positive = ({ data }: Matrix): Float64Array =>
  Float64Array.from({ length: data.length / 2 }, (_, i) => data[2 * i + 1])

/** Shares of the gap that the adapted model closes, one for each number of labels. */
const closed = async (seed: number) => {
  const own = normals(seed, columns)
  const drift = normals(seed + 700, columns)
  const foreign = own.map((w, k) => w + drift[k])
  const learnt = domain(foreign, 3000, seed + 1)
  const model = logistic(learnt.X, learnt.labels, { output: { kind: 'probabilities', classes } })
  const learnware: Learnware = {
    id: 'accurate',
    description: {} as Learnware['description'],
    terms,
    specification: specified(learnt.X),
    model,
  }
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
