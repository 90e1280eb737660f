/** What a fitted function is made of: enough to make it again, to the bit. */
export type FitState = LinearState | KernelState | TreesState

/** W (d × C) and below it the intercepts, C of them; −Infinity for a class without a row. */
export interface LinearState {
  readonly kind: 'linear'
  readonly loss: 'squared' | 'entropy'
  readonly theta: ArrayLike<number>
  /** How many labels it was made of. */
  readonly labels: number
}

/** Σ_i α_i k(x_i, x) + b of a Gaussian kernel: basis (n × d), α (n × C), b (C). */
export interface KernelState {
  readonly kind: 'kernel'
  readonly gamma: number
  readonly basis: ArrayLike<number>
  readonly alpha: ArrayLike<number>
  readonly intercept: ArrayLike<number>
  /** Of a classifier: the factor before the softmax, and how many labels it was made of. */
  readonly softmax?: { readonly factor: number; readonly labels: number }
}

/** start + Σ_t weight_t T_t(x); the columns, cuts, children and values of a tree as in `Tree`. */
export interface TreesState {
  readonly kind: 'trees'
  readonly loss: 'squared' | 'entropy'
  readonly start: ArrayLike<number>
  readonly trees: readonly {
    readonly weight: number
    readonly columns: ArrayLike<number>
    readonly cuts: ArrayLike<number>
    readonly children: ArrayLike<number>
    readonly values: ArrayLike<number>
  }[]
  readonly labels: number
}
