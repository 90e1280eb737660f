// Slow, plain references in f64 JavaScript. They share no code with the library.

/** mulberry32: uniform numbers in [0, 1). */
export const mulberry32 = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}

/** Standard normal deviates, two uniforms each. */
export const normalOf = (random: () => number) => () => {
  const u = random()
  const v = random()
  return Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v)
}

/** m rows of normal(mu, 1) coordinates. */
export const gauss = (mu: readonly number[], m: number, seed: number): number[][] => {
  const normal = normalOf(mulberry32(seed))
  return Array.from({ length: m }, () => mu.map((centre) => centre + normal()))
}

/** m rows of three Gaussians in the plane, shares .5, .3, .2, means (0, 0), (4, 0), (0, 4). */
export const data3 = (m: number, seed: number): number[][] => {
  const random = mulberry32(seed)
  const normal = normalOf(random)
  return Array.from({ length: m }, () => {
    const u = random()
    const [a, b] = u < 0.5 ? [0, 0] : u < 0.8 ? [4, 0] : [0, 4]
    return [a + normal(), b + normal()]
  })
}

type Rows = ArrayLike<ArrayLike<number>>

/** ‖a − b‖². */
export const squaredDistance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += (a[k] - b[k]) ** 2
  return sum
}

/** exp(−gamma‖a − b‖²). */
export const kernelValue = (a: ArrayLike<number>, b: ArrayLike<number>, gamma: number): number =>
  Math.exp(-gamma * squaredDistance(a, b))

/** K(X, Z) as nested arrays. */
export const gramReference = (X: Rows, Z: Rows, gamma: number): number[][] =>
  Array.from(X, (x) => Array.from(Z, (z) => kernelValue(x, z, gamma)))

/** Σ_i Σ_j a_i b_j k(x_i, z_j). */
export const innerReference = (X: Rows, a: ArrayLike<number>, Z: Rows, b: ArrayLike<number>, gamma: number): number => {
  let sum = 0
  for (let i = 0; i < X.length; i++)
    for (let j = 0; j < Z.length; j++) sum += a[i] * b[j] * kernelValue(X[i], Z[j], gamma)
  return sum
}

/** ‖Σ a_i k(x_i, ·) − Σ b_j k(z_j, ·)‖². */
export const mmdSquaredReference = (
  X: Rows,
  a: ArrayLike<number>,
  Z: Rows,
  b: ArrayLike<number>,
  gamma: number,
): number =>
  innerReference(X, a, X, a, gamma) - 2 * innerReference(X, a, Z, b, gamma) + innerReference(Z, b, Z, b, gamma)

/** m equal weights 1/m. */
export const equalWeights = (m: number): Float64Array => new Float64Array(m).fill(1 / m)

/** Row i of a matrix, as numbers. */
export const rowsOf = ({
  rows,
  columns,
  data,
}: {
  rows: number
  columns: number
  data: ArrayLike<number>
}): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, k) => data[i * columns + k]))
