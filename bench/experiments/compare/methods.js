import { augment, average, boost, direct, fitOwn, reuse, route, stack } from 'learnware/reuse'
import { mulberry32, shuffle } from '../../../examples/random.js'
import { familyLosses } from './families.js'
import { remember } from './remember.js'
import { studentsOf } from './students.js'

/** Ways without labels: a model from the learnwares that were fetched, or from all of the market. */
const FREE = {
  'mean of the market': ({ all, requirement }) => average(all, requirement, { members: all.length }),
  'best-1': ({ known, requirement }) => direct(known, requirement),
  'average of best-3': ({ known, requirement }) => average(known, requirement, { members: 3 }),
  'average of best-5': ({ known, requirement }) => average(known, requirement, { members: 5 }),
  // Weights by the quadratic program of the mixture.
  mixture: ({ known, requirement }) => average(known, requirement, { weighting: 'mixture' }),
  'hard route': ({ known, requirement }) => route(known, requirement, { mode: 'hard' }),
  'soft route': ({ known, requirement }) => route(known, requirement, { mode: 'soft' }),
}

/** What no method has, to see what weights could come to: those of all labels of the user, and of the test rows themselves. */
const HINDSIGHT = {
  'weights by all labels': ({ known, requirement, user: { rows, labels } }) =>
    stack(known, requirement, { labelled: { rows, labels }, strength: 0 }),
  'weights in hindsight': ({ known, requirement, user: { test } }) =>
    stack(known, requirement, { labelled: test, strength: 0 }),
}

/** Ways that take labelled rows, and the user's own model of them. `solve` is what `reuse` does with what `solve` finds. */
const LABELLED = {
  'best-2 + own': ({ known, requirement, own }) => average(known, requirement, { members: 2, own }),
  'shrunk stacking': ({ known, requirement, labelled, seed }) => stack(known, requirement, { labelled, seed }),
  boost: ({ known, requirement, labelled, seed }) => boost(known, requirement, { labelled, seed }),
  augment: ({ known, requirement, labelled, seed }) => augment(known, requirement, { labelled, seed }),
  solve: ({ known, requirement, labelled, own, seed }) => reuse(known, requirement, { labelled, own, seed }),
}

/** All methods, in the order of the tables. The own model is what they are measured against. */
export const METHODS = [...Object.keys(FREE), ...Object.keys(LABELLED)]

/** With what no method has. */
export const ALL_METHODS = [...METHODS, ...Object.keys(HINDSIGHT)]

/** The plain average that a weighted method must not fall behind. */
export const FLOOR = 'average of best-5'

/** What a mixture could be mixed with. */
export const OTHER_WAYS = ['mean of the market', FLOOR, 'soft route']

/** The ten of the curve. */
export const DRAWN_METHODS = METHODS.filter((method) => method !== 'average of best-3' && method !== 'hard route')

/** The few that `npm start` shows. */
export const SHOWN_METHODS = ['best-1', 'average of best-5', 'mixture', 'best-2 + own', 'shrunk stacking', 'solve']

/**
 * @typedef {object} User rows that a reuse may use, with labels, and test rows
 * @property {string} name
 * @property {Record<string, Float64Array>} rows
 * @property {number[] | string[]} labels
 * @property {{ rows: Record<string, Float64Array>, labels: number[] | string[] }} test
 */

/**
 * @typedef {{ labels: number, draw: number, losses: Record<string, number> }} Draw losses by method, own included
 * @typedef {object} Comparison
 * @property {Record<string, number>} free loss of what needs no labels, by method
 * @property {number[]} single loss of every learnware by itself, in their order
 * @property {Record<string, number>[]} again loss of the mixture and of the plain average under other seeds of the requirement
 * @property {Record<string, number>} hindsight loss of weights that no method could know
 * @property {{ own: number, test: number }} rows how many there are
 * @property {Record<string, import('./families.js').FamilyLosses>} [families] what rules without labels choose from
 * @property {Draw[]} draws with labelled rows drawn at random
 * @property {Draw[]} recent with the last rows as the labelled ones
 */

/**
 * Test losses of the methods for one user, at several numbers of labelled rows drawn at random. A draw of fewer rows is
 * part of the draw of more.
 * @param {object} options
 * @param {import('learnware').Learnware[]} options.learnwares
 * @param {number} [options.fetched] how many of the nearest a reuse is given; `learnwares` stand nearest first
 * @param {import('learnware').Requirement} options.requirement
 * @param {import('learnware').Requirement[]} [options.again] the same under other seeds
 * @param {User} options.user
 * @param {number[]} options.sizes numbers of labelled rows; those beyond the user's rows are left out
 * @param {number} options.draws
 * @param {number} [options.redrawn] larger numbers of labelled rows are in the first draw only
 * @param {number[]} [options.recent] numbers of labelled rows where the most recent ones are labelled, as one more draw
 * @param {number} options.seed
 * @param {string[]} [options.methods]
 * @param {boolean} [options.families] whether to say what the best choices of {@link FAMILIES} come to; for reals
 * @param {(predicted: import('learnware').Matrix, labels: ArrayLike<number | string>, model: object) => number} options.loss
 * @param {() => void} [options.onStep] called after every draw and size
 * @returns {Promise<Comparison>}
 */
export async function compareMethods({
  learnwares,
  fetched = learnwares.length,
  requirement,
  again = [],
  user,
  sizes,
  draws,
  redrawn = Infinity,
  recent = [],
  seed,
  methods = ALL_METHODS,
  families = false,
  loss,
  onStep = () => {},
}) {
  const { rows, labels, test } = user
  const memory = remember(learnwares)
  const all = memory.learnwares
  const known = all.slice(0, fetched)
  const { terms, model } = known[0]
  const lossOf = async (model) => loss(await model.predict(test.rows), test.labels, model)
  const among = (ways) => Object.entries(ways).filter(([method]) => methods.includes(method))

  const single = []
  for (const { model } of all) single.push(await lossOf(model))
  const free = {}
  const ways = {}
  for (const [method, make] of among(FREE)) {
    ways[method] = await make({ known, all, requirement })
    free[method] = await lossOf(ways[method])
  }
  const reseeded = []
  for (const requirement of again) {
    const losses = {}
    for (const method of ['mixture', FLOOR]) losses[method] = await lossOf(await FREE[method]({ known, requirement }))
    reseeded.push(losses)
  }
  const hindsight = {}
  for (const [name, make] of among(HINDSIGHT)) {
    hindsight[name] = await lossOf(await make({ known, requirement, user }))
  }

  const onDraw = async (order, draw, sizes) => {
    const results = []
    for (const size of sizes.filter((size) => size <= labels.length)) {
      const chosen = order.slice(0, size)
      const labelled = { rows: memory.take(rows, chosen), labels: chosen.map((i) => labels[i]) }
      const given = { seed: seed + draw, inputs: terms.columns, output: model.output }
      const own = await fitOwn(labelled.rows, labelled.labels, given)
      const losses = { own: await lossOf(own), ...free }
      for (const [method, make] of among(LABELLED)) {
        losses[method] = await lossOf(await make({ known, all, requirement, labelled, own, seed: seed + draw }))
      }
      results.push({ labels: size, draw, losses })
      onStep()
    }
    return results
  }

  const results = []
  for (let draw = 0; draw < draws; draw++) {
    const order = shuffle([...labels.keys()], mulberry32(seed + draw))
    const drawn = sizes.filter((size) => draw === 0 || size <= redrawn)
    results.push(...(await onDraw(order, draw, drawn)))
  }
  const latest = [...labels.keys()].reverse()
  return {
    free,
    single,
    again: reseeded,
    hindsight,
    rows: { own: labels.length, test: test.labels.length },
    ...(families && { families: await familiesOf({ known, ways, user }) }),
    draws: results,
    recent: await onDraw(latest, draws, recent),
  }
}

/** Losses of the families' best choices, from what the learnwares and the ways without labels put out for a user's rows. */
async function familiesOf({ known, ways, user: { rows, labels, test } }) {
  const { mixture } = ways
  const outputOf = async (model, table) => Float64Array.from((await model.predict(table)).data)
  const outputsOf = async (models, table) => {
    const outputs = []
    for (const model of models) outputs.push(await outputOf(model, table))
    return outputs
  }
  const shares = new Map(mixture.report.used.map(({ id, weight }) => [id, weight]))
  const weights = known.map(({ id }) => shares.get(id) ?? 0)
  const tables = [test.rows, rows]
  const students = studentsOf(rows, await outputOf(mixture, rows), tables)
  const seen = []
  for (const [at, table] of tables.entries()) {
    seen.push({
      single: await outputsOf(
        known.map(({ model }) => model),
        table,
      ),
      mixture: await outputOf(mixture, table),
      ways: await outputsOf(
        OTHER_WAYS.map((way) => ways[way]),
        table,
      ),
      students: students[at],
      weights,
    })
  }
  return familyLosses(seen[0], test.labels, seen[1], labels)
}

/**
 * Improvement over the own model, 1 − L_method / L_own, by user: losses are summed over the draws of the method first.
 * @param {Comparison[]} comparisons one a user
 * @param {string} method
 * @param {number} size number of labelled rows
 * @param {'draws' | 'recent'} [of]
 * @returns {number[]} one for each user who has that many rows
 */
export function improvements(comparisons, method, size, of = 'draws') {
  return comparisons.flatMap(({ [of]: draws }) => {
    const at = draws.filter(({ labels, losses }) => labels === size && losses[method] !== undefined)
    const sum = (name) => at.reduce((total, { losses }) => total + losses[name], 0)
    return at.length > 0 && sum('own') > 0 ? [1 - sum(method) / sum('own')] : []
  })
}
