import { cos, log } from '../../wasm/scalar.js'

const wordsAtOnce = 16384

/**
 * `count` standard normal deviates that nobody can repeat: 53-bit uniforms of the platform's cryptographic generator,
 * √(−2 ln(1 − u)) · cos(2πv). Nothing but the result is kept.
 */
export const secureNormals = (count: number): Float64Array => {
  const words = new Uint32Array(4 * count)
  for (let start = 0; start < words.length; start += wordsAtOnce) {
    globalThis.crypto.getRandomValues(words.subarray(start, start + wordsAtOnce))
  }
  const uniform = (i: number): number => ((words[i] >>> 5) * 67108864 + (words[i + 1] >>> 6)) / 9007199254740992
  const normals = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    normals[i] = Math.sqrt(-2 * log(1 - uniform(4 * i))) * cos(2 * Math.PI * uniform(4 * i + 2))
  }
  words.fill(0)
  return normals
}
