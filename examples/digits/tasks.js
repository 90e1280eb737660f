/**
 * The UCI digits as tasks: what each developer had for training, and what users bring. Rows of models and rows of users
 * never meet; all draws are fixed by a seed.
 */
import { mulberry32, shuffle } from '../random.js'

/** The ten classes, in the order of every model's output. */
export const CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']

/** The pixel columns, row by row from the top left; values 0 to 16. */
export const PIXELS = Array.from({ length: 64 }, (_, i) => `p${String(i).padStart(2, '0')}`)

const MODEL_SHARE = 0.6
const DEVELOPERS = 50
const SEED = 1797
// Rows per class: 0.4 : 0.4 : 0.1 : 0.1 of 200, 0.3 : 0.3 : 0.1 × 4 of 150 and of 80.
const DEVELOPER_ROWS = [80, 80, 20, 20]
const USER_ROWS = [45, 45, 15, 15, 15, 15]
const TEST_ROWS = [24, 24, 8, 8, 8, 8]

/**
 * The rows of digits.csv.
 * @param {string} csv
 * @returns {{ pixels: number[][], labels: string[] }}
 */
export function parseDigits(csv) {
  const rows = csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
  return { pixels: rows.map((row) => row.slice(0, 64).map(Number)), labels: rows.map((row) => row[64]) }
}

/**
 * The 50 developers' tasks: four classes each, in the order of their shares, and the rows in random order.
 * @param {string[]} labels of all digits
 * @returns {{ classes: string[], rows: number[] }[]}
 */
export function developers(labels) {
  const random = mulberry32(SEED + 1)
  const pool = split(labels).models
  return Array.from({ length: DEVELOPERS }, () => {
    const classes = shuffle(CLASSES, random).slice(0, DEVELOPER_ROWS.length)
    const [rows] = draw(classes, [DEVELOPER_ROWS], pool, random)
    return { classes, rows }
  })
}

/**
 * Users with six classes each: 150 rows to find and adapt models with, and 80 test rows.
 * @param {{ pixels: number[][], labels: string[] }} digits
 * @param {number} seed
 * @param {number} count
 * @returns {{ classes: string[], rows: Record<string, Float64Array>, labels: string[],
 *   test: { rows: Record<string, Float64Array>, labels: string[] } }[]} tables by column name
 */
export function users(digits, seed, count) {
  const random = mulberry32(seed)
  const pool = split(digits.labels).users
  return Array.from({ length: count }, () => {
    const classes = shuffle(CLASSES, random).slice(0, USER_ROWS.length)
    const [rows, test] = draw(classes, [USER_ROWS, TEST_ROWS], pool, random)
    return { classes, ...table(digits, rows), test: table(digits, test) }
  })
}

/**
 * Some rows as a table by column name, with their labels.
 * @param {{ pixels: number[][], labels: string[] }} digits
 * @param {number[]} rows
 * @returns {{ rows: Record<string, Float64Array>, labels: string[] }}
 */
export function table({ pixels, labels }, rows) {
  return {
    rows: Object.fromEntries(PIXELS.map((name, p) => [name, Float64Array.from(rows, (i) => pixels[i][p])])),
    labels: rows.map((i) => labels[i]),
  }
}

function split(labels) {
  const random = mulberry32(SEED)
  const pools = { models: {}, users: {} }
  for (const name of CLASSES) {
    const rows = shuffle(
      [...labels.keys()].filter((i) => labels[i] === name),
      random,
    )
    const cut = Math.round(MODEL_SHARE * rows.length)
    pools.models[name] = rows.slice(0, cut)
    pools.users[name] = rows.slice(cut)
  }
  return pools
}

/** One list of rows for each list of counts per class; no row twice. */
function draw(classes, counts, pool, random) {
  const drawn = counts.map(() => [])
  classes.forEach((name, c) => {
    const rows = shuffle(pool[name], random)
    let from = 0
    counts.forEach((count, k) => {
      drawn[k].push(...rows.slice(from, from + count[c]))
      from += count[c]
    })
  })
  return drawn.map((rows) => shuffle(rows, random))
}
