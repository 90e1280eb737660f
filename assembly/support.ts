// The support of a quadratic program: which variables are in it, in which order, and the Cholesky factor L of
// M = G_PP + ridge, which grows by rows and shrinks by rotations.
import { addScaled, at, dot, put, row } from './linear'

export const OUTSIDE: i32 = 0
export const INSIDE: i32 = 1
/** Outside, and not to be tried again before the next step. */
export const BANNED: i32 = 2

const RIDGE: f64 = 1e-10

/** Variables in the support. */
export let size: i32 = 0

let G: usize = 0
let N: i32 = 0
let scale: usize = 0 // √G_ii
let members: usize = 0 // variable of each place (i32)
let status: usize = 0 // of each variable (i32)
let factor: usize = 0 // L, row-major, N entries a row
let turns: usize = 0 // cosine and sine of the rotation of each place, while one is dropped

/** Bytes that a support of n variables needs. */
export function supportBytes(n: i32): i32 {
  return ((n * n) << 3) + ((n * 2) << 3) + ((n + 1) << 3)
}

/** An empty support for G (n × n) with scales √G_ii, in the memory given. */
export function clearSupport(g: usize, n: i32, scales: usize, memory: usize): void {
  G = g
  N = n
  scale = scales
  factor = memory
  turns = memory + (((<usize>n) * (<usize>n)) << 3)
  members = turns + ((<usize>n) << 4)
  status = members + ((<usize>(n + (n & 1))) << 2)
  size = 0
  for (let i = 0; i < n; i++) setStatus(i, OUTSIDE)
}

/** The variable at a place; places from `size` on hold candidates. */
export function member(place: i32): i32 {
  return load<i32>(members + ((<usize>place) << 2))
}

export function setMember(place: i32, variable: i32): void {
  store<i32>(members + ((<usize>place) << 2), variable)
}

export function statusOf(variable: i32): i32 {
  return load<i32>(status + ((<usize>variable) << 2))
}

export function setStatus(variable: i32, value: i32): void {
  store<i32>(status + ((<usize>variable) << 2), value)
}

/** Takes in the `count` candidates behind the last place. */
export function extend(count: i32): void {
  const end = size + count
  while (size < end) append(min(32, end - size))
}

/** Rows of L for the next `count` candidates, in one pass over the rows before them. */
function append(count: i32): void {
  for (let e = size; e < size + count; e++) setStatus(member(e), INSIDE)
  for (let a = 0; a < size; a++) {
    const La = row(factor, a, N)
    const i = member(a)
    const diagonal = at(La, a)
    for (let e = size; e < size + count; e++) {
      const Le = row(factor, e, N)
      put(Le, a, (at(row(G, member(e), N), i) - dot(La, Le, a)) / diagonal)
    }
  }
  for (let e = size; e < size + count; e++) {
    const Le = row(factor, e, N)
    const i = member(e)
    const Gi = row(G, i, N)
    for (let a = size; a < e; a++) {
      const La = row(factor, a, N)
      put(Le, a, (at(Gi, member(a)) - dot(La, Le, a)) / at(La, a))
    }
    const least = RIDGE * at(scale, i) * at(scale, i)
    const rest = at(Gi, i) - dot(Le, Le, e)
    // A pivot below the ridge is rounding (or an indefinite G): a larger one only shortens the proximal step.
    const pivot = max(rest + least, least)
    put(Le, e, Math.sqrt(pivot))
  }
  size += count
}

/** x ← M⁻¹x, by place. */
export function solveSupport(x: usize): void {
  for (let a = 0; a < size; a++) {
    const La = row(factor, a, N)
    put(x, a, (at(x, a) - dot(La, x, a)) / at(La, a))
  }
  for (let a = size - 1; a >= 0; a--) {
    const La = row(factor, a, N)
    const value = at(x, a) / at(La, a)
    put(x, a, value)
    addScaled(-value, La, x, a)
  }
}

/**
 * Takes the variable at a place out: its row of L goes, Givens rotations make the rest triangular again. `alongside`, a
 * vector by place, moves with the places.
 */
export function drop(place: i32, becomes: i32, alongside: usize): void {
  setStatus(member(place), becomes)
  size--
  for (let a = place; a < size; a++) {
    memory.copy(row(factor, a, N), row(factor, a + 1, N), (<usize>(a + 2)) << 3)
    setMember(a, member(a + 1))
    put(alongside, a, at(alongside, a + 1))
  }
  // Row by row, since rows lie apart: each is turned by the rotations of the rows above it, then makes its own.
  for (let a = place; a < size; a++) {
    const La = row(factor, a, N)
    let left = at(La, place)
    for (let k = place; k < a; k++) {
      const cosine = at(turns, 2 * k), sine = at(turns, 2 * k + 1)
      const right = at(La, k + 1)
      put(La, k, cosine * left + sine * right)
      left = cosine * right - sine * left
    }
    const right = at(La, a + 1)
    const length = Math.sqrt(left * left + right * right)
    put(La, a, length)
    put(turns, 2 * a, left / length)
    put(turns, 2 * a + 1, right / length)
  }
}
