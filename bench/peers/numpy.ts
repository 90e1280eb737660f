import type { Matrix } from '../../src/base/matrix.js'
import type { Timing, Work } from '../measure/timing.js'
import { handOver, type Peer } from './python.js'

/** The ways of numpy_peer.py: four passes over the product, or the norms as two more columns of it. */
export const numpyWays = ['plain', 'columns'] as const
export type NumpyWay = (typeof numpyWays)[number]

/** Numpy's Gram matrices of one pair X, Z. */
export interface NumpyGram {
  /** Every `stride`-th entry of the first column, both ways. */
  readonly probes: readonly number[][]
  /** A call with a fresh result, or into an array that is held. */
  work(way: NumpyWay, held?: boolean): Work
}

/** Hands X and Z over. */
export const numpyGram = async (
  peer: Peer,
  X: Matrix,
  Z: Matrix,
  gamma: number,
  stride: number,
): Promise<NumpyGram> => {
  const d = X.columns
  const name = `${X.rows} × ${Z.rows} × ${d}`
  const files = { X: handOver(`X${d}`, X.data), Z: handOver(`Z${d}`, Z.data) }
  const { probes } = await peer.ask<{ probes: number[][] }>({ do: 'hold', name, d, gamma, stride, ...files })
  return {
    probes,
    work: (way, held = false) => ({
      elsewhere: async (seconds) =>
        (await peer.ask<{ samples: number[] }>({ do: 'time', name, gamma, seconds, way, held })).samples,
    }),
  }
}

/** The way that took less at its best. */
export const faster = (a?: Timing, b?: Timing): Timing | undefined => (a && b && b.least < a.least ? b : a)
