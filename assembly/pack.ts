/** One vector of coordinates of four rows, turned: the four numbers of a coordinate stand together, `step` bytes after the last. */
// @ts-ignore: decorator
@inline
export function turn<T>(a: v128, b: v128, c: v128, d: v128, out: usize, step: usize): void {
  if (sizeof<T>() == 8) {
    v128.store(out, v128.shuffle<u64>(a, b, 0, 2))
    v128.store(out, v128.shuffle<u64>(c, d, 0, 2), 16)
    v128.store(out + step, v128.shuffle<u64>(a, b, 1, 3))
    v128.store(out + step, v128.shuffle<u64>(c, d, 1, 3), 16)
    return
  }
  const p = v128.shuffle<u32>(a, b, 0, 4, 1, 5), q = v128.shuffle<u32>(c, d, 0, 4, 1, 5)
  const r = v128.shuffle<u32>(a, b, 2, 6, 3, 7), s = v128.shuffle<u32>(c, d, 2, 6, 3, 7)
  v128.store(out, v128.shuffle<u64>(p, q, 0, 2))
  v128.store(out + step, v128.shuffle<u64>(p, q, 1, 3))
  v128.store(out + 2 * step, v128.shuffle<u64>(r, s, 0, 2))
  v128.store(out + 3 * step, v128.shuffle<u64>(r, s, 1, 3))
}
