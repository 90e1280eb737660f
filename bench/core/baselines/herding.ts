import type { Problem } from './problem.js'

/** Kernel herding over the rows (Chen, Welling & Smola 2010): the next is argmax Φ̂(x) − Σ k(x, x_t) / (T + 1). */
export const herding = ({ X, K, mean }: Problem, count: number): number[] => {
  const m = X.rows
  const sums = new Float64Array(m)
  const chosen: number[] = []
  for (let t = 0; t < count; t++) {
    let best = 0
    for (let i = 1; i < m; i++) {
      if (mean[i] - sums[i] / (t + 1) > mean[best] - sums[best] / (t + 1)) best = i
    }
    chosen.push(best)
    for (let i = 0; i < m; i++) sums[i] += K[best * m + i]
  }
  return chosen
}
