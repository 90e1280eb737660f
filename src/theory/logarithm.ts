const terms = 12

/**
 * The natural logarithm of a number above 0, from +, × and ÷ alone: the same bits in every engine. x = 2^e · r with r in
 * [√½, √2], and ln r = 2 Σ s^(2k+1)/(2k+1) with s = (r − 1)/(r + 1), |s| < 0.172; relative error below 1e-15.
 */
export const logarithm = (x: number): number => {
  let exponent = 0
  let rest = x
  for (; rest > Math.SQRT2; rest /= 2) exponent++
  for (; rest < Math.SQRT1_2; rest *= 2) exponent--
  const s = (rest - 1) / (rest + 1)
  const square = s * s
  let sum = 0
  for (let k = terms; k > 0; k--) sum = square * (1 / (2 * k + 1) + sum)
  return exponent * Math.LN2 + 2 * (s + s * sum)
}
