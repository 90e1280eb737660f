import type { Embedding } from '../rkme/embedding.js'

/** A learnware in full, as an index's holder hands it over. */
export interface Fetched {
  readonly id: string
  readonly embedding: Embedding
  /** What the index was told when it was put in. */
  readonly penalty?: number
}

/**
 * Steps of a search that never holds the specifications: it yields places of the index and is given what stands there,
 * `undefined` where that cannot be read any more.
 */
export type Steps<T> = Generator<readonly number[], T, readonly (Fetched | undefined)[]>
