import type { Matrix } from '../../base/matrix.js'
import type { Terms } from '../../specification/terms.js'
import type { Parts } from '../compose.js'
import { coordinatesOf } from '../density.js'
import { largest } from './mimic.js'

/** What a selector says of rows: shares (rows × members), and where it abstains. */
export interface Said {
  readonly shares: ArrayLike<number>
  abstains(i: number): boolean
}

/**
 * Joins outputs row by row: of the member with the largest share (hard), of all by their shares (soft), and by their weights
 * where the selector abstains or none of the chosen could run.
 */
export const routed =
  (terms: Terms, members: number, mode: 'hard' | 'soft', select: (X: Matrix) => Said): NonNullable<Parts['join']> =>
  ({ rows, width, of, ran }, weights, table) => {
    const { shares, abstains } = select(coordinatesOf(table)(terms))
    const left = new Float64Array(ran.length)
    const result = new Float64Array(rows * width)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    for (let i = 0; i < rows; i++) {
      ran.forEach((l, place) => {
        left[place] = shares[i * members + l]
      })
      const sum = left.reduce((all, share) => all + share, 0)
      const isLost = abstains(i) || !(sum > 0)
      const chosen = largest(left, left.length, 0)
      for (let place = 0; place < ran.length; place++) {
        const share = isLost ? weights[place] / total : mode === 'soft' ? left[place] / sum : place === chosen ? 1 : 0
        if (share === 0) continue
        for (let e = 0; e < width; e++) result[i * width + e] += share * of[place][i * width + e]
      }
    }
    return result
  }
