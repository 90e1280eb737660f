import type { ClassEmbedding, Embedding } from '../rkme/embedding.js'

/** What a developer can be asked about the privacy of a specification, measured beside the rows. */
export interface Audit {
  /** Reduced points that coincide (within 1e-6 in scaled coordinates) with a row that fewer than five rows share. */
  readonly copies: number
  /** Smallest number of rows that a point stands for, over all embeddings: min β_j / Σβ · samples. */
  readonly leastSupport: number
}

/** What `specify(terms, rows)` makes: the embedding, class-wise or joint embeddings where there are labels, an audit. */
export interface Specification {
  readonly version: 1
  readonly island: string
  readonly embedding: Embedding
  readonly classes?: readonly ClassEmbedding[]
  readonly joint?: Embedding
  readonly audit: Audit
  /** Specifications of the same rows under the terms of other islands. */
  readonly others?: readonly Specification[]
}

/** A specification made from a user's rows, sent to search. */
export type Requirement = Specification
