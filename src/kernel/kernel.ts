import { oneOf, positive } from '../base/check.js'

/** The Gaussian kernel k(x, y) = exp(-gamma‖x − y‖²); k(x, x) = 1. */
export interface GaussianKernel {
  readonly kind: 'gaussian'
  readonly gamma: number
}

/** A positive-definite function of two points, as plain data. */
export type Kernel = GaussianKernel

/** The Gaussian kernel exp(-gamma‖x − y‖²), gamma > 0. */
export const gaussian = (gamma: number): GaussianKernel => ({ kind: 'gaussian', gamma: positive(gamma, 'gamma') })

/**
 * A kernel that came from outside, as a fresh one.
 * @throws RangeError for a kind that is none, or a gamma that is not above 0.
 */
export const checkKernel = (kernel: Kernel, name = 'kernel'): Kernel => {
  oneOf(kernel?.kind, `${name}.kind`, ['gaussian'])
  return { kind: kernel.kind, gamma: positive(kernel.gamma, `${name}.gamma`) }
}
