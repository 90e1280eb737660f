import { finite, oneOf, options, positive, whole } from '../base/check.js'
import { KindError, shown, ValueError } from '../base/error.js'

/** The Gaussian kernel k(x, y) = exp(-gamma‖x − y‖²); k(x, x) = 1. */
export interface GaussianKernel {
  readonly kind: 'gaussian'
  readonly gamma: number
}

/** The Laplacian kernel k(x, y) = exp(-gamma‖x − y‖₁); k(x, x) = 1. */
export interface LaplacianKernel {
  readonly kind: 'laplacian'
  readonly gamma: number
}

/** The polynomial kernel k(x, y) = (scale · x·y + offset)^degree; k(x, x) is not 1. */
export interface PolynomialKernel {
  readonly kind: 'polynomial'
  readonly degree: number
  readonly offset: number
  readonly scale: number
}

/** The linear kernel k(x, y) = x·y: its embedding is the mean of the rows. */
export interface LinearKernel {
  readonly kind: 'linear'
}

/** A factor of a product kernel, for one column. */
export type ProductPart =
  /** exp(-gamma(x − y)²) of a number. */
  | { readonly kind: 'numeric'; readonly gamma: number }
  /** 1 for equal categories, rho for different ones; a category is a whole number. */
  | { readonly kind: 'categorical'; readonly rho: number }
  /** The mask beside a column with missing values, 1 where the value is missing, else 0: a factor rho between the two. */
  | { readonly kind: 'missing'; readonly rho: number }

/** The product kernel k(x, y) = Π_c κ_c(x_c, y_c), one factor for each column; k(x, x) = 1. */
export interface ProductKernel {
  readonly kind: 'product'
  readonly parts: readonly ProductPart[]
}

/** A positive-definite function of two points, as plain data. */
export type Kernel = GaussianKernel | LaplacianKernel | PolynomialKernel | LinearKernel | ProductKernel

// Gradients and their squares stay within f64; the curvature of the Laplacian has the square of gamma.
export const mostGamma = 1e280
const mostLaplacian = 1e140

/** A gamma above 0 that is neither too small nor too large to count with. */
const checkGamma = (value: unknown, name: string, most = mostGamma): number =>
  finite(positive(value, name), name, 1 / most, most)

/** The Gaussian kernel exp(-gamma‖x − y‖²), gamma > 0. */
export const gaussian = (gamma: number): GaussianKernel => ({ kind: 'gaussian', gamma: checkGamma(gamma, 'gamma') })

/** The Laplacian kernel exp(-gamma‖x − y‖₁), gamma > 0. */
export const laplacian = (gamma: number): LaplacianKernel => ({
  kind: 'laplacian',
  gamma: checkGamma(gamma, 'gamma', mostLaplacian),
})

const mostDegree = 16

/**
 * The polynomial kernel (scale · x·y + offset)^degree: degree a whole number from 1 to 16, offset ≥ 0, scale > 0 (else it
 * is not positive definite).
 */
export const polynomial = (
  given: { readonly degree?: number; readonly offset?: number; readonly scale?: number } = {},
): PolynomialKernel => {
  const { degree = 2, offset = 1, scale = 1 } = options(given, 'options', ['degree', 'offset', 'scale'])
  return {
    kind: 'polynomial',
    degree: whole(degree, 'degree', 1, mostDegree),
    offset: finite(offset, 'offset', 0),
    scale: positive(scale, 'scale'),
  }
}

/** The linear kernel x·y. */
export const linear = (): LinearKernel => ({ kind: 'linear' })

/** A part of {@link product}: rho may be left out. */
export type ProductPartOptions =
  | { readonly kind: 'numeric'; readonly gamma: number }
  | { readonly kind: 'categorical' | 'missing'; readonly rho?: number }

const usualRho = { categorical: 0.25, missing: 0.5 } as const

/**
 * The product kernel of mixed columns, one part for each in their order: `numeric` exp(-gamma(x − y)²), `categorical` κ = 1
 * where equal, else rho = 0.25, and `missing` (a mask, 1 where a number is missing, else 0: `masked` makes it of rows with NaN and fills
 * them) κ = 1 where equal, else rho = 0.5. 0 ≤ rho < 1. With the same gamma and those values of rho
 * it is the kernel of a specification, where categories and masks are axes of a Gaussian. `reduce` keeps whole categories in its
 * points: it descends in the numbers and goes through the categories one by one, taking another only where the MMD falls.
 */
export const product = (parts: readonly ProductPartOptions[]): ProductKernel => ({
  kind: 'product',
  parts: checkParts(parts, 'parts'),
})

const checkParts = (parts: unknown, name: string): ProductPart[] => {
  if (!Array.isArray(parts)) throw new KindError(`"${name}" expected an array of parts, got ${shown(parts)}`)
  if (parts.length === 0) throw new ValueError(`"${name}" expected one part for each column, got none`, 'shape')
  return parts.map((part, c): ProductPart => {
    const kind = oneOf(part?.kind, `${name}[${c}].kind`, ['numeric', 'categorical', 'missing'])
    if (kind === 'numeric') return { kind, gamma: checkGamma(part.gamma, `${name}[${c}].gamma`) }
    const rho = finite(part.rho ?? usualRho[kind], `${name}[${c}].rho`, 0)
    if (rho >= 1) throw new ValueError(`"${name}[${c}].rho" expected a number from 0 to below 1, got ${rho}`)
    return { kind, rho }
  })
}

/**
 * A kernel that came from outside, as a fresh one.
 * @throws RangeError for a kind that is none, or a parameter outside its range.
 */
export const checkKernel = (kernel: Kernel, name = 'kernel'): Kernel => {
  const kinds = ['gaussian', 'laplacian', 'polynomial', 'linear', 'product'] as const
  const kind = oneOf(kernel?.kind, `${name}.kind`, kinds)
  const given = kernel as Kernel & Record<string, unknown>
  if (kind === 'linear') return { kind }
  if (kind === 'product') return { kind, parts: checkParts(given.parts, `${name}.parts`) }
  if (kind === 'polynomial') {
    return {
      kind,
      degree: whole(given.degree, `${name}.degree`, 1, mostDegree),
      offset: finite(given.offset, `${name}.offset`, 0),
      scale: positive(given.scale, `${name}.scale`),
    }
  }
  return { kind, gamma: checkGamma(given.gamma, `${name}.gamma`, kind === 'laplacian' ? mostLaplacian : undefined) }
}

/**
 * The kernel where it is Gaussian, as those of specifications are.
 * @throws RangeError for another kind.
 */
export const gaussianOnly = (kernel: Kernel): GaussianKernel => {
  if (kernel.kind !== 'gaussian') {
    throw new ValueError(`"kernel" expected a Gaussian kernel, as all terms have, got ${nameOf(kernel)}`)
  }
  return kernel
}

/** Whether two kernels are the same function. */
export const sameKernel = (a: Kernel, b: Kernel): boolean =>
  a.kind === 'gaussian' && b.kind === 'gaussian' ? a.gamma === b.gamma : nameOf(a) === nameOf(b)

/** A kernel as a word for messages, and as a key: two kernels are the same where it is. */
export const nameOf = (kernel: Kernel): string => {
  if (kernel.kind === 'linear') return 'linear()'
  if (kernel.kind === 'polynomial') return `polynomial(${kernel.degree}, ${kernel.offset}, ${kernel.scale})`
  if (kernel.kind === 'product') {
    const parts = kernel.parts.map((part) => `${part.kind} ${part.kind === 'numeric' ? part.gamma : part.rho}`)
    return `product(${parts.join(', ')})`
  }
  return `${kernel.kind}(${kernel.gamma})`
}
