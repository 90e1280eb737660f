// AssemblyScript's own elementary functions, compiled in: the same bits in every engine, unlike JavaScript's Math.

/** e^x. */
export function exp(x: f64): f64 {
  return NativeMath.exp(x)
}

/** Natural logarithm. */
export function log(x: f64): f64 {
  return NativeMath.log(x)
}

/** Cosine. */
export function cos(x: f64): f64 {
  return NativeMath.cos(x)
}

/**
 * `count` standard normal deviates, √(−2 ln(1 − u)) · cos(2πv), from mulberry32 uniforms u, v.
 * Returns the state from which the next call goes on.
 */
export function normals(seed: i32, count: i32, out: usize): i32 {
  let state = seed
  for (let i = 0; i < count; i++) {
    state += 0x6d2b79f5
    const u = uniform(state)
    state += 0x6d2b79f5
    const v = uniform(state)
    store<f64>(out + (<usize>i << 3), Math.sqrt(-2.0 * NativeMath.log(1.0 - u)) * NativeMath.cos(2.0 * Math.PI * v))
  }
  return state
}

function uniform(state: i32): f64 {
  let t: i32 = (state ^ (state >>> 15)) * (1 | state)
  t = (t + (t ^ (t >>> 7)) * (61 | t)) ^ t
  return <f64>(<u32>(t ^ (t >>> 14))) / 4294967296.0
}
