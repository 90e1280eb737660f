/** Edit distance (insert, delete, replace) of two texts. */
export const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]
}

const plain = (text: string): string => text.toLowerCase().replace(/[\s_\-.]+/g, '')

/** The known word that `word` was most likely meant to be: equal but for case and blanks, or at most a third of it mistyped. */
export const nearMiss = (word: string, known: readonly string[]): string | undefined => {
  const wanted = plain(word.slice(0, 100))
  let best: string | undefined
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of known.slice(0, 2000)) {
    const distance = editDistance(wanted, plain(candidate.slice(0, 100)))
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

/** Words for a message: at most `most` of them, quoted, and how many more there are. */
export const listed = (words: readonly string[], most = 8): string => {
  const head = words.slice(0, most).map((word) => JSON.stringify(word.length > 40 ? `${word.slice(0, 39)}…` : word))
  return words.length > most ? `${head.join(', ')} and ${words.length - most} more` : head.join(', ')
}

/**
 * How well the shorter text is found inside the longer, from 0 to 100: the best of 100·LCS(short, window)/|short| over the
 * windows of the longer text that are as long as the shorter (the partial ratio of fuzzy string matching).
 * All windows at once by combing, O(|a|·|b|): Alves, Cáceres and Song's all-substring longest common subsequence.
 */
export const partialRatio = (a: string, b: string): number => {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  if (short.length === 0) return 100
  const horizontal = Int32Array.from({ length: long.length + 1 }, (_, j) => j)
  for (let i = 0; i < short.length; i++) {
    let vertical = 0
    for (let j = 1; j <= long.length; j++) {
      const above = horizontal[j]
      if (short[i] === long[j - 1]) {
        horizontal[j] = vertical
        vertical = above
      } else if (vertical > above) {
        horizontal[j] = vertical
        vertical = above
      }
    }
  }
  let best = 0
  for (let start = 1; start + short.length - 1 <= long.length; start++) {
    let common = 0
    for (let j = start; j < start + short.length; j++) if (horizontal[j] < start) common++
    if (common > best) best = common
  }
  return (100 * best) / short.length
}
