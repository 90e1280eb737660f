// f64 vectors for the dense solvers. Lanes are summed in one fixed order.

/** Entry i of a vector. */
// @ts-ignore: decorator
@inline
export function at(vector: usize, i: i32): f64 {
  return load<f64>(vector + (<usize>i << 3))
}

/** Sets entry i of a vector. */
// @ts-ignore: decorator
@inline
export function put(vector: usize, i: i32, value: f64): void {
  store<f64>(vector + (<usize>i << 3), value)
}

/** Row i of a row-major matrix with n columns. */
// @ts-ignore: decorator
@inline
export function row(matrix: usize, i: i32, n: i32): usize {
  return matrix + ((<usize>i * <usize>n) << 3)
}

/** Σ a_i b_i. */
export function dot(a: usize, b: usize, n: i32): f64 {
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0
  let left = n
  for (; left >= 8; left -= 8) {
    s0 = f64x2.add(s0, f64x2.mul(v128.load(a), v128.load(b)))
    s1 = f64x2.add(s1, f64x2.mul(v128.load(a, 16), v128.load(b, 16)))
    s2 = f64x2.add(s2, f64x2.mul(v128.load(a, 32), v128.load(b, 32)))
    s3 = f64x2.add(s3, f64x2.mul(v128.load(a, 48), v128.load(b, 48)))
    a += 64
    b += 64
  }
  s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3))
  let sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1)
  for (; left > 0; left--) {
    sum += load<f64>(a) * load<f64>(b)
    a += 8
    b += 8
  }
  return sum
}

/** y += factor · x. */
export function addScaled(factor: f64, x: usize, y: usize, n: i32): void {
  const f = f64x2.splat(factor)
  let left = n
  for (; left >= 2; left -= 2) {
    v128.store(y, f64x2.add(v128.load(y), f64x2.mul(f, v128.load(x))))
    x += 16
    y += 16
  }
  if (left > 0) store<f64>(y, load<f64>(y) + factor * load<f64>(x))
}

/** y += a·p + b·q + c·r + d·s, added from the left. */
export function addFour(a: f64, p: usize, b: f64, q: usize, c: f64, r: usize, d: f64, s: usize, y: usize, n: i32): void {
  const va = f64x2.splat(a), vb = f64x2.splat(b), vc = f64x2.splat(c), vd = f64x2.splat(d)
  let left = n
  for (; left >= 2; left -= 2) {
    let sum = f64x2.add(v128.load(y), f64x2.mul(va, v128.load(p)))
    sum = f64x2.add(sum, f64x2.mul(vb, v128.load(q)))
    sum = f64x2.add(sum, f64x2.mul(vc, v128.load(r)))
    v128.store(y, f64x2.add(sum, f64x2.mul(vd, v128.load(s))))
    p += 16
    q += 16
    r += 16
    s += 16
    y += 16
  }
  if (left > 0) store<f64>(y, load<f64>(y) + a * load<f64>(p) + b * load<f64>(q) + c * load<f64>(r) + d * load<f64>(s))
}
