import { packTiles } from './place'
import { DOTS, PACKED, STRIP, strip } from './tile'
import { CHUNK, madd, panelPoints, panels, WIDTH } from './panel'

/**
 * The nearest centre of every row: ‖z‖² − 2x·z is least. Ties go to the lowest index. `norms` are ‖z‖² with room for whole panels,
 * infinite beyond the last centre once this has begun.
 * `buffer` has room for a strip and, behind it, 256 × 64 bytes and its packed rows.
 */
export function nearest<T>(
  x: usize, rows: i32, packed: usize, count: i32, dimension: i32, norms: usize, buffer: usize, labels: usize,
): void {
  const width = panelPoints<T>()
  const padded = panels<T>(count) * width
  for (let j = count; j < padded; j++) store<T>(norms + <usize>j * sizeof<T>(), <T>Infinity)
  const state = buffer + STRIP
  for (let i = 0; i < rows; i += CHUNK) {
    const size = min(CHUNK, rows - i)
    const at = x + <usize>i * <usize>dimension * sizeof<T>()
    packTiles<T>(at, size, dimension, 0, 2, buffer + PACKED, 0)
    for (let j = 0; j < count; j += width) {
      strip<T>(buffer + PACKED, size, dimension, packed + <usize>j * sizeof<T>() * <usize>dimension, buffer, DOTS, 0)
      lower<T>(buffer, size, norms + <usize>j * sizeof<T>(), j, state)
    }
    for (let r = 0; r < size; r++) {
      const best = state + (<usize>r << 6)
      let least = load<T>(best)
      let label: i32 = sizeof<T>() == 4 ? load<i32>(best + 32) : <i32>load<i64>(best + 32)
      for (let l = 1; l < width; l++) {
        const value = load<T>(best + <usize>l * sizeof<T>())
        const panel: i32 = sizeof<T>() == 4 ? load<i32>(best + 32 + (<usize>l << 2)) : <i32>load<i64>(best + 32 + (<usize>l << 3))
        if (value < least || (value == least && panel + l < label)) {
          least = value
          label = panel + l
        }
      }
      store<i32>(labels + (<usize>(i + r) << 2), label)
    }
  }
}

/** Keeps, lane by lane, the least value so far and the first point of its panel. */
function lower<T>(buffer: usize, rows: i32, norms: usize, first: i32, state: usize): void {
  const p = v128.load(norms), q = v128.load(norms, 16)
  const here = sizeof<T>() == 4 ? i32x4.splat(first) : i64x2.splat(<i64>first)
  for (let i = 0; i < rows; i++) {
    const a = v128.sub<T>(p, v128.load(buffer))
    const b = v128.sub<T>(q, v128.load(buffer, 16))
    if (first == 0) {
      v128.store(state, a)
      v128.store(state, b, 16)
      v128.store(state, here, 32)
      v128.store(state, here, 48)
    } else {
      const a0 = v128.load(state), b0 = v128.load(state, 16)
      const la = v128.lt<T>(a, a0), lb = v128.lt<T>(b, b0)
      v128.store(state, v128.bitselect(a, a0, la))
      v128.store(state, v128.bitselect(b, b0, lb), 16)
      v128.store(state, v128.bitselect(here, v128.load(state, 32), la), 32)
      v128.store(state, v128.bitselect(here, v128.load(state, 48), lb), 48)
    }
    buffer += WIDTH
    state += 64
  }
}

/** Adds rows to the f64 sums of their centres, and counts (weights where given) to `counts`. */
export function addToCentres<T>(
  x: usize, rows: i32, weights: usize, dimension: i32, labels: usize, counts: usize, sums: usize,
): void {
  for (let i = 0; i < rows; i++) {
    const label = <usize>load<i32>(labels + (<usize>i << 2))
    const weight: f64 = weights != 0 ? <f64>load<T>(weights + <usize>i * sizeof<T>()) : 1
    const count = counts + (label << 3)
    store<f64>(count, load<f64>(count) + weight)
    let to = sums + ((label * <usize>dimension) << 3)
    for (let k = 0; k < dimension; k++) {
      store<f64>(to, load<f64>(to) + weight * <f64>load<T>(x))
      x += sizeof<T>()
      to += 8
    }
  }
}

/**
 * k-means++ (Arthur & Vassilvitskii 2007): the first centre is row `first`; each further one is drawn with a probability
 * proportional to its squared distance to the nearest centre, by the given uniforms (count − 1, f64).
 * `packed` holds the rows in panels, `distances` has room for whole panels of T. Writes row indices to `chosen`.
 */
export function spread<T>(
  x: usize, packed: usize, rows: i32, weights: usize, dimension: i32, count: i32, first: i32, uniforms: usize,
  distances: usize, chosen: usize,
): void {
  const width = panelPoints<T>()
  const all = panels<T>(rows)
  let centre = first
  store<i32>(chosen, centre)
  for (let c = 1; c < count; c++) {
    const z = x + <usize>centre * <usize>dimension * sizeof<T>()
    let panel = packed
    let at = distances
    let total: f64 = 0
    for (let p = 0; p < all; p++) {
      let a = v128.splat<T>(<T>0), b = a
      let zk = z
      for (let k = 0; k < dimension; k++) {
        const value = v128.load_splat<T>(zk)
        const s = v128.sub<T>(v128.load(panel), value), t = v128.sub<T>(v128.load(panel, 16), value)
        a = madd<T>(s, s, a)
        b = madd<T>(t, t, b)
        panel += WIDTH
        zk += sizeof<T>()
      }
      if (c > 1) {
        a = v128.pmin<T>(v128.load(at), a)
        b = v128.pmin<T>(v128.load(at, 16), b)
      }
      v128.store(at, a)
      v128.store(at, b, 16)
      at += WIDTH
    }
    for (let i = 0; i < rows; i++) total += mass<T>(distances, weights, i)
    let rest = load<f64>(uniforms + (<usize>(c - 1) << 3)) * total
    centre = 0
    let last = 0
    for (let i = 0; i < rows; i++) {
      const share = mass<T>(distances, weights, i)
      if (share <= 0) continue
      last = i
      rest -= share
      if (rest < 0) break
    }
    centre = total > 0 ? last : <i32>(load<f64>(uniforms + (<usize>(c - 1) << 3)) * <f64>rows)
    store<i32>(chosen + (<usize>c << 2), centre)
  }
}

// @ts-ignore: decorator
@inline
function mass<T>(distances: usize, weights: usize, i: i32): f64 {
  const distance = <f64>load<T>(distances + <usize>i * sizeof<T>())
  return weights != 0 ? distance * <f64>load<T>(weights + <usize>i * sizeof<T>()) : distance
}
