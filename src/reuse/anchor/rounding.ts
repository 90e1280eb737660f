/** Mean of n values and its standard error, √(Σ(v − v̄)²/(n − 1)/n); 0 for one value. */
export const standardError = (values: Float64Array): { readonly mean: number; readonly error: number } => {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, error: count > 1 ? Math.sqrt(squares / (count - 1) / count) : 0 }
}

/** The least power of two that is not below a number, by exact steps; 0 for 0. */
export const powerOfTwo = (value: number): number => {
  if (!(value > 0)) return 0
  let power = 1
  while (power < value) power *= 2
  while (power / 2 >= value) power /= 2
  return power
}
