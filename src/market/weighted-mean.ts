/** Σ_j w_j v_j / Σ_j w_j, 0 where there is no weight. */
export const weightedMean = (values: ArrayLike<number>, weights: ArrayLike<number>): number => {
  let sum = 0
  let total = 0
  for (let j = 0; j < values.length; j++) {
    sum += weights[j] * values[j]
    total += weights[j]
  }
  return total > 0 ? sum / total : 0
}
