import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { errorRate } from '../../bench/experiments/compare/loss.js'
import { describe } from './description.js'
import { CLASSES, PIXELS, parseDigits, users } from './tasks.js'

const TEST_SEED = 3
const TUNING_SEED = 2

/** Handwritten digits of 8 × 8 pixels. */
export const digits = {
  name: 'digits',
  what: 'handwritten digits of 8 × 8 pixels, for a user with six of the ten',
  columns: PIXELS,
  output: 'probabilities',
  classes: CLASSES,
  measure: 'share of wrong digits',
  loss: errorRate,
  // A user has 150 rows.
  sizes: [10, 20, 50, 100, 150],
  developers: 'Developers submit logistic regressions, boosted trees, forests and networks in turn.',
  tuned: 'The constants of reuse were tuned on other users, who are drawn from the same 719 rows as these.',
  choices: 1,
  folder: () => fileURLToPath(new URL('market', import.meta.url)),
  description: () => describe(catalogue()),

  /**
   * Users with six classes each; tuning draws others from the same rows.
   * @param {{ tuning?: boolean, count?: number }} [options]
   * @returns {import('../../bench/experiments/compare/methods.js').User[]}
   */
  users({ tuning = false, count = 40 } = {}) {
    const all = parseDigits(readFileSync(new URL('digits.csv', import.meta.url), 'utf8'))
    return users(all, tuning ? TUNING_SEED : TEST_SEED, count).map((user) => ({
      ...user,
      name: `user with ${user.classes.join(', ')}`,
    }))
  },

  isHere: () => true,
  isRaw: () => false,
}

/** The trained models with their columns and classes. */
export function catalogue() {
  return JSON.parse(readFileSync(new URL('catalogue.json', import.meta.url), 'utf8'))
}
