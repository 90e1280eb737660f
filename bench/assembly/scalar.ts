/** Gaussian Gram matrix in plain scalar AssemblyScript, by dot products and the standard library's exp: no SIMD. */
export function gram(
  x: usize,
  rows: i32,
  z: usize,
  count: i32,
  dimension: i32,
  gamma: f32,
  xNorms: usize,
  zNorms: usize,
  out: usize,
): void {
  const stride = (<usize>dimension) << 2
  for (let i = 0; i < rows; i++) {
    const xx = load<f32>(xNorms + ((<usize>i) << 2))
    for (let j = 0; j < count; j++) {
      let sum: f32 = 0
      const a = x + <usize>i * stride
      const b = z + <usize>j * stride
      for (let k: usize = 0; k < stride; k += 4) sum += load<f32>(a + k) * load<f32>(b + k)
      store<f32>(out, Mathf.exp(-gamma * max<f32>(0, xx + load<f32>(zNorms + ((<usize>j) << 2)) - 2 * sum)))
      out += 4
    }
  }
}
