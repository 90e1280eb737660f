import type { Matrix } from '../base/matrix.js'
import type { Labels } from '../specification/rows/label.js'
import type { Table } from '../specification/rows/table.js'

/** One input of a model, in the model's own order. */
export interface ModelInput {
  readonly name: string
  readonly kind: 'numeric' | 'integer' | 'binary' | 'categorical' | 'ordinal'
  readonly categories?: readonly string[]
  /** What the model itself calls it, where that is another name. */
  readonly own?: string
}

/** What comes out of a model: one column per class in the order of `classes`, or one column for a real. */
export type ModelOutput =
  | { readonly kind: 'real' }
  | { readonly kind: 'probabilities'; readonly classes: readonly string[] }

/** Anything that predicts: an ONNX model, a fitted model of the user's, the result of a reuse. */
export interface Model {
  readonly inputs: readonly ModelInput[]
  readonly output: ModelOutput
  /** Predictions for raw rows, by column name, or a matrix whose columns stand in the order of `inputs`. */
  predict(rows: Table | Matrix, options?: { signal?: AbortSignal }): Promise<Matrix>
  /** Where the model was chosen or blended: what was tried, with which losses and weights. */
  readonly report?: unknown
  /**
   * Where a model can go on learning: the mean of it as it is, of such as were fitted further to these rows from there and of
   * such as began anew, by how well each foretold labels that it had not seen. The model itself stays as it is.
   */
  fineTune?(rows: Table | Matrix, labels: Labels, options?: FineTuneOptions): Promise<Model>
  /**
   * The model as bytes that `builtInRuntime` opens, of the built-in learners and what `fineTune` makes of them. They hold what the
   * model is made of: of kernel machines up to 1,000 of the rows that they were fitted to.
   */
  save?(): Uint8Array
  close(): Promise<void>
}

/** Options of a fine-tuning. */
export interface FineTuneOptions {
  /** Into so many parts the rows are cut, each held out in turn, where a model must be tried on them. */
  readonly folds?: number
  readonly seed?: number
  readonly signal?: AbortSignal
}

/** What opens model bytes; `onnxRuntime()` is one. Opening is where hostile bytes are met. */
export interface Runtime {
  readonly name: string
  /** @throws Error with one clear sentence where the bytes are no model that this runtime can run. */
  open(bytes: Uint8Array, declared: { inputs: readonly ModelInput[]; output: ModelOutput }): Promise<Model>
  close?(): Promise<void>
}
