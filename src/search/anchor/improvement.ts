import { exp } from '../../wasm/scalar.js'

const rootOfTwoPi = 2.5066282746310002

/** Density of the standard normal distribution, e^(−z²/2)/√(2π). */
export const normalDensity = (z: number): number => exp((-z * z) / 2) / rootOfTwoPi

/**
 * Distribution function of the standard normal, Φ(z), to rounding: the series φ(z) Σ z^(2n+1)/(1·3·…·(2n+1)) in the
 * middle, Laplace's continued fraction of Mills' ratio in the tails (relatively exact there too).
 */
export const normalCumulative = (z: number): number => {
  if (Number.isNaN(z)) return z
  const far = Math.abs(z)
  if (far > 38.6) return z < 0 ? 0 : 1
  if (far < 3) {
    let term = far
    let sum = far
    for (let n = 3; term > sum * 1e-17; n += 2) {
      term *= (far * far) / n
      sum += term
    }
    const half = normalDensity(far) * sum
    return z < 0 ? 0.5 - half : 0.5 + half
  }
  let fraction = far
  for (let n = 100; n > 0; n--) fraction = far + n / fraction
  const tail = normalDensity(far) / fraction
  return z < 0 ? tail : 1 - tail
}

/**
 * How far a loss of this mean and spread is expected to lie below the best one, E max(0, best − L) =
 * (best − μ) Φ(z) + σ φ(z), z = (best − μ)/σ.
 */
export const expectedImprovement = (mean: number, spread: number, best: number): number => {
  if (!(spread > 0)) return Math.max(0, best - mean)
  const z = (best - mean) / spread
  return Math.max(0, (best - mean) * normalCumulative(z) + spread * normalDensity(z))
}
