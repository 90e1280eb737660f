// Words used by every kernel: a panel is 32 bytes wide (8 f32 or 4 f64 points), a chunk is 256 rows.

/** Rows whose sums are taken together before they enter a total. */
export const CHUNK: i32 = 256

/** Bytes of one row of a panel: two vectors. */
export const WIDTH: usize = 32

/** Points in a panel. */
// @ts-ignore: decorator
@inline
export function panelPoints<T>(): i32 {
  return <i32>(WIDTH / sizeof<T>())
}

/** Panels that hold `count` points. */
// @ts-ignore: decorator
@inline
export function panels<T>(count: i32): i32 {
  return (count + panelPoints<T>() - 1) / panelPoints<T>()
}

/** a·b + c with two roundings: a fused step would give other bytes on other machines. */
// @ts-ignore: decorator
@inline
export function madd<T>(a: v128, b: v128, c: v128): v128 {
  return v128.add<T>(v128.mul<T>(a, b), c)
}
