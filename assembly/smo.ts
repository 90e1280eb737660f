// Sequential minimal optimisation for min w'Gw − 2c'w: coordinate steps on the cone, pair steps on the simplex.
// Slow but simple; what the active set falls back on.
import { addScaled, at, put, row } from './linear'

/**
 * Improves feasible `weights` in place; `gradient` (n f64) must hold Gw − c and is kept so. Each step takes the pair
 * (or coordinate) of largest decrease (Fan, Chen, Lin 2005, second-order selection). Stops where the KKT violation is at
 * most `tolerance`; returns the number of steps.
 */
export function smo(
  G: usize, n: i32, simplex: bool, weights: usize, gradient: usize, tolerance: f64, steps: i32,
): i32 {
  let step = 0
  for (; step < steps; step++) {
    const moved = simplex ? pair(G, n, weights, gradient, tolerance) : coordinate(G, n, weights, gradient, tolerance)
    if (!moved) break
  }
  return step
}

function coordinate(G: usize, n: i32, w: usize, g: usize, tolerance: f64): bool {
  let chosen = -1
  let most: f64 = 0
  let change: f64 = 0
  for (let i = 0; i < n; i++) {
    const gi = at(g, i)
    const wi = at(w, i)
    if (wi > 0 ? Math.abs(gi) <= tolerance : gi >= -tolerance) continue
    const gii = max(at(row(G, i, n), i), 1e-300)
    const move = max(-gi / gii, -wi)
    const decrease = -move * (2 * gi + gii * move)
    if (decrease > most) {
      most = decrease
      chosen = i
      change = move
    }
  }
  if (chosen < 0) return false
  put(w, chosen, max(at(w, chosen) + change, 0))
  addScaled(change, row(G, chosen, n), g, n)
  return true
}

function pair(G: usize, n: i32, w: usize, g: usize, tolerance: f64): bool {
  let i = 0
  for (let k = 1; k < n; k++) if (at(g, k) < at(g, i)) i = k
  const Gi = row(G, i, n)
  let j = -1
  let most: f64 = 0
  let change: f64 = 0
  for (let k = 0; k < n; k++) {
    const difference = at(g, k) - at(g, i)
    if (!(at(w, k) > 0) || difference <= tolerance) continue
    const curvature = max(at(Gi, i) + at(row(G, k, n), k) - 2 * at(Gi, k), 1e-14 * at(Gi, i) + 1e-300)
    const move = min(difference / curvature, at(w, k))
    const decrease = move * (2 * difference - curvature * move)
    if (decrease > most) {
      most = decrease
      j = k
      change = move
    }
  }
  if (j < 0) return false
  put(w, i, at(w, i) + change)
  put(w, j, max(at(w, j) - change, 0))
  addScaled(change, Gi, g, n)
  addScaled(-change, row(G, j, n), g, n)
  return true
}
