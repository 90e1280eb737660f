import { average, direct, fitOwn, reuse, stack } from 'learnware/reuse'
import { mulberry32, shuffle } from '../random.js'
import { remember } from './remember.js'

/** The methods of the table, in its order. The own model is what all are measured against. */
export const METHODS = [
  'best-1',
  'average of best-3',
  'average of best-5',
  'mixture',
  'best-2 + own',
  'shrunk stacking',
  'chosen',
]

/**
 * @typedef {object} User rows that a reuse may use, with labels, and test rows
 * @property {string} name
 * @property {Record<string, Float64Array>} rows
 * @property {number[] | string[]} labels
 * @property {{ rows: Record<string, Float64Array>, labels: number[] | string[] }} test
 */

/**
 * @typedef {object} Comparison
 * @property {Record<string, number>} free loss of what needs no labels, by method
 * @property {number[]} single loss of every learnware by itself, in their order
 * @property {{ labels: number, draw: number, losses: Record<string, number> }[]} draws losses by method, own included
 */

/**
 * Test losses of every method for one user, at several numbers of labelled rows drawn at random. A draw of fewer rows is
 * part of the draw of more.
 * @param {object} options
 * @param {import('learnware').Learnware[]} options.learnwares
 * @param {number} [options.fetched] how many of the nearest a reuse is given; `learnwares` stand nearest first
 * @param {import('learnware').Requirement} options.requirement
 * @param {User} options.user
 * @param {number[]} options.sizes numbers of labelled rows; those beyond the user's rows are left out
 * @param {number} options.draws
 * @param {number} options.seed
 * @param {(predicted: import('learnware').Matrix, labels: ArrayLike<number | string>, model: object) => number} options.loss
 * @param {() => void} [options.onStep] called after every draw and size
 * @returns {Promise<Comparison>}
 */
export async function compareMethods({
  learnwares,
  fetched = learnwares.length,
  requirement,
  user,
  sizes,
  draws,
  seed,
  loss,
  onStep = () => {},
}) {
  const memory = remember(learnwares)
  const all = memory.learnwares
  const known = all.slice(0, fetched)
  const { rows, labels, test } = user
  const { terms, model } = known[0]
  const lossOf = async (model) => loss(await model.predict(test.rows), test.labels, model)

  const single = []
  for (const { model } of all) single.push(await lossOf(model))
  const free = {
    'best-1': await lossOf(direct(known, requirement)),
    'average of best-3': await lossOf(average(known, requirement, { members: 3 })),
    'average of best-5': await lossOf(average(known, requirement, { members: 5 })),
    mixture: await lossOf(average(known, requirement, { weighting: 'mixture' })),
  }

  const results = []
  for (let draw = 0; draw < draws; draw++) {
    const order = shuffle([...labels.keys()], mulberry32(seed + draw))
    for (const size of sizes.filter((size) => size <= labels.length)) {
      const chosen = order.slice(0, size)
      const labelled = { rows: memory.take(rows, chosen), labels: chosen.map((i) => labels[i]) }
      const { labels: given } = labelled
      const own = await fitOwn(labelled.rows, given, { inputs: terms.columns, output: model.output, seed: seed + draw })
      const losses = {
        own: await lossOf(own),
        ...free,
        'best-2 + own': await lossOf(average(known, requirement, { members: 2, own })),
        'shrunk stacking': await lossOf(await stack(known, requirement, { labelled, seed: seed + draw })),
        chosen: await lossOf(await reuse(known, requirement, { labelled, own, seed: seed + draw })),
      }
      results.push({ labels: size, draw, losses })
      onStep()
    }
  }
  return { free, single, draws: results }
}

/**
 * Improvement over the own model, 1 − L_method / L_own, by user: losses are summed over draws first.
 * @param {Comparison[]} comparisons one a user
 * @param {string} method
 * @param {number} size number of labelled rows
 * @returns {number[]} one for each user who has that many rows
 */
export function improvements(comparisons, method, size) {
  return comparisons.flatMap(({ draws }) => {
    const at = draws.filter(({ labels }) => labels === size)
    const sum = (name) => at.reduce((total, { losses }) => total + losses[name], 0)
    return at.length > 0 && sum('own') > 0 ? [1 - sum(method) / sum('own')] : []
  })
}
