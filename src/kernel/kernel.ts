import { positive } from '../base/check.js'

/** The Gaussian kernel k(x, y) = exp(-gamma‖x − y‖²); k(x, x) = 1. */
export interface GaussianKernel {
  readonly kind: 'gaussian'
  readonly gamma: number
}

/** A positive-definite function of two points, as plain data. */
export type Kernel = GaussianKernel

/** The Gaussian kernel exp(-gamma‖x − y‖²), gamma > 0. */
export const gaussian = (gamma: number): GaussianKernel => ({ kind: 'gaussian', gamma: positive(gamma, 'gamma') })
