// min w'Gw − 2c'w over all w (free), w ≥ 0 (cone), or w ≥ 0 with Σw = 1 (simplex).
//
// A primal active set. On the support P it keeps the Cholesky factor L of M = G_PP + ridge, ridge_i = 1e-10·G_ii, and
// steps from w by M⁻¹(c − Gw + λ1): a proximal point step, so the objective of the problem WITHOUT the ridge falls at
// every step, no support comes twice, and the ridge leaves no trace in the result once the steps vanish.
// All thresholds are relative to √G_ii, so that rescaling a variable does not change the path.
import { smo } from './smo'
import {
  BANNED, clearSupport, drop, extend, INSIDE, member, OUTSIDE, setMember, setStatus, size, solveSupport, statusOf, supportBytes,
} from './support'
import { addFour, addScaled, at, put, row } from './linear'

// The constraints by number; 1 is the cone.
const FREE: i32 = 0
const SIMPLEX: i32 = 2

const SETTLED: f64 = 1e-13

// The state of one solve, at fixed places of the workspace.
let G: usize = 0
let C: usize = 0
let N: i32 = 0
let W: usize = 0 // weights
let gradient: usize = 0 // Gw − c
let scale: usize = 0 // √G_ii
let target: usize = 0 // what the step is to take out of c − Gw, by place in the support
let U: usize = 0 // the step's end, by place
let Q: usize = 0 // M⁻¹1, by place
let simplex: bool = false
let level: f64 = 0 // λ: what the gradient equals on the support

/** Bytes of workspace for {@link quadratic} on n variables; its first n f64 hold the gradient Gw − c afterwards. */
export function quadraticWorkspace(n: i32): i32 {
  return ((n * 5) << 3) + supportBytes(n)
}

/**
 * Solves from `weights` (warm ≠ 0: its positive entries are the first support) or from scratch; `weights` receives the
 * result. G is n × n row-major, symmetric, positive semidefinite. Returns the largest violation of the KKT conditions.
 */
export function quadratic(g: usize, c: usize, n: i32, constraint: i32, weights: usize, warm: i32, work: usize): f64 {
  const bytes = (<usize>n) << 3
  G = g
  C = c
  N = n
  W = weights
  gradient = work
  scale = work + bytes
  target = scale + bytes
  U = target + bytes
  Q = U + bytes
  simplex = constraint == SIMPLEX
  level = 0
  let largest: f64 = 0
  for (let i = 0; i < n; i++) largest = max(largest, at(row(G, i, n), i))
  if (largest == 0) largest = 1
  for (let i = 0; i < n; i++) {
    put(scale, i, Math.sqrt(max(at(row(G, i, n), i), 1e-12 * largest)))
  }
  clearSupport(G, n, scale, Q + bytes)
  if (constraint == FREE) {
    unconstrained()
    return violation()
  }
  start(warm != 0)
  if (!activeSet()) {
    smo(G, N, simplex, W, gradient, SETTLED * largest, 100 * N)
    residual()
  }
  if (simplex) normalise()
  return violation()
}

/** Takes the last rounding out of Σw = 1. */
function normalise(): void {
  let total: f64 = 0
  for (let i = 0; i < N; i++) total += at(W, i)
  for (let i = 0; i < N; i++) {
    put(W, i, at(W, i) / total)
    put(gradient, i, (at(gradient, i) + at(C, i)) / total - at(C, i))
  }
  level = 0
  for (let p = 0; p < size; p++) level += at(W, member(p)) * at(gradient, member(p))
}

/** The first support: that of the given weights, else the best single variable. */
function start(warm: bool): void {
  let total: f64 = 0
  if (warm) for (let i = 0; i < N; i++) if (at(W, i) > 0) total += at(W, i)
  const kept = warm && total > 0
  let count = 0
  let best = 0
  let bestValue = Infinity
  for (let i = 0; i < N; i++) {
    if (kept && at(W, i) > 0) {
      if (simplex) put(W, i, at(W, i) / total)
      setMember(count++, i)
    } else put(W, i, 0)
    const value = at(row(G, i, N), i) - 2 * at(C, i)
    if (value < bestValue) {
      bestValue = value
      best = i
    }
  }
  if (simplex && !kept) {
    put(W, best, 1)
    setMember(count++, best)
  }
  extend(count)
}

/** All variables in the support, and proximal steps from w = 0 until they no longer halve the gradient. */
function unconstrained(): void {
  const bytes = (<usize>N) << 3
  for (let i = 0; i < N; i++) {
    setMember(i, i)
    put(W, i, 0)
    put(gradient, i, -at(C, i))
  }
  extend(N)
  let settled: f64 = Infinity
  for (let round = 0; round < 8; round++) {
    for (let i = 0; i < N; i++) put(target, i, -at(gradient, i))
    solve()
    memory.copy(Q, W, bytes)
    memory.copy(W, U, bytes)
    residual()
    let off: f64 = 0
    for (let i = 0; i < N; i++) off = max(off, Math.abs(at(gradient, i)) / at(scale, i))
    if (!(off <= settled)) {
      memory.copy(W, Q, bytes)
      residual()
    }
    if (!(off < 0.5 * settled)) break
    settled = off
  }
}

/** Gw − c and λ. */
function residual(): void {
  for (let i = 0; i < N; i++) put(gradient, i, -at(C, i))
  let place = 0
  for (; place + 4 <= size; place += 4) {
    const i = member(place)
    const j = member(place + 1)
    const k = member(place + 2)
    const l = member(place + 3)
    addFour(at(W, i), row(G, i, N), at(W, j), row(G, j, N), at(W, k), row(G, k, N), at(W, l), row(G, l, N), gradient, N)
  }
  for (; place < size; place++) addScaled(at(W, member(place)), row(G, member(place), N), gradient, N)
  level = 0
  if (simplex) for (let p = 0; p < size; p++) level += at(W, member(p)) * at(gradient, member(p))
}

/** The KKT violation of the current weights, in units of c. */
function violation(): f64 {
  let worst: f64 = 0
  for (let i = 0; i < N; i++) {
    const slack = at(gradient, i) - level
    worst = max(worst, statusOf(i) == INSIDE ? Math.abs(slack) : -slack)
  }
  return worst
}

/** False where the cap on rounds came first. */
function activeSet(): bool {
  let unit: f64 = 0
  for (let i = 0; i < N; i++) unit = max(unit, Math.abs(at(C, i)) / at(scale, i))
  let settled: f64 = Infinity
  let stalls = 0
  const rounds = 50 + 10 * N
  for (let round = 0; round < rounds; round++) {
    residual()
    let mass: f64 = 0
    let off: f64 = 0 // largest violation on the support
    for (let p = 0; p < size; p++) {
      const i = member(p)
      mass += at(W, i) * at(scale, i)
      off = max(off, Math.abs(at(gradient, i) - level) / at(scale, i))
    }
    const tolerance = SETTLED * (unit + mass)
    // A step that hardly moves can not promise a descent direction to newcomers: settle the support first.
    const added = enter(max(tolerance, off))
    if (added == 0) {
      if (off <= tolerance) return true
      stalls = off > 0.9 * settled ? stalls + 1 : 0
      if (stalls == 3) return true
      settled = off
    } else {
      settled = Infinity
      stalls = 0
    }
    for (let p = 0; p < size; p++) put(target, p, level - at(gradient, member(p)))
    descend(added)
  }
  residual()
  return false
}

/** Takes variables whose gradient is more than `threshold` below λ into the support, the worst first; how many. */
function enter(threshold: f64): i32 {
  const room = min(1 + (size >> 3), 32)
  // The worst `room` candidates wait in U (violation) and behind the support in `members`.
  let count = 0
  for (let i = 0; i < N; i++) {
    if (statusOf(i) != OUTSIDE) continue
    const value = (level - at(gradient, i)) / at(scale, i)
    if (!(value > threshold)) continue
    if (count == room && value <= at(U, count - 1)) continue
    let place = count < room ? count++ : count - 1
    for (; place > 0 && at(U, place - 1) < value; place--) {
      put(U, place, at(U, place - 1))
      setMember(size + place, member(size + place - 1))
    }
    put(U, place, value)
    setMember(size + place, i)
  }
  extend(count)
  return count
}

/** Steps towards the minimum on the support and drops what reaches zero, until nothing does. */
function descend(added: i32): void {
  let fresh = added
  while (size > 0) {
    solve()
    if (fresh > 0) {
      // Newcomers that the joint step would push below zero leave again; the worst one, alone, always rises.
      const kept = size - fresh
      let rising = false
      for (let p = kept; p < size; p++) if (at(U, p) > 0) rising = true
      let dropped = 0
      for (let p = size - 1; p >= kept; p--) {
        if (at(U, p) > 0 || (!rising && p == kept && fresh > 1)) continue
        drop(p, rising ? OUTSIDE : BANNED, target)
        dropped++
      }
      fresh -= dropped
      if (dropped > 0) continue
      for (let i = 0; i < N; i++) if (statusOf(i) == BANNED) setStatus(i, OUTSIDE)
    }
    let step: f64 = 1
    let blocker = -1
    for (let p = 0; p < size; p++) {
      const u = at(U, p)
      if (u > 0) continue
      const w = at(W, member(p))
      const ratio = w / (w - u)
      if (blocker < 0 || ratio < step) {
        step = ratio
        blocker = p
      }
    }
    for (let p = 0; p < size; p++) {
      const i = member(p)
      put(W, i, blocker < 0 ? at(U, p) : max(at(W, i) + step * (at(U, p) - at(W, i)), 0))
    }
    fresh = 0
    if (blocker < 0) break
    put(W, member(blocker), 0)
    for (let p = 0; p < size; p++) put(target, p, (1 - step) * at(target, p))
    for (let p = size - 1; p >= 0; p--) {
      if (!(at(W, member(p)) > 0)) drop(p, OUTSIDE, target)
    }
  }
}

/** U = w + M⁻¹(target + λ1), on the simplex with λ such that ΣU = 1. */
function solve(): void {
  memory.copy(U, target, (<usize>size) << 3)
  solveSupport(U)
  for (let a = 0; a < size; a++) put(U, a, at(U, a) + at(W, member(a)))
  if (!simplex) return
  for (let a = 0; a < size; a++) put(Q, a, 1)
  solveSupport(Q)
  let sum: f64 = 0
  for (let a = 0; a < size; a++) sum += at(Q, a)
  // A nearly flat variable makes the first sum large and its rounding with it; every pass takes sixteen digits off.
  for (let pass = 0; pass < 4; pass++) {
    let excess: f64 = -1
    for (let a = 0; a < size; a++) excess += at(U, a)
    addScaled(-excess / sum, Q, U, size)
    if (Math.abs(excess) < 1e-6) break
  }
}
