// Vectors and rows of f64 by address.

/** Entry i of the vector at `p`. */
export function at(p: usize, i: i32): f64 {
  return load<f64>(p + ((<usize>i) << 3))
}

/** Sets entry i of the vector at `p`. */
export function put(p: usize, i: i32, value: f64): void {
  store<f64>(p + ((<usize>i) << 3), value)
}

/** The address of row i in a row-major matrix with `width` entries a row. */
export function row(p: usize, i: i32, width: i32): usize {
  return p + (((<usize>i) * (<usize>width)) << 3)
}

/** Σ a_i b_i; eight partial sums, so that the order of addition is fixed. */
export function dot(a: usize, b: usize, n: i32): f64 {
  let s0 = f64x2.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  let k = n
  for (; k >= 8; k -= 8) {
    s0 = f64x2.add(s0, f64x2.mul(v128.load(a), v128.load(b)))
    s1 = f64x2.add(s1, f64x2.mul(v128.load(a, 16), v128.load(b, 16)))
    s2 = f64x2.add(s2, f64x2.mul(v128.load(a, 32), v128.load(b, 32)))
    s3 = f64x2.add(s3, f64x2.mul(v128.load(a, 48), v128.load(b, 48)))
    a += 64
    b += 64
  }
  for (; k >= 2; k -= 2) {
    s0 = f64x2.add(s0, f64x2.mul(v128.load(a), v128.load(b)))
    a += 16
    b += 16
  }
  s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3))
  const sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1)
  return k > 0 ? sum + load<f64>(a) * load<f64>(b) : sum
}

/** y += factor · x. */
export function addScaled(factor: f64, x: usize, y: usize, n: i32): void {
  const f = f64x2.splat(factor)
  let k = n
  for (; k >= 4; k -= 4) {
    v128.store(y, f64x2.add(v128.load(y), f64x2.mul(f, v128.load(x))))
    v128.store(y, f64x2.add(v128.load(y, 16), f64x2.mul(f, v128.load(x, 16))), 16)
    x += 32
    y += 32
  }
  for (; k > 0; k--) {
    store<f64>(y, load<f64>(y) + factor * load<f64>(x))
    x += 8
    y += 8
  }
}

/** y += p·a + q·b + r·c + s·d: four rows in one pass over y. */
export function addFour(p: f64, a: usize, q: f64, b: usize, r: f64, c: usize, s: f64, d: usize, y: usize, n: i32): void {
  const vp = f64x2.splat(p)
  const vq = f64x2.splat(q)
  const vr = f64x2.splat(r)
  const vs = f64x2.splat(s)
  let k: usize = 0
  const pairs = (<usize>(n & ~1)) << 3
  for (; k < pairs; k += 16) {
    const first = f64x2.add(f64x2.mul(vp, v128.load(a + k)), f64x2.mul(vq, v128.load(b + k)))
    const last = f64x2.add(f64x2.mul(vr, v128.load(c + k)), f64x2.mul(vs, v128.load(d + k)))
    v128.store(y + k, f64x2.add(v128.load(y + k), f64x2.add(first, last)))
  }
  if (n & 1) {
    const first = p * load<f64>(a + k) + q * load<f64>(b + k)
    const last = r * load<f64>(c + k) + s * load<f64>(d + k)
    store<f64>(y + k, load<f64>(y + k) + (first + last))
  }
}

/** Adds a number to the diagonal of an n × n matrix of f64. */
export function addDiagonal(matrix: usize, n: i32, value: f64): void {
  const step = <usize>(n + 1) << 3
  for (let i = 0; i < n; i++) {
    store<f64>(matrix, load<f64>(matrix) + value)
    matrix += step
  }
}
