import type { Kernel } from '../../src/kernel/kernel.js'

type Row = ArrayLike<number>

/** k(x, y) by its definition. */
export const kernelReference = (kernel: Kernel, x: Row, y: Row): number => {
  let dot = 0
  let squares = 0
  let absolutes = 0
  for (let k = 0; k < x.length; k++) {
    dot += x[k] * y[k]
    squares += (x[k] - y[k]) ** 2
    absolutes += Math.abs(x[k] - y[k])
  }
  switch (kernel.kind) {
    case 'gaussian':
      return Math.exp(-kernel.gamma * squares)
    case 'laplacian':
      return Math.exp(-kernel.gamma * absolutes)
    case 'linear':
      return dot
    case 'polynomial':
      return (kernel.scale * dot + kernel.offset) ** kernel.degree
    case 'product':
      return kernel.parts.reduce((value, part, c) => {
        if (part.kind === 'numeric') return value * Math.exp(-part.gamma * (x[c] - y[c]) ** 2)
        return value * (x[c] === y[c] ? 1 : part.rho)
      }, 1)
  }
}

/** Σ_i Σ_j a_i b_j k(x_i, z_j). */
export const innerOf = (kernel: Kernel, X: readonly Row[], a: Row, Z: readonly Row[], b: Row): number => {
  let sum = 0
  X.forEach((x, i) => {
    Z.forEach((z, j) => {
      sum += a[i] * b[j] * kernelReference(kernel, x, z)
    })
  })
  return sum
}

/** ‖Σ a_i k(x_i, ·) − Σ b_j k(z_j, ·)‖². */
export const mmdSquaredOf = (kernel: Kernel, X: readonly Row[], a: Row, Z: readonly Row[], b: Row): number =>
  innerOf(kernel, X, a, X, a) - 2 * innerOf(kernel, X, a, Z, b) + innerOf(kernel, Z, b, Z, b)

// 60 binary digits behind the point: numbers of f64 from about 1e-2 on as they are.
const point = 60
const fixed = (value: number): bigint => BigInt(Math.round(value * 2 ** point))

/** ‖Σ a_i k(x_i, ·) − Σ b_j k(z_j, ·)‖ of a kernel of x·y, in whole numbers: no digit is lost, however far the rows are. */
export const exactDistance = (kernel: Kernel, X: readonly Row[], a: Row, Z: readonly Row[], b: Row): number => {
  const { degree, offset, scale } = kernel.kind === 'polynomial' ? kernel : { degree: 1, offset: 0, scale: 1 }
  const points = [...X, ...Z].map((row) => Array.from(row, fixed))
  const weights = [...Array.from(a, fixed), ...Array.from(b, (weight) => -fixed(weight))]
  const [s, o] = [fixed(scale), fixed(offset) << BigInt(2 * point)]
  let sum = 0n
  points.forEach((x, i) => {
    points.forEach((y, j) => {
      let dot = 0n
      for (let k = 0; k < x.length; k++) dot += x[k] * y[k]
      sum += weights[i] * weights[j] * (s * dot + o) ** BigInt(degree)
    })
  })
  return Math.sqrt(Number(sum) / 2 ** (point * (3 * degree + 2)))
}
