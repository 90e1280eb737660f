import { bufferBytes } from '../../../src/kernel/gram.js'
import { gaussianOnly } from '../../../src/kernel/kernel.js'
import type { Embedding } from '../../../src/rkme/embedding.js'
import { nearest, type Ranked } from '../../../src/search/topk.js'
import { withArena } from '../../../src/wasm/arena.js'

/** The number of a learnware as an id: ids sort as numbers do. */
export const idOf = (number: number): string => String(number).padStart(8, '0')

const unit = 2 ** -24
const atOnce = 64

/** What a look at all finds for every user, and how many learnwares it had to take again in f64. */
export interface LookedAt {
  readonly truth: readonly (readonly Ranked[])[]
  readonly again: number
  /** The largest difference of a distance² in f32 from that in f64 among those taken again, as a share of what was allowed for. */
  readonly used: number
}

/**
 * The `top` nearest of learnwares 0 … count − 1 to every user by a look at all of them, without any index.
 *
 * Every distance² is first summed from kernel values in f32, from differences, around a common origin. With u = 2⁻²⁴, n and n'
 * points of mass a and a' within R of the origin, an inner product is then wrong by less than u·(n + n' + d + 8 + 4√γ·R)·a·a':
 * rounding the coordinates changes ‖x − z‖² by 4uR‖x − z‖ and summing it by (d + 2)u‖x − z‖², where t·exp(−t²) ≤ 0.43 and
 * t·exp(−t) ≤ 0.37; γ and exp add 3u, a sum of n terms n·u. All learnwares whose distance² less this error is not above the
 * `top`-th distance² with it are taken again in f64, by `nearest`: ids and distances are those of `nearest` over all.
 */
export const lookAtAll = (
  users: readonly Embedding[],
  count: number,
  learnware: (number: number) => Embedding,
  top: number,
): LookedAt => {
  const { gamma } = gaussianOnly(users[0].kernel)
  const { columns } = users[0].points
  const squares = users.map(() => new Float64Array(count))
  const errors = new Float64Array(count)
  const origin = meanPoint(users)
  let radius = Math.max(...users.map((user) => reach(user, origin)))
  let points = Math.max(...users.map(({ weights }) => weights.length))
  withArena((arena) => {
    const { core } = arena
    const placed = users.map((user) => place(arena.f32(shifted(user, origin)), user, arena.f32(user.weights)))
    const buffer = arena.bytes(bufferBytes(columns))
    const wide = (many: number): number => (many + 7) & ~7
    /** ⟨a, b⟩ of one placed embedding with several that were packed together. */
    const products = (
      x: Placed,
      packed: number,
      many: number,
      parts: readonly Embedding[],
      out: Float64Array,
    ): void => {
      const mark = core.mark()
      const sums = arena.f64(wide(many))
      core.moments32(x.pointer, x.rows, x.weights, packed, many, columns, gamma, 0, 0, buffer, sums, 0, 0)
      const values = new Float64Array(core.memory.buffer, sums, many)
      for (let p = 0, at = 0; p < parts.length; p++) {
        const { weights } = parts[p]
        let sum = 0
        for (let j = 0; j < weights.length; j++) sum += weights[j] * values[at++]
        out[p] = sum
      }
      core.release(mark)
    }
    const panels = (plain: number, count: number, to: number): void => {
      const mark = core.mark()
      core.packPanels32(plain, count, columns, arena.f32(columns), to, arena.bytes(4 * wide(count)))
      core.release(mark)
    }
    const pack = (parts: readonly Embedding[]): { pointer: number; count: number; at: number[]; plain: number } => {
      const count = parts.reduce((sum, { weights }) => sum + weights.length, 0)
      const pointer = arena.bytes(4 * wide(count) * columns)
      const plain = arena.f32(count * columns)
      const at: number[] = []
      let from = 0
      for (const part of parts) {
        at.push(from)
        new Float32Array(core.memory.buffer, plain + 4 * from * columns).set(shifted(part, origin))
        from += part.weights.length
      }
      panels(plain, count, pointer)
      return { pointer, count, at, plain }
    }
    const own = users.map((_, u) => {
      const mark = core.mark()
      const { pointer, count: own } = pack([users[u]])
      const out = new Float64Array(1)
      products(placed[u], pointer, own, [users[u]], out)
      core.release(mark)
      return out[0]
    })
    const line = new Float64Array(atOnce)
    for (let first = 0; first < count; first += atOnce) {
      const parts = Array.from({ length: Math.min(atOnce, count - first) }, (_, i) => learnware(first + i))
      const mark = core.mark()
      const { pointer, count: packed, at, plain } = pack(parts)
      const norms = parts.map((part, p) => {
        const inner = core.mark()
        const alone = arena.bytes(4 * wide(part.weights.length) * columns)
        panels(plain + 4 * at[p] * columns, part.weights.length, alone)
        products(
          place(plain + 4 * at[p] * columns, part, arena.f32(part.weights)),
          alone,
          part.weights.length,
          [part],
          line,
        )
        core.release(inner)
        return line[0]
      })
      parts.forEach((part, p) => {
        radius = Math.max(radius, reach(part, origin))
        errors[first + p] = mass(part)
        points = Math.max(points, part.weights.length)
      })
      users.forEach((_, u) => {
        products(placed[u], pointer, packed, parts, line)
        for (let p = 0; p < parts.length; p++) squares[u][first + p] = own[u] - 2 * line[p] + norms[p]
      })
      core.release(mark)
    }
  })
  let again = 0
  let used = 0
  const truth = users.map((user, u) => {
    const terms = 2 * points + columns + 8 + 4 * Math.sqrt(gamma) * radius
    const heavy = mass(user)
    const errorOf = (number: number): number => unit * terms * (heavy + errors[number]) * (heavy + errors[number])
    const last = Float64Array.from(squares[u], (square, number) => square + errorOf(number)).sort()[
      Math.min(top, count) - 1
    ]
    const close: number[] = []
    squares[u].forEach((square, number) => {
      if (square - errorOf(number) <= last) close.push(number)
    })
    again += close.length
    const candidates = close.map((number) => ({ id: idOf(number), embedding: learnware(number) }))
    for (const { index, distance } of nearest(user, candidates, { top: close.length })) {
      const difference = Math.abs(distance * distance - squares[u][close[index]])
      used = Math.max(used, difference / errorOf(close[index]))
    }
    return nearest(user, candidates, { top })
  })
  return { truth, again, used }
}

interface Placed {
  readonly pointer: number
  readonly rows: number
  readonly weights: number
}

const place = (pointer: number, { weights }: Embedding, at: number): Placed => ({
  pointer,
  rows: weights.length,
  weights: at,
})

const mass = ({ weights }: Embedding): number => weights.reduce((sum, weight) => sum + Math.abs(weight), 0)

const meanPoint = (users: readonly Embedding[]): Float64Array => {
  const { columns } = users[0].points
  const mean = new Float64Array(columns)
  let rows = 0
  for (const { points } of users) {
    for (let i = 0; i < points.data.length; i++) mean[i % columns] += points.data[i]
    rows += points.rows
  }
  return mean.map((sum) => sum / rows)
}

const shifted = ({ points }: Embedding, origin: Float64Array): Float64Array =>
  Float64Array.from(points.data, (value, i) => value - origin[i % origin.length])

/** The largest distance of a point from the origin. */
const reach = ({ points }: Embedding, origin: Float64Array): number => {
  const { rows, columns, data } = points
  let most = 0
  for (let j = 0; j < rows; j++) {
    let square = 0
    for (let k = 0; k < columns; k++) square += (data[j * columns + k] - origin[k]) ** 2
    most = Math.max(most, square)
  }
  return Math.sqrt(most)
}
