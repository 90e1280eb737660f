import type { Matrix } from '../../../src/base/matrix.js'
import type { ModelOutput, Runtime } from '../../../src/learnware/model.js'
import type { Submission } from '../../../src/market/submit/validate.js'
import type { Table } from '../../../src/specification/rows/table.js'
import type { Store } from '../../../src/store/store.js'

/** Rows by column with their labels. */
export interface Labelled {
  readonly rows: Table
  readonly labels: readonly unknown[]
}

/** A market, users that it was not tuned on, and what counts as their loss. */
export interface AnchorSet {
  readonly name: string
  readonly runtime: Runtime
  readonly store: Store
  /** What is to be submitted first, where the store does not hold it yet. */
  submissions(): Iterable<Submission>
  /** `few` labelled rows are all that a user has; on `test` the learnwares are judged. */
  readonly users: readonly {
    readonly few: Labelled
    readonly test: Labelled
  }[]
  loss(predicted: Matrix, labels: readonly unknown[], model: { readonly output: ModelOutput }): number
}
