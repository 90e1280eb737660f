import type { Arena } from '../wasm/arena.js'
import type { Precision } from './centre.js'
import { type PlacedPanels, tileRows } from './pack.js'

// The Gaussian of many coordinates in f32 takes tiles in pairs and panels in pairs, with an eighth fewer multiplications
// (assembly/strassen.ts). For fewer columns, rows or points the additions beside these cost as much.
const fewestColumns = 256
const fewest = 100

// An entry has the rounding of the largest rows and points of its pairs. Where rows lie close together that is half of what it is tile by
// tile; where the squares of a row are alike, an exponent loses up to 1.5e-8 a column. Exponents are also near, on which the core relies.
const mostExponent = 1
const mostColumns = 600
// Beyond it sums of products may be beyond f32.
const mostSquare = 1e36
// Sums take as much memory as the panels: 256 MB.
const mostNumbers = 67_108_864

/** Rows of a pair of tiles. */
export const pairRows = 2 * tileRows

const pairPoints = 16

/** Rows of a Gram matrix of so many columns that are taken together at least. */
export const rowsOfUnit = (columns: number, precision: Precision): number =>
  precision === 'f32' && columns >= fewestColumns ? pairRows : tileRows

/** Numbers that a core needs for {@link placePairSums}; 0 where so many points of so many columns never go in pairs. */
export const pairNumbers = (points: number, columns: number, precision: Precision): number => {
  const numbers = points * columns
  return precision === 'f32' && columns >= fewestColumns && points >= fewest && numbers <= mostNumbers ? numbers : 0
}

/** Whether a chunk of rows goes in pairs past points with so many {@link pairNumbers}, the largest ‖x‖² of both being `largest`. */
export const goInPairs = (rows: number, numbers: number, columns: number, gamma: number, largest: number): boolean =>
  numbers > 0 &&
  rows >= fewest &&
  rows % pairRows === 0 &&
  gamma * largest * Math.max(1, columns / mostColumns) <= mostExponent &&
  largest <= mostSquare

/** What the core needs beside panels to take them in pairs, f32. */
export const placePairSums = (arena: Arena, panels: PlacedPanels, points: number, columns: number): number => {
  const sums = arena.bytes(points * columns * 4)
  arena.core.pairSums32(panels.pointer, Math.floor(points / pairPoints), columns, sums)
  return sums
}
