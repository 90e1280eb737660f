import type { Matrix } from '../../base/matrix.js'
import type { Tree } from './tree.js'

/** What a fitted function is made of: enough to make it again, to the bit. */
export type FitState = LinearState | KernelState | TreesState

/** W (d × C) and below it the intercepts, C of them; −Infinity for a class without a row. */
export interface LinearState {
  readonly kind: 'linear'
  readonly loss: 'squared' | 'entropy'
  readonly theta: Float64Array
  /** How many labels it was made of. */
  readonly labels: number
}

/** Σ_i α_i k(x_i, x) + b of a Gaussian kernel: basis (n × d), α (n × C), b (C). */
export interface KernelState {
  readonly kind: 'kernel'
  readonly gamma: number
  readonly basis: Matrix['data']
  readonly alpha: Float64Array
  readonly intercept: Float64Array
  /** Of a classifier: the factor before the softmax, and how many labels it was made of. */
  readonly softmax?: { readonly factor: number; readonly labels: number }
}

/** start + Σ_t weight_t T_t(x). */
export interface TreesState {
  readonly kind: 'trees'
  readonly loss: 'squared' | 'entropy'
  readonly start: Float64Array
  readonly trees: readonly (Tree & { readonly weight: number })[]
  readonly labels: number
}
