import type { Matrix } from '../base/matrix.js'
import { centred, columnMeans, type Precision } from './centre.js'
import { isNormalised, originOf, power } from './form.js'
import type { Kernel } from './kernel.js'

// In f32 squares up to 2¹²⁵ can be added up, and gamma up to 2¹⁰⁰ leaves the squares that it meets above the smallest numbers. In f64
// (2⁹⁰⁰) there is room for what gradients and their squares need.
const limits = {
  f32: { square: 4.253529586511731e37, gamma: 1.2676506002282294e30, value: 1.2676506002282294e30, near: 1e4 },
  f64: { square: 8.452712498170644e270, gamma: Number.MAX_VALUE, value: 8.452712498170644e270, near: 2e17 },
} as const

/** The least value, besides 0, that f64 can count with. */
export const leastValue = 1 / limits.f64.value

/** The factor of ‖x − z‖² in the exponent, or what stands for it: its largest in any column, and as if ‖x − z‖₁ were squared. */
const steepness = (kernel: Kernel, columns: number): number => {
  if (kernel.kind === 'gaussian') return kernel.gamma
  if (kernel.kind === 'laplacian') return kernel.gamma * kernel.gamma * columns
  if (kernel.kind !== 'product') return 0
  return Math.max(0, ...kernel.parts.map((part) => (part.kind === 'numeric' ? part.gamma : 0)))
}

/** Whether kernel values of rows with ‖x‖² up to `largest` are numbers in a precision, neither too large nor lost as too small. */
export const fits = (kernel: Kernel, columns: number, largest: number, precision: Precision): boolean => {
  const { square, gamma, value } = limits[precision]
  if (!(largest <= square)) return false
  if (isNormalised(kernel)) return steepness(kernel, columns) <= gamma
  const most = power(kernel, largest)
  const scale = kernel.kind === 'polynomial' ? kernel.scale : 1
  return most <= value && scale <= gamma && (most * value >= 1 || (largest === 0 && precision === 'f64'))
}

/**
 * Whether rows may be measured from an origin from which they are up to √largest away: rounding in the precision then changes no
 * value by more than 1e-5 in f32, 1e-7 in f64. Farther rows keep their digits only where nothing is subtracted from them.
 */
export const isNear = (kernel: Kernel, columns: number, largest: number, precision: Precision): boolean =>
  steepness(kernel, columns) * largest <= limits[precision].near

/** Points in f64 minus the origin that their kernel allows near their mean, or minus 0 where that would lose digits. */
export const centredPoints = (points: Matrix, kernel: Kernel): { points: Matrix; origin: Float64Array } => {
  const { rows, columns } = points
  const origin = originOf(kernel, columnMeans(points))
  const placed = centred(points, origin, 'f64')
  let largest = 0
  for (let i = 0, at = 0; i < rows; i++) {
    let norm = 0
    for (let k = 0; k < columns; k++, at++) norm += placed.data[at] * placed.data[at]
    largest = Math.max(largest, norm)
  }
  if (isNear(kernel, columns, largest, 'f64')) return { points: placed, origin }
  return { points: { rows, columns, data: Float64Array.from(points.data) }, origin: new Float64Array(columns) }
}
