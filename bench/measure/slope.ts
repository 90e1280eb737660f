/** The least-squares slope of log y against log x. */
export const slope = (x: readonly number[], y: readonly number[]): number => {
  const u = x.map(Math.log)
  const v = y.map(Math.log)
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [mu, mv] = [mean(u), mean(v)]
  return (
    u.reduce((sum, value, i) => sum + (value - mu) * (v[i] - mv), 0) /
    u.reduce((sum, value) => sum + (value - mu) ** 2, 0)
  )
}
