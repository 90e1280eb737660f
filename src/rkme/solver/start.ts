import { type Matrix, takeRows } from '../../base/matrix.js'
import { below } from '../../base/random.js'
import { placePlain } from '../../kernel/centre.js'
import { centredFrame } from '../../kernel/frame.js'
import { placePanels } from '../../kernel/pack.js'
import { withArena } from '../../wasm/arena.js'
import { combine, ownFrame, spanCount } from '../rows/request.js'
import { shareTaker } from '../rows/share.js'

/**
 * k-means++ (Arthur & Vassilvitskii 2007): indices of `count` rows, the first drawn evenly, each further one with a
 * probability proportional to its weight times its squared distance to the rows drawn before.
 */
export const seedCentres = (rows: Matrix, count: number, random: () => number, weights?: Float64Array): Int32Array =>
  withArena((arena) => {
    const f32 = rows.data instanceof Float32Array
    const x = placePlain(arena, rows, 0, rows.rows)
    const packed = placePanels(arena, rows, centredFrame(arena, rows.columns, f32 ? 'f32' : 'f64')).pointer
    const w = weights === undefined ? 0 : f32 ? arena.f32(weights) : arena.f64(weights)
    const first = below(random, rows.rows)
    const uniforms = arena.f64(Float64Array.from({ length: count - 1 }, random))
    const distances = arena.bytes((rows.rows + 8) * 8)
    const chosen = arena.i32(count)
    const spread = arena.core[f32 ? 'spread32' : 'spread64']
    spread(x, packed, rows.rows, w, rows.columns, count, first, uniforms, distances, chosen)
    return arena.readI32(chosen, count)
  })

/** The centres after one Lloyd round, from the answer to a `nearest` request; a centre without rows stays. */
export const lloydStep = (points: Matrix, sums: Float64Array): Matrix => {
  const { rows: n, columns: d } = points
  const data = points.data.slice()
  for (let j = 0; j < n; j++) {
    if (sums[j] > 0) for (let k = 0; k < d; k++) data[j * d + k] = sums[n + j * d + k] / sums[j]
  }
  return { rows: n, columns: d, data }
}

/** Rows of a matrix by k-means++, as starting points. */
export const seedPoints = (rows: Matrix, count: number, random: () => number, weights?: Float64Array): Matrix =>
  takeRows(rows, seedCentres(rows, count, random, weights))

/** Centres by k-means++ and so many Lloyd rounds over rows that are here. */
export const clusterCentres = (
  rows: Matrix,
  count: number,
  rounds: number,
  random: () => number,
  weights?: Float64Array,
): Matrix => {
  let points = seedPoints(rows, count, random, weights)
  const frame = ownFrame(rows)
  const take = shareTaker({ rows, weights, total: rows.rows, offset: 0 })
  const spans = spanCount(rows.rows)
  for (let round = 0; round < rounds; round++) {
    const request = { kind: 'nearest', frame, points } as const
    points = lloydStep(points, combine(request, take(request, 0, spans)))
  }
  return points
}
