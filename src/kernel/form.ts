import { lengthOf } from '../base/check.js'
import { ValueError } from '../base/error.js'
import type { Matrix } from '../base/matrix.js'
import type { Arena } from '../wasm/arena.js'
import { log } from '../wasm/scalar.js'
import type { Kernel, ProductPart } from './kernel.js'

/** Whether a column is compared for equality: a category or a mask. */
export const isDiscrete = (part: ProductPart): boolean => part.kind !== 'numeric'

/** The columns of a kernel that hold categories or masks. */
export const discreteColumns = (kernel: Kernel): readonly number[] =>
  kernel.kind === 'product' ? kernel.parts.flatMap((part, c) => (isDiscrete(part) ? [c] : [])) : []

/** Where k(x, y) depends on differences of the rows, so that they may be centred, and k(x, x) = 1. */
export const isNormalised = ({ kind }: Kernel): boolean => kind !== 'polynomial' && kind !== 'linear'

/** The origin that a kernel allows near these means: themselves, 0 for categories, 0 for kernels of x·y. */
export const originOf = (kernel: Kernel, means: Float64Array): Float64Array => {
  if (kernel.kind === 'gaussian') return means
  if (!isNormalised(kernel)) return new Float64Array(means.length)
  const origin = means.slice()
  for (const c of discreteColumns(kernel)) origin[c] = 0
  return origin
}

const largestCategory = 16777216

/**
 * Refuses rows that a product kernel cannot take: another number of columns, or categories that are no whole numbers.
 * @throws RangeError that names the first one.
 */
export const checkColumns = (kernel: Kernel, { rows, columns, data }: Matrix, name: string): void => {
  if (kernel.kind !== 'product') return
  lengthOf({ length: columns }, `${name} columns`, kernel.parts.length)
  for (const c of discreteColumns(kernel)) {
    for (let i = 0, at = c; i < rows; i++, at += columns) {
      if (!Number.isInteger(data[at]) || Math.abs(data[at]) > largestCategory) {
        throw new ValueError(
          `"${name}" expected whole numbers up to 2²⁴ in its ${kernel.parts[c].kind} column ${c}, got ${data[at]} in row ${i}; number the categories`,
        )
      }
    }
  }
}

/** k(x, x) of every row. */
export const diagonal = (kernel: Kernel, { rows, columns, data }: Matrix): Float64Array => {
  const values = new Float64Array(rows).fill(1)
  if (isNormalised(kernel)) return values
  for (let i = 0, at = 0; i < rows; i++) {
    let sum = 0
    for (let k = 0; k < columns; k++, at++) sum += data[at] * data[at]
    values[i] = power(kernel, sum)
  }
  return values
}

/** (scale · t + offset)^degree, or its derivative by t, by repeated multiplication. */
export const power = (kernel: Kernel, t: number, slope = false): number => {
  if (kernel.kind !== 'polynomial') return slope ? 1 : t
  const { degree, offset, scale } = kernel
  const base = scale * t + offset
  let value = slope ? scale * degree : base
  for (let e = 1; e < degree; e++) value *= base
  return value
}

// exp(−10⁴) is 0 in both precisions: a rho of 0 without an infinity, which 0 · ∞ would turn into NaN.
const lossOfNothing = 1e4

/** What a product kernel loses in each column: gamma of a number, −ln(1/rho) (the sign tells) of a category. */
const lossesOf = (parts: readonly ProductPart[]): number[] =>
  parts.map((part) => (part.kind === 'numeric' ? part.gamma : part.rho === 0 ? -lossOfNothing : log(part.rho)))

/** What the core takes: gamma (or the scale), and the block of a kernel that is not Gaussian. */
export interface PlacedKernel {
  readonly gamma: number
  readonly block: number
}

const codes = { laplacian: 1, polynomial: 2, linear: 2, product: 3 } as const

/** Puts a kernel into the arena, for rows of this precision. */
export const placeKernel = (arena: Arena, kernel: Kernel, f32: boolean): PlacedKernel => {
  if (kernel.kind === 'gaussian') return { gamma: kernel.gamma, block: 0 }
  const code = codes[kernel.kind]
  if (kernel.kind === 'laplacian') return { gamma: kernel.gamma, block: arena.f64([code, 0, 0, 0]) }
  if (kernel.kind === 'polynomial') {
    return { gamma: kernel.scale, block: arena.f64([code, kernel.degree, kernel.offset, 0]) }
  }
  if (kernel.kind === 'linear') return { gamma: 1, block: arena.f64([code, 1, 0, 0]) }
  const losses = lossesOf(kernel.parts)
  return { gamma: 1, block: arena.f64([code, 0, 0, f32 ? arena.f32(losses) : arena.f64(losses)]) }
}
