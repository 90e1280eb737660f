/** Scores of rows with their targets: 1 for the positive class and 0 for the other, or the values of a real. */
export interface Scored {
  readonly scores: Float64Array
  readonly y: Float64Array
}

/** Positions of scores from the largest; equal scores in the order of the rows. */
export const descending = (scores: ArrayLike<number>): Int32Array =>
  Int32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b)

/** Share of pairs of a positive and a negative row that scores put in order, ties by half; and how many pairs there are. */
export const orderedPairs = ({ scores, y }: Scored): { right: number; pairs: number } => {
  const order = descending(scores)
  let [right, above, negatives] = [0, 0, 0]
  for (let start = 0; start < order.length; ) {
    let [p, n] = [0, 0]
    let end = start
    for (; end < order.length && scores[order[end]] === scores[order[start]]; end++) {
      if (y[order[end]] === 1) p++
      else n++
    }
    right += n * (above + p / 2)
    above += p
    negatives += n
    start = end
  }
  return { right, pairs: above * negatives }
}

/** Counts of a decision `score > threshold`. */
export interface Decided {
  readonly hits: number
  readonly alarms: number
  readonly positives: number
  readonly rows: number
}

/** The counts of a threshold. */
export const decided = ({ scores, y }: Scored, threshold: number): Decided => {
  let [hits, alarms, positives] = [0, 0, 0]
  for (let i = 0; i < y.length; i++) {
    if (y[i] === 1) positives++
    if (!(scores[i] > threshold)) continue
    if (y[i] === 1) hits++
    else alarms++
  }
  return { hits, alarms, positives, rows: y.length }
}

/** F1 = 2 · hits / (positives + decided positive); 0 where there is neither. */
export const f1 = ({ hits, alarms, positives }: Decided): number =>
  positives + hits + alarms > 0 ? (2 * hits) / (positives + hits + alarms) : 0

/**
 * The threshold that is best by a measure of its counts, larger being better, by going through all of them: between two
 * neighbouring scores, or beyond the ends. Equal ones: the highest.
 */
export const bestThreshold = ({ scores, y }: Scored, measure: (counts: Decided) => number): number => {
  const order = descending(scores)
  const rows = y.length
  const positives = y.reduce((sum, value) => sum + value, 0)
  let [hits, alarms] = [0, 0]
  let best = { value: measure({ hits, alarms, positives, rows }), threshold: scores[order[0]] }
  for (let at = 0; at < rows; at++) {
    if (y[order[at]] === 1) hits++
    else alarms++
    const here = scores[order[at]]
    const next = at + 1 < rows ? scores[order[at + 1]] : here - 1
    if (next === here) continue
    const value = measure({ hits, alarms, positives, rows })
    if (value > best.value) best = { value, threshold: next + (here - next) / 2 }
  }
  return best.threshold
}

/** The threshold above which as many rows lie as are positive: there precision and recall are the same. */
export const breakEvenThreshold = ({ scores, y }: Scored): number => {
  const order = descending(scores)
  const positives = y.reduce((sum, value) => sum + value, 0)
  const here = scores[order[Math.max(0, positives - 1)]]
  const next = positives < y.length ? scores[order[positives]] : here - 1
  return next + (here - next) / 2
}

/** Mean of max(q(y − s), (q − 1)(y − s)). */
export const pinball = ({ scores, y }: Scored, q: number): number => {
  let sum = 0
  for (let i = 0; i < y.length; i++) sum += Math.max(q * (y[i] - scores[i]), (q - 1) * (y[i] - scores[i]))
  return sum / y.length
}
