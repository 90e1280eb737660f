import type { Matrix } from '../base/matrix.js'
import type { Learnware } from '../learnware/learnware.js'
import { drawNear } from '../rkme/draw.js'

/** A learnware with its share of a task. */
export interface Member {
  readonly learnware: Learnware
  readonly weight: number
}

/** Coordinates in, shares out: rows × learnwares, every row of sum 1. */
export type Selector = (X: Matrix) => ArrayLike<number>

const rowsOfEach = 200

/** Mimic rows of every member, drawn around its reduced points. */
export const mimicOf = (members: readonly Member[], seed: number): Matrix[] =>
  members.map(({ learnware }, l) => drawNear(learnware.specification.embedding, rowsOfEach, seed + 7919 * l))

/** The place of the largest of row i; ties to the first. */
export const largest = (shares: ArrayLike<number>, width: number, i: number): number => {
  let best = 0
  for (let l = 1; l < width; l++) if (shares[i * width + l] > shares[i * width + best]) best = l
  return best
}
