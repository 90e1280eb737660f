import { cpus } from 'node:os'
import { markdownTable, percent } from '../../../examples/present/table.js'
import { DRAWN_METHODS, FLOOR, improvements, METHODS } from './methods.js'
import { bootstrap, mean, median } from './statistics.js'

/** @typedef {import('./methods.js').Comparison & { choice: number, user: string }} Result */

/**
 * Improvement over the own model by method and number of labelled rows, with 95% intervals over users.
 * @param {Result[]} results
 * @param {number[]} sizes
 * @param {'draws' | 'recent'} [of]
 */
export function improvementTable(results, sizes, of) {
  const cell = (method, size) => {
    const statistic = (sample) => median(improvements(sample.flat(), method, size, of))
    const [low, high] = bootstrap(byUser(results), statistic, { draws: 300 })
    return `${percent(statistic(byUser(results)))} (${percent(low)} to ${percent(high)})`
  }
  return markdownTable(
    ['', ...sizes.map((size) => `${size}`)],
    METHODS.map((method) => [method, ...sizes.map((size) => cell(method, size))]),
  )
}

/**
 * For each number of labelled rows: what `solve` comes to, how often it does harm, how it stands to the best method in
 * hindsight (the ratio of medians, and the median ratio in pairs), and how many rows the own model needs to match it.
 * @param {Result[]} results
 * @param {number[]} sizes
 * @param {'draws' | 'recent'} [of]
 */
export function sizesTable(results, sizes, of = 'draws') {
  const rows = sizes.map((size) => {
    const { best, least } = bestInHindsight(size, of)(results)
    const needed = labelsNeeded(sizes, size, of)(results)
    return [
      `${size}`,
      cellOf(results, againstOwn('solve', size, of)),
      share(usersWorse(size, of)(results)),
      share(worse(size, of)(results)),
      `${best} ${least.toFixed(3)}`,
      cellOf(results, (sample) => bestInHindsight(size, of)(sample).behind, 300),
      cellOf(results, pairedWith(best, size, of)),
      Number.isFinite(needed) ? `${Math.round(needed)}` : `more than ${sizes.at(-1)}`,
    ]
  })
  const head = [
    'labelled rows',
    'solve / own',
    'users more than 1% worse than own',
    'draws more than 1% worse',
    'best method in hindsight / own',
    'solve / best',
    'the same in pairs',
    'rows that own needs to match solve',
  ]
  return markdownTable(head, rows)
}

/** The pairs in which a method saw so many rows. */
const seenBy = (method, size, of) => (results) =>
  results.filter(({ [of]: draws }) =>
    draws.some(({ labels, losses }) => labels === size && losses[method] !== undefined),
  )

/** The method of the least median, and what that of `solve` comes to in units of it. */
const bestInHindsight = (size, of) => (results) => {
  const solve = againstOwn('solve', size, of)(results)
  const ratios = METHODS.map((best) => {
    const least = againstOwn(best, size, of)(results)
    return { best, least, behind: solve / least }
  })
  return ratios.reduce((a, b) => (b.behind > a.behind ? b : a))
}

/** Median over users and choices of L_solve / L_method, losses summed over the draws first. */
const pairedWith = (method, size, of) => (results) => {
  const own = improvements(results, method, size, of)
  return median(improvements(results, 'solve', size, of).map((share, i) => (1 - share) / (1 - own[i])))
}

/**
 * What needs no labels, and what no weights could undercut, against the oracle, the nearest and the plain average of five:
 * medians with intervals.
 * @param {Result[]} results
 */
export function freeTable(results) {
  const [{ free: methods, hindsight }] = results
  const row = (name, loss) => [
    name,
    ...[oracle, free('best-1'), free(FLOOR)].map((below) => cellOf(results, freeRatio(loss, below))),
  ]
  return markdownTable(
    ['', '/ oracle best single', '/ best-1', `/ ${FLOOR}`],
    [
      ...Object.keys(methods).map((name) => row(name, free(name))),
      ...Object.keys(hindsight).map((name) => row(name, (result) => result.hindsight[name])),
    ],
  )
}

/**
 * What rules without labels choose from, and what the best choice comes to, by what it is chosen by: medians with intervals.
 * @param {Result[]} results
 */
export function familiesTable(results) {
  const columns = [
    ['hindsight', 'by the test rows', 'best-1'],
    ['halves', 'by half of them', 'best-1'],
    ['labels', 'by all labels', 'best-1'],
    ['hindsight', 'by the test rows', 'mixture'],
    ['luck', 'by luck', 'mixture'],
    ['halves', 'by half of them', 'mixture'],
    ['labels', 'by all labels', 'mixture'],
  ]
  const row = (name, loss) => [
    name,
    ...columns.map(([by, , below]) => cellOf(results, freeRatio(loss(by), free(below)))),
  ]
  return markdownTable(
    ['chosen', ...columns.map(([, words, below]) => `${words} / ${below}`)],
    [
      row('mixture, nothing chosen', () => free('mixture')),
      ...Object.keys(results[0].families).map((name) => row(name, (by) => (result) => result.families[name][by])),
    ],
  )
}

/**
 * What weighs by embeddings against the plain average of five, for each choice of the market by itself.
 * @param {Result[]} results
 */
export function choicesTable(results) {
  const choices = [...new Set(results.map(({ choice }) => choice))]
  const weighted = Object.keys(results[0].free).filter((name) => !UNWEIGHTED.includes(name))
  return markdownTable(
    [`/ ${FLOOR}`, ...choices.map((choice) => `market ${choice + 1}`)],
    weighted.map((name) => [
      name,
      ...choices.map((choice) => {
        const of = results.filter((result) => result.choice === choice)
        return cellOf(of, freeRatio(free(name), free(FLOOR)))
      }),
    ]),
  )
}

/**
 * The mixture against the plain average of five under every seed of the requirement, for each choice of the market by itself.
 * @param {Result[]} results
 */
export function seedsTable(results) {
  const choices = [...new Set(results.map(({ choice }) => choice))]
  const bySeed = (result) => [result.free, ...result.again]
  return markdownTable(
    [`mixture / ${FLOOR}`, ...choices.map((choice) => `market ${choice + 1}`)],
    bySeed(results[0]).map((_, seed) => [
      `seed ${seed + 1}`,
      ...choices.map((choice) => {
        const of = results.filter((result) => result.choice === choice)
        const loss = (method) => (result) => bySeed(result)[seed][method]
        return cellOf(of, freeRatio(loss('mixture'), loss(FLOOR)))
      }),
    ]),
  )
}

/**
 * What labels make of the weights: the shrunk stack, which uses them for nothing else, against best-1, the oracle and the mixture.
 * @param {Result[]} results
 * @param {number[]} sizes
 */
export function weightsTable(results, sizes) {
  const stacked = (size) => (result) =>
    mean(result.draws.filter(({ labels }) => labels === size).map(({ losses }) => losses['shrunk stacking']))
  const row = (name, loss) => [
    name,
    ...[free('best-1'), oracle, free('mixture')].map((below) => cellOf(results, freeRatio(loss, below))),
  ]
  return markdownTable(
    ['labelled rows that choose the weights', '/ best-1', '/ oracle best single', '/ mixture'],
    [
      row('0 (mixture)', free('mixture')),
      ...sizes.map((size) => row(`${size}`, stacked(size))),
      row('all', (result) => result.hindsight['weights by all labels']),
    ],
  )
}

const UNWEIGHTED = ['mean of the market', 'best-1', 'average of best-3', FLOOR]

const cellOf = (results, statistic, draws) => line('', results, statistic, '', draws).slice(1, 3).join(', ')

/** The points of the curve. */
export function curvePoints(results, sizes) {
  return DRAWN_METHODS.flatMap((method) =>
    sizes.map((labels) => ({ method, labels, improvement: median(improvements(results, method, labels)) })),
  )
}

/**
 * A figure with its 95% interval over users, and what it is held against.
 * @param {string} what
 * @param {Result[]} results
 * @param {(sample: Result[]) => number} statistic
 * @param {string} [goal]
 * @param {number} [draws] of the bootstrap
 */
export function line(what, results, statistic, goal = '', draws = 1000) {
  const value = statistic(results)
  const [low, high] = bootstrap(byUser(results), (sample) => statistic(sample.flat()), { draws })
  return [what, value.toFixed(3), `${low.toFixed(3)} to ${high.toFixed(3)}`, goal]
}

/** Median over users and choices of a ratio of losses that need no labels. */
export const freeRatio = (above, below) => (results) => median(results.map((result) => above(result) / below(result)))

/** Loss of a data-free method. */
export const free = (method) => (result) => result.free[method]

/** Loss of the best learnware in hindsight. */
export const oracle = ({ single }) => Math.min(...single)

/** The mean loss of the soft route less that of the hard one. */
export const softAgainstHard = (results) =>
  line(
    'soft route − hard route (mean loss)',
    results,
    (sample) => mean(sample.map((result) => free('soft route')(result) - free('hard route')(result))),
    '≤ 0',
  )

/** Expected loss of a learnware drawn at random. */
export const random = ({ single }) => mean(single)

/** Median over users and choices of L_method / L_own at a number of labelled rows. */
export const againstOwn = (method, size, of) => (results) =>
  median(improvements(results, method, size, of).map((share) => 1 - share))

/** Share of draws in which `solve` is more than 1% worse than the own model. */
const worse = (size, of) => (results) => {
  const at = results.flatMap(({ [of]: draws }) => draws.filter(({ labels }) => labels === size))
  return mean(at.map(({ losses }) => (losses.solve > 1.01 * losses.own ? 1 : 0)))
}

/** Share of users (losses summed over their draws) for whom `solve` is more than 1% worse than the own model. */
const usersWorse = (size, of) => (results) =>
  mean(improvements(results, 'solve', size, of).map((share) => (share < -0.01 ? 1 : 0)))

/**
 * Labelled rows that the own model needs to do as well as `solve` at `size`, by log-linear interpolation of its
 * curve; Infinity where it does not within the largest size.
 * @param {number[]} sizes
 * @param {number} size
 * @param {'draws' | 'recent'} of
 */
const labelsNeeded = (sizes, size, of) => (results) =>
  median(
    seenBy(
      'solve',
      size,
      of,
    )(results).map(({ [of]: draws }) => {
      const sum = (name, labels) =>
        mean(draws.filter((draw) => draw.labels === labels).map(({ losses }) => losses[name]))
      const goal = sum('solve', size)
      const known = sizes.filter((labels) => draws.some((draw) => draw.labels === labels))
      const own = known.map((labels) => sum('own', labels))
      const first = own.findIndex((loss) => loss <= goal)
      if (first < 0) return Number.POSITIVE_INFINITY
      if (first === 0) return known[0]
      const share = (own[first - 1] - goal) / (own[first - 1] - own[first])
      return known[first - 1] * (known[first] / known[first - 1]) ** share
    }),
  )

/** Where and when a report was made. */
export function colophon(command, seconds) {
  const [cpu] = cpus()
  const machine = `${cpus().length} × ${cpu?.model?.trim() ?? 'unknown'}, Node ${process.versions.node}`
  return `${new Date().toISOString().slice(0, 10)}, \`${command}\`, ${Math.round(seconds)} s on ${machine}`
}

/** Results of one user over the choices sit together, since they are not independent. */
function byUser(results) {
  const users = new Map()
  for (const result of results) users.set(result.user, [...(users.get(result.user) ?? []), result])
  return [...users.values()]
}

function share(value) {
  return `${(100 * value).toFixed(1)}%`
}
