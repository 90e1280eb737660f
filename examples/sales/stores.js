/** Which of the 194 shops are in which market and which are only users; fixed by a seed. */
import { mulberry32, shuffle } from '../random.js'

/**
 * Shops of three markets, and the users: never in training, never in tuning.
 * @param {string[]} stores
 * @param {{ seed?: number, choices?: number, size?: number }} [options]
 * @returns {{ choices: string[][], users: string[] }}
 */
export function splitStores(stores, { seed = 20150731, choices = 3, size = 51 } = {}) {
  if (stores.length <= choices * size) {
    throw new RangeError(`"stores" must be more than ${choices * size}, got ${stores.length}`)
  }
  const byNumber = (list) => list.sort((a, b) => Number(a) - Number(b))
  const order = shuffle(byNumber([...stores]), mulberry32(seed))
  return {
    choices: Array.from({ length: choices }, (_, c) => byNumber(order.slice(c * size, (c + 1) * size))),
    users: byNumber(order.slice(choices * size)),
  }
}
