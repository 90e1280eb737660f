// A kernel other than the Gaussian is a block of f64 numbers: kind, degree, offset, and the address of its losses, one for
// each coordinate in the precision of the rows. Its gamma or scale comes beside the block. No block means Gaussian.

/** exp(−gamma‖x − z‖₁). */
export const LAPLACIAN: i32 = 1
/** (scale · x·z + offset)^degree. */
export const POLYNOMIAL: i32 = 2
// 3 is the product kernel, exp(−gamma Σ_k): see MIXED of the tiles.

export function kindOf(kernel: usize): i32 {
  return kernel == 0 ? 0 : <i32>load<f64>(kernel)
}

export function degreeOf(kernel: usize): i32 {
  return <i32>load<f64>(kernel, 8)
}

export function offsetOf(kernel: usize): f64 {
  return load<f64>(kernel, 16)
}

export function lossesOf(kernel: usize): usize {
  return kernel == 0 ? 0 : <usize>load<f64>(kernel, 24)
}
