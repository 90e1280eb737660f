import type { Matrix } from '../../../src/base/matrix.js'
import { uniforms } from '../../../src/base/random.js'
import type { PolynomialKernel } from '../../../src/kernel/kernel.js'
import { normals } from '../../../src/wasm/scalar.js'

/** The space of a polynomial kernel in coordinates of its own, with some rows in it: a reference that knows no Gram matrix. */
export interface PolynomialSpace {
  readonly dimension: number
  /** φ(x) of every row, less the mean of all of them; the first coordinate, of the constant, is 0. */
  readonly rows: readonly Float64Array[]
  /** ‖Φ̂‖, the length of that mean. */
  readonly norm: number
  /** φ(x), with ⟨φ(x), φ(z)⟩ = k(x, z). */
  features(x: ArrayLike<number>): Float64Array
  /** ‖Φ̂ − Σ w_j φ(z_j)‖, to the last digits: nothing near 1 is subtracted. */
  error(points: Matrix, weights: ArrayLike<number>): number
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))

const exponents = (columns: number, most: number): number[][] =>
  columns === 0
    ? [[]]
    : Array.from({ length: most + 1 }, (_, first) =>
        exponents(columns - 1, most - first).map((others) => [first, ...others]),
      ).flat()

const rowOf = ({ columns, data }: Matrix, i: number): ArrayLike<number> => data.subarray(i * columns, (i + 1) * columns)

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k]
  return sum
}

const length = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a))

/** The monomials of (offset + scale · x·z)^degree, each with the root of its multinomial factor. */
export const polynomialSpace = (X: Matrix, { degree, offset, scale }: PolynomialKernel): PolynomialSpace => {
  const monomials = exponents(X.columns, degree).map((powers) => {
    const sum = powers.reduce((total, power) => total + power, 0)
    const ways =
      factorial(degree) / powers.reduce((product, power) => product * factorial(power), factorial(degree - sum))
    return { powers, factor: Math.sqrt(ways * offset ** (degree - sum) * scale ** sum) }
  })
  const features = (x: ArrayLike<number>): Float64Array =>
    Float64Array.from(monomials, ({ powers, factor }) =>
      powers.reduce((value, power, k) => value * x[k] ** power, factor),
    )
  const mapped = Array.from({ length: X.rows }, (_, i) => features(rowOf(X, i)))
  const mean = Float64Array.from(monomials, (_, k) => mapped.reduce((sum, row) => sum + row[k], 0) / X.rows)
  return {
    dimension: monomials.length,
    rows: mapped.map((row) => row.map((value, k) => value - mean[k])),
    norm: length(mean),
    features,
    error: (points, weights) => {
      const left = mean.slice()
      for (let j = 0; j < points.rows; j++) {
        const one = features(rowOf(points, j))
        for (let k = 0; k < left.length; k++) left[k] -= weights[j] * one[k]
      }
      return length(left)
    },
  }
}

/**
 * The errors of Frank–Wolfe with line search on the hull of the rows, after 1, 2, … steps, from the row nearest to the mean:
 * the next atom is the row against the gradient, which the weights move to as far as helps (written after Bach, Lacoste-Julien & Obozinski 2012).
 */
export const lineSearch = ({ rows }: PolynomialSpace, steps: number): number[] => {
  let left = rows.reduce((a, b) => (dot(b, b) < dot(a, a) ? b : a))
  const errors = [length(left)]
  while (errors.length < steps) {
    let best = rows[0]
    let least = Infinity
    for (const row of rows) {
      const along = dot(row, left)
      if (along >= least) continue
      least = along
      best = row
    }
    const move = best.map((value, k) => value - left[k])
    const share = Math.min(1, Math.max(0, -dot(move, left) / dot(move, move)))
    left = left.map((value, k) => value + share * move[k])
    errors.push(length(left))
  }
  return errors
}

const starts = 60
const rounds = 400

/**
 * By what factor at least a step of {@link lineSearch} lowers the error, √(1 − r²/R²) (Beck & Teboulle 2004): R is the distance
 * from the mean to the farthest row, r that to the boundary of the hull within its own span, the least over directions of how far
 * the hull reaches. It is searched for by descent from many directions, so that the factor found is never too large.
 */
export const guaranteedRate = ({ rows, dimension }: PolynomialSpace): number => {
  const random = uniforms(1)
  const reach = (u: Float64Array): { far: Float64Array; along: number } => {
    let far = rows[0]
    let along = -Infinity
    for (const row of rows) {
      const value = dot(row, u)
      if (value <= along) continue
      along = value
      far = row
    }
    return { far, along }
  }
  let r = Infinity
  for (let start = 0; start < starts; start++) {
    let u = normals(Math.floor(random() * 1e9), dimension)
    u[0] = 0
    for (let round = 0; round < rounds; round++) {
      const size = length(u)
      u = u.map((value) => value / size)
      const { far, along } = reach(u)
      r = Math.min(r, along)
      const step = 1 / ((1 + 0.1 * round) * length(far))
      u = u.map((value, k) => value - step * far[k])
    }
  }
  const R = Math.max(...rows.map(length))
  return Math.sqrt(1 - (r / R) ** 2)
}
