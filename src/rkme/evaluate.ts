import { lengthOf } from '../base/check.js'
import { type Matrix, type Samples, samples, shaped, sliceRows } from '../base/matrix.js'
import { placeNormed, refuse } from '../kernel/centre.js'
import { checkColumns, placeKernel } from '../kernel/form.js'
import { centredFrame, placeFrame } from '../kernel/frame.js'
import { bufferBytes, byDifferences, stripRows } from '../kernel/gram.js'
import type { Kernel } from '../kernel/kernel.js'
import { placePanels } from '../kernel/pack.js'
import { fits, isNear } from '../kernel/range.js'
import { type Arena, withArena } from '../wasm/arena.js'
import { type Embedding, formed } from './embedding.js'

/** The values of an expansion at every row, f64, in the arena where the returned pointer says, until it is released. */
type Evaluator = (x: Matrix, name: string) => number

/**
 * Puts Σ_j β_j k(z_j, ·) into the arena to be evaluated as often as wanted: around an origin near the mean of its points, or
 * around 0 where the points are centred already. A value depends on its own chunk of rows alone.
 */
export const placeExpansion = (
  arena: Arena,
  { kernel, points, weights }: Pick<Embedding, 'kernel' | 'points' | 'weights'>,
  isCentred = false,
): Evaluator => {
  const { core } = arena
  const { rows: n, columns: d } = points
  const { gamma, block } = placeKernel(arena, kernel, false)
  let frame = isCentred ? centredFrame(arena, d, 'f64') : placeFrame(arena, points, kernel, 'points', 'f64')
  const z = arena.bytes(n * d * 8)
  const norms = arena.bytes((n + 8) * 8)
  const place = (): number => placeNormed(arena, points, [0, n], frame, z, norms, 'points')
  let largest = place()
  if (!isNear(kernel, d, largest, 'f64')) {
    frame = centredFrame(arena, d, 'f64')
    largest = place()
  }
  const w = arena.f64(weights)
  const buffer = arena.bytes(bufferBytes(d))
  return (x, name) => {
    const values = arena.f64(x.rows + 8)
    for (let start = 0; start < x.rows; start += stripRows) {
      const position = core.mark()
      const chunk = x.rows <= stripRows ? x : sliceRows(x, start, Math.min(start + stripRows, x.rows))
      const packed = placePanels(arena, chunk, frame)
      const most = Math.max(largest, packed.largest)
      if (!fits(kernel, d, most, 'f64')) refuse(chunk, name)
      const own = byDifferences(d, kernel, most, 'f64') ? 0 : norms
      const to = values + start * 8
      core.moments64(z, n, w, packed.pointer, chunk.rows, d, gamma, own, packed.norms, buffer, to, 0, block)
      core.release(position)
    }
    return values
  }
}

/** Σ_j β_j k(z_j, x) at every row x, in f64; rows and points in the same coordinates, near an origin that the kernel allows. */
export const evaluateAt = (x: Matrix, points: Matrix, weights: Float64Array, kernel: Kernel): Float64Array =>
  withArena((arena) => arena.readF64(placeExpansion(arena, { kernel, points, weights }, true)(x, 'X'), x.rows))

/**
 * The embedding as a function, Φ(x) = Σ_j weights[j] · k(points[j], x), at every row of X. X: m × d; m numbers, f64.
 * @throws RangeError where X has other columns than the points.
 */
export const evaluate = (embedding: Embedding, X: Samples): Float64Array => {
  const { kernel, points } = formed(embedding, 'embedding')
  const x = kernel.kind === 'product' ? samples(X, 'X') : shaped(X, 'X')
  lengthOf({ length: x.columns }, 'X columns', points.columns)
  checkColumns(kernel, x, 'X')
  return withArena((arena) => arena.readF64(placeExpansion(arena, embedding)(x, 'X'), x.rows))
}

/** ⟨Φ_a, Φ_b⟩ for b after b, with one placing of a. */
export const placeInner = (arena: Arena, a: Embedding): ((b: Embedding) => number) => {
  const valuesAt = placeExpansion(arena, a)
  return ({ points, weights }) => {
    const position = arena.core.mark()
    const values = arena.readF64(valuesAt(points, 'points'), points.rows)
    arena.core.release(position)
    let sum = 0
    for (let j = 0; j < values.length; j++) sum += weights[j] * values[j]
    return sum
  }
}
