import * as rows from './centre'
import * as cluster from './cluster'
import * as matrices from './gram'
import * as sums from './moments'
import { WIDTH } from './panel'
import * as placing from './place'
import * as strassen from './strassen'

export { allocate, confine, mark, release } from './arena'
export { middle } from './centre'
export { cholesky, choleskySolve, choleskyWorkspace } from './cholesky'
export { addDiagonal } from './linear'
export { quadratic, quadraticWorkspace } from './quadratic'
export { cos, exp, log, normals } from './scalar'
export { scanHeads, scanTails } from './scan'
export { smo } from './smo'

// One export for each precision: 32 for f32, 64 for f64.

export function columnSums32(x: usize, count: i32, dimension: i32, sums: usize): void {
  rows.columnSums<f32>(x, count, dimension, sums)
}

export function columnSums64(x: usize, count: i32, dimension: i32, sums: usize): void {
  rows.columnSums<f64>(x, count, dimension, sums)
}

export function centre32(
  x: usize, wide: bool, count: i32, dimension: i32, origin: usize, out: usize, norms: usize,
): f64 {
  if (wide) return rows.centre<f64, f32>(x, count, dimension, origin, out, norms)
  return rows.centre<f32, f32>(x, count, dimension, origin, out, norms)
}

export function centre64(
  x: usize, wide: bool, count: i32, dimension: i32, origin: usize, out: usize, norms: usize,
): f64 {
  if (wide) return rows.centre<f64, f64>(x, count, dimension, origin, out, norms)
  return rows.centre<f32, f64>(x, count, dimension, origin, out, norms)
}

export function squaredNorms32(x: usize, count: i32, dimension: i32, out: usize): f64 {
  return rows.squaredNorms<f32>(x, count, dimension, out)
}

export function squaredNorms64(x: usize, count: i32, dimension: i32, out: usize): f64 {
  return rows.squaredNorms<f64>(x, count, dimension, out)
}

export function gramTiles32(
  x: usize, rows: i32, packed: usize, count: i32, dimension: i32, gamma: f32,
  rowNorms: usize, pointNorms: usize, buffer: usize, out: usize, kernel: usize, pairSums: usize,
): void {
  matrices.gramTiles<f32>(x, rows, packed, count, dimension, gamma, rowNorms, pointNorms, buffer, out, kernel, pairSums)
}

export function gramTiles64(
  x: usize, rows: i32, packed: usize, count: i32, dimension: i32, gamma: f64,
  rowNorms: usize, pointNorms: usize, buffer: usize, out: usize, kernel: usize,
): void {
  matrices.gramTiles<f64>(x, rows, packed, count, dimension, gamma, rowNorms, pointNorms, buffer, out, kernel, 0)
}

export function packPanels32(points: usize, count: i32, dimension: i32, origin: usize, out: usize, norms: usize): f64 {
  return placing.packPanels<f32>(points, count, dimension, origin, out, norms)
}

export function packPanels64(points: usize, count: i32, dimension: i32, origin: usize, out: usize, norms: usize): f64 {
  return placing.packPanels<f64>(points, count, dimension, origin, out, norms)
}

export function packTiles32(rows: usize, count: i32, dimension: i32, origin: usize, factor: f32, out: usize, norms: usize): f64 {
  return placing.packTiles<f32>(rows, count, dimension, origin, factor, out, norms)
}

export function packTiles64(rows: usize, count: i32, dimension: i32, origin: usize, factor: f64, out: usize, norms: usize): f64 {
  return placing.packTiles<f64>(rows, count, dimension, origin, factor, out, norms)
}

/** Of pairs of panels. */
export function pairSums32(panels: usize, pairs: i32, dimension: i32, out: usize): void {
  strassen.pairSums(panels, pairs, dimension, WIDTH, out)
}

export function moments32(
  x: usize, rows: i32, weights: usize, packed: usize, count: i32, dimension: i32, gamma: f32,
  rowNorms: usize, pointNorms: usize, buffer: usize, zeroth: usize, first: usize, kernel: usize,
): void {
  sums.moments<f32>(x, rows, weights, packed, count, dimension, gamma, rowNorms, pointNorms, buffer, zeroth, first, kernel)
}

export function moments64(
  x: usize, rows: i32, weights: usize, packed: usize, count: i32, dimension: i32, gamma: f64,
  rowNorms: usize, pointNorms: usize, buffer: usize, zeroth: usize, first: usize, kernel: usize,
): void {
  sums.moments<f64>(x, rows, weights, packed, count, dimension, gamma, rowNorms, pointNorms, buffer, zeroth, first, kernel)
}

export function nearest32(
  x: usize, rows: i32, packed: usize, count: i32, dimension: i32, norms: usize, buffer: usize, labels: usize,
): void {
  cluster.nearest<f32>(x, rows, packed, count, dimension, norms, buffer, labels)
}

export function nearest64(
  x: usize, rows: i32, packed: usize, count: i32, dimension: i32, norms: usize, buffer: usize, labels: usize,
): void {
  cluster.nearest<f64>(x, rows, packed, count, dimension, norms, buffer, labels)
}

export function addToCentres32(
  x: usize, rows: i32, weights: usize, dimension: i32, labels: usize, counts: usize, totals: usize,
): void {
  cluster.addToCentres<f32>(x, rows, weights, dimension, labels, counts, totals)
}

export function addToCentres64(
  x: usize, rows: i32, weights: usize, dimension: i32, labels: usize, counts: usize, totals: usize,
): void {
  cluster.addToCentres<f64>(x, rows, weights, dimension, labels, counts, totals)
}

export function spread32(
  x: usize, packed: usize, rows: i32, weights: usize, dimension: i32, count: i32, first: i32, uniforms: usize,
  distances: usize, chosen: usize,
): void {
  cluster.spread<f32>(x, packed, rows, weights, dimension, count, first, uniforms, distances, chosen)
}

export function spread64(
  x: usize, packed: usize, rows: i32, weights: usize, dimension: i32, count: i32, first: i32, uniforms: usize,
  distances: usize, chosen: usize,
): void {
  cluster.spread<f64>(x, packed, rows, weights, dimension, count, first, uniforms, distances, chosen)
}
