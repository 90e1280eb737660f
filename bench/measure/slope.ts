/** A straight line through points by least squares. */
export interface Line {
  readonly slope: number
  /** R²: the share of the variance of y that the line explains. */
  readonly explained: number
}

/** The least-squares line of y over x. */
export const straight = (x: readonly number[], y: readonly number[]): Line => {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  const across = x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0)
  const spread = x.reduce((sum, value) => sum + (value - mx) ** 2, 0)
  const variance = y.reduce((sum, value) => sum + (value - my) ** 2, 0)
  return { slope: across / spread, explained: (across * across) / (spread * variance) }
}

/** The slope of log y against log x. */
export const slope = (x: readonly number[], y: readonly number[]): number =>
  straight(x.map(Math.log), y.map(Math.log)).slope
