// A bump arena over the whole linear memory. JavaScript marks, allocates and releases; nothing here is ever collected.

let top: usize = (__heap_base + 63) & ~63
let limit: usize = usize.MAX_VALUE

/** From now on everything is allocated between two positions: the share of one of several threads in a memory of all. */
export function confine(start: usize, end: usize): void {
  top = start
  limit = end
}

/** Where the next allocation would begin; hand it to `release` later. */
export function mark(): usize {
  return top
}

/** Gives back everything allocated since `mark` returned `position`. */
export function release(position: usize): void {
  top = position
}

/**
 * `bytes` bytes on a 64-byte boundary, not cleared; 0 where memory cannot grow so far, or may not.
 * 64 bytes of slack follow, so that a vector load at the last element stays inside.
 */
export function allocate(bytes: usize): usize {
  const start = top
  const end = (start + bytes + 127) & ~63
  if (end < start || end > limit) return 0
  const have = <usize>memory.size() << 16
  if (end > have && memory.grow(<i32>((end - have + 0xffff) >>> 16)) < 0) return 0
  top = end
  return start
}
