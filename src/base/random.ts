/** Uniform numbers in [0, 1) from a 32-bit seed (mulberry32): integer arithmetic only, so the same bits everywhere. */
export const uniforms = (seed: number): (() => number) => {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A whole number from 0 to `bound` - 1. */
export const below = (random: () => number, bound: number): number => Math.floor(random() * bound)

// Up to so many times as many an array of all of them is quicker than a map of those that were moved.
const denseUpTo = 8

/** The first `count` of a random order of 0 … length - 1 (Fisher–Yates), in room for `count`, not for `length`. */
export const permutation = (random: () => number, length: number, count: number = length): Int32Array => {
  const chosen = new Int32Array(count)
  if (length <= denseUpTo * count) {
    const order = Int32Array.from({ length }, (_, i) => i)
    for (let i = 0; i < count; i++) {
      const j = i + below(random, length - i)
      chosen[i] = order[j]
      order[j] = order[i]
    }
    return chosen
  }
  const moved = new Map<number, number>()
  for (let i = 0; i < count; i++) {
    const j = i + below(random, length - i)
    chosen[i] = moved.get(j) ?? j
    moved.set(j, moved.get(i) ?? i)
  }
  return chosen
}
