/**
 * Mean squared error of a real.
 * @param {{ data: ArrayLike<number> }} predicted
 * @param {ArrayLike<number>} labels
 */
export function squaredError({ data }, labels) {
  let sum = 0
  for (let i = 0; i < labels.length; i++) sum += (data[i] - labels[i]) ** 2
  return sum / labels.length
}

/**
 * Share of rows whose likeliest class is not their label.
 * @param {{ columns: number, data: ArrayLike<number> }} predicted
 * @param {ArrayLike<string>} labels
 * @param {{ output: { classes: string[] } }} model
 */
export function errorRate({ columns, data }, labels, { output }) {
  let wrong = 0
  for (let i = 0; i < labels.length; i++) {
    let best = 0
    for (let c = 1; c < columns; c++) if (data[i * columns + c] > data[i * columns + best]) best = c
    if (output.classes[best] !== labels[i]) wrong++
  }
  return wrong / labels.length
}

/**
 * Brier score: mean over rows of the squared distance between probabilities and the truth.
 * @param {{ columns: number, data: ArrayLike<number> }} predicted
 * @param {ArrayLike<string>} labels
 * @param {{ output: { classes: string[] } }} model
 */
export function brier({ columns, data }, labels, { output }) {
  let sum = 0
  for (let i = 0; i < labels.length; i++) {
    for (let c = 0; c < columns; c++) sum += (data[i * columns + c] - (output.classes[c] === labels[i] ? 1 : 0)) ** 2
    if (!output.classes.includes(labels[i])) sum += 1
  }
  return sum / labels.length
}
