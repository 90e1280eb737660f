// A flat scan over sketches in int8 against one query in int16: bounds from the first coordinates for every sketch, from
// all of them for those that pass, the least kept in a heap. The word for the parts of a sketch is said in src/search/code.ts.

/** Sketches in a block; its fields stand one after another, so that those of four sketches make a vector. */
const BLOCK: usize = 256
/** Coordinates of a head. */
const HEAD: usize = 32
// Byte offsets of the fields behind the heads, for each of 256 sketches.
const SCALE: usize = HEAD * BLOCK
const SIZE: usize = SCALE + 4 * BLOCK
const REST: usize = SIZE + 8 * BLOCK
const HEAD_REST: usize = REST + 2 * BLOCK
const NORM: usize = HEAD_REST + 2 * BLOCK
const SLACK: usize = NORM + 2 * BLOCK
const PENALTY: usize = SLACK + BLOCK
const RATIO: usize = PENALTY + BLOCK

/** Upper bounds of inner products divided by the norm, where 0 stands for distances and 1 for plain inner products. */
const STEEPEST: i32 = 2

// What a query gives besides its coordinates, f32 each.
const QUERY_SCALE: usize = 0
const QUERY_REST: usize = 4
const QUERY_HEAD_REST: usize = 8
const QUERY_SIZE: usize = 12
const SLACK_UNIT: usize = 16
const PENALTY_UNIT: usize = 20
const NORM_UNIT: usize = 24
const SHIFT: usize = 28
const KEPT: usize = 32

/** What rounding may have taken from the bounds of four sketches. */
// @ts-ignore: decorator
@inline
function slackOf(block: usize, i: usize, query: usize): v128 {
  return f32x4.mul(
    f32x4.mul(v128.load(block + SCALE + 4 * i), bytes(block + SLACK + i)), v128.load32_splat(query + SLACK_UNIT))
}

/** Lower bounds of four squared distances from the inner products of codes with the query's. */
// @ts-ignore: decorator
@inline
function squaresOf(block: usize, i: usize, inner: v128, query: usize): v128 {
  const sizes = f32x4.add(v128.load(block + SIZE + 4 * i), v128.load32_splat(query + QUERY_SIZE))
  return f32x4.sub(f32x4.mul(sizes, v128.load32_splat(query + KEPT)), f32x4.add(inner, inner))
}

// @ts-ignore: decorator
@inline
function penaltiesOf(block: usize, i: usize, query: usize): v128 {
  return f32x4.mul(bytes(block + PENALTY + i), v128.load32_splat(query + PENALTY_UNIT))
}

/** The keys of four sketches from the inner products of their codes with the query's. */
// @ts-ignore: decorator
@inline
function keysOf(block: usize, i: usize, inner: v128, query: usize, mode: i32): v128 {
  const size = v128.load(block + SIZE + 4 * i)
  const slack = slackOf(block, i, query)
  const shift = v128.load32_splat(query + SHIFT)
  let key: v128
  if (mode == 0) {
    const squared = f32x4.max(squaresOf(block, i, inner, query), f32x4.splat(0))
    key = f32x4.add(f32x4.sub(f32x4.add(f32x4.sqrt(squared), penaltiesOf(block, i, query)), slack), shift)
  } else {
    key = f32x4.neg(f32x4.add(f32x4.add(inner, slack), shift))
    if (mode == STEEPEST) {
      key = f32x4.div(key, f32x4.mul(words(block + NORM + 2 * i), v128.load32_splat(query + NORM_UNIT)))
    }
  }
  // NaN where the size is infinite, which marks a free place: it is below nothing.
  return f32x4.add(key, f32x4.sub(size, size))
}

/** Which of four keys are below a limit, as lanes of bits; for distances without a root: their squares below what is left, squared. */
// @ts-ignore: decorator
@inline
function areBelow(block: usize, i: usize, inner: v128, query: usize, mode: i32, limit: v128): v128 {
  if (mode != 0) return f32x4.lt(keysOf(block, i, inner, query, mode), limit)
  const slack = f32x4.sub(slackOf(block, i, query), v128.load32_splat(query + SHIFT))
  const left = f32x4.sub(f32x4.add(limit, slack), penaltiesOf(block, i, query))
  // An infinite size, which marks a free place, is below nothing.
  return v128.and(
    f32x4.lt(squaresOf(block, i, inner, query), f32x4.mul(left, left)), f32x4.gt(left, f32x4.splat(0)))
}

/**
 * Writes into `passed` the places (i32) of those of the first `count` sketches of a block whose key from the head alone
 * is below `worst`, and returns how many they are. `query`: its numbers (64 bytes), then its coordinates in i16. Keys by
 * mode: 0: √((size + size_q) kept − 2⟨ŷ, ŷ_q⟩) + penalty − slack + shift, a lower bound of distance + penalty;
 * 1: −(⟨ŷ, ŷ_q⟩ + slack + shift), 2: that divided by the norm: an upper bound of an inner product, negated.
 */
export function scanHeads(block: usize, count: i32, query: usize, mode: i32, mask: usize, worst: f32, passed: usize): i32 {
  const scale = v128.load32_splat(query + QUERY_SCALE)
  const rest = v128.load32_splat(query + QUERY_HEAD_REST)
  const limit = f32x4.splat(worst)
  const q0 = v128.load(query, 64), q1 = v128.load(query, 80), q2 = v128.load(query, 96), q3 = v128.load(query, 112)
  let found = 0
  for (let i = 0; i < count; i += 4) {
    const at = <usize>i
    const code = block + HEAD * at
    const dots = f32x4.convert_i32x4_s(together(
      headDots(code, q0, q1, q2, q3), headDots(code + HEAD, q0, q1, q2, q3),
      headDots(code + 2 * HEAD, q0, q1, q2, q3), headDots(code + 3 * HEAD, q0, q1, q2, q3)))
    const inner = f32x4.mul(
      v128.load(block + SCALE + 4 * at),
      f32x4.add(f32x4.mul(dots, scale), f32x4.mul(words(block + HEAD_REST + 2 * at), rest)))
    let lanes = i32x4.bitmask(areBelow(block, at, inner, query, mode, limit))
    for (let lane = i; lanes != 0 && lane < count; lane++, lanes >>= 1) {
      if ((lanes & 1) == 0 || (mask != 0 && load<u8>(mask + <usize>lane) == 0)) continue
      store<i32>(passed + (<usize>found << 2), lane)
      found++
    }
  }
  return found
}

/**
 * The keys of `count` sketches of a block from all their coordinates, into a heap of pairs (key f32, place i32) with the
 * largest key on top; of equal keys those that came first stay. `tails` holds their other coordinates one after another,
 * with room for three more. Returns the size of the heap.
 */
export function scanTails(
  block: usize, passed: usize, count: i32, tails: usize, tail: i32, query: usize, mode: i32, first: i32,
  heap: usize, capacity: i32, size: i32,
): i32 {
  const queryScale = load<f32>(query + QUERY_SCALE), queryRest = load<f32>(query + QUERY_REST)
  for (let i = 0; i < count; i += 4) {
    const dots = fourDots(tails + <usize>i * <usize>tail, <usize>tail, <usize>tail, query + 64 + 2 * HEAD)
    for (let lane = 0; lane < min(4, count - i); lane++) {
      const place = load<i32>(passed + (<usize>(i + lane) << 2))
      const at = <usize>place
      const group = at & ~3
      const own = i32x4.extract_lane(fourDots(block + HEAD * at, 0, HEAD, query + 64), 0)
      const other = lane == 0 ? i32x4.extract_lane(dots, 0) : lane == 1 ? i32x4.extract_lane(dots, 1)
        : lane == 2 ? i32x4.extract_lane(dots, 2) : i32x4.extract_lane(dots, 3)
      const both = <f32>own + (<f32>other * <f32>(<u32>load<u8>(block + RATIO + at) + 1)) / 256
      const inner = load<f32>(block + SCALE + 4 * at) * (both * queryScale + <f32>load<u16>(block + REST + 2 * at) * queryRest)
      const keys = keysOf(block, group, f32x4.splat(inner), query, mode)
      const key = (at & 3) == 0 ? f32x4.extract_lane(keys, 0) : (at & 3) == 1 ? f32x4.extract_lane(keys, 1)
        : (at & 3) == 2 ? f32x4.extract_lane(keys, 2) : f32x4.extract_lane(keys, 3)
      if (size < capacity) rise(heap, size++, key, first + place)
      else if (key < load<f32>(heap)) sink(heap, size, key, first + place)
    }
  }
  return size
}

/** Four bytes as f32. */
// @ts-ignore: decorator
@inline
function bytes(at: usize): v128 {
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at))))
}

/** Four words of 16 bits as f32. */
// @ts-ignore: decorator
@inline
function words(at: usize): v128 {
  return f32x4.convert_i32x4_u(v128.load16x4_u(at))
}

/** Σ_k code_k · query_k over the coordinates of a head, in four parts. */
// @ts-ignore: decorator
@inline
function headDots(code: usize, q0: v128, q1: v128, q2: v128, q3: v128): v128 {
  return i32x4.add(
    i32x4.add(i32x4.dot_i16x8_s(v128.load8x8_s(code), q0), i32x4.dot_i16x8_s(v128.load8x8_s(code, 8), q1)),
    i32x4.add(i32x4.dot_i16x8_s(v128.load8x8_s(code, 16), q2), i32x4.dot_i16x8_s(v128.load8x8_s(code, 24), q3)))
}

/** The sums of four vectors. */
// @ts-ignore: decorator
@inline
function together(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7))
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7))
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7))
}

/** Σ_k code_k · query_k of four codes that stand `stride` bytes apart, over `length` coordinates. */
function fourDots(code: usize, stride: usize, length: usize, query: usize): v128 {
  let a = i32x4.splat(0), b = a, c = a, d = a
  const end = code + length
  while (code < end) {
    const low = v128.load(query), high = v128.load(query, 16)
    let at = code
    a = addDots(at, low, high, a)
    at += stride
    b = addDots(at, low, high, b)
    at += stride
    c = addDots(at, low, high, c)
    at += stride
    d = addDots(at, low, high, d)
    code += 16
    query += 32
  }
  return together(a, b, c, d)
}

/** Loads that extend are one instruction each; of a loaded vector the upper half takes two. */
// @ts-ignore: decorator
@inline
function addDots(code: usize, low: v128, high: v128, sum: v128): v128 {
  sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load8x8_s(code), low))
  return i32x4.add(sum, i32x4.dot_i16x8_s(v128.load8x8_s(code, 8), high))
}

/** Puts a pair into the free place `at` at the end of the heap. */
function rise(heap: usize, at: i32, key: f32, place: i32): void {
  while (at > 0) {
    const above = (at - 1) >> 1
    const from = heap + (<usize>above << 3)
    if (load<f32>(from) >= key) break
    store<u64>(heap + (<usize>at << 3), load<u64>(from))
    at = above
  }
  store<f32>(heap + (<usize>at << 3), key)
  store<i32>(heap + (<usize>at << 3), place, 4)
}

/** Puts a pair into the place of the largest. */
function sink(heap: usize, size: i32, key: f32, place: i32): void {
  let at = 0
  for (let below = 1; below < size; below = 2 * at + 1) {
    if (below + 1 < size && load<f32>(heap + (<usize>(below + 1) << 3)) > load<f32>(heap + (<usize>below << 3))) below++
    const from = heap + (<usize>below << 3)
    if (load<f32>(from) <= key) break
    store<u64>(heap + (<usize>at << 3), load<u64>(from))
    at = below
  }
  store<f32>(heap + (<usize>at << 3), key)
  store<i32>(heap + (<usize>at << 3), place, 4)
}
