import { options as checkOptions } from '../base/check.js'
import { type Matrix, sliceRows } from '../base/matrix.js'
import { isNormalised } from '../kernel/form.js'
import { checkOut, type GramOptions, stripRows } from '../kernel/gram.js'
import { checkKernel, type Kernel } from '../kernel/kernel.js'
import { tileRows } from '../kernel/pack.js'
import { canShare, copyRows, isShared, type SharedRooms, sharedRooms, unshared } from './memory.js'
import { parcel } from './parcel.js'
import type { CallOptions, Team } from './team.js'

// Multiply-adds below which a second worker costs more than it takes over: about a tenth of a millisecond of one.
const worthSplitting = 2_097_152

// Rooms go with their team.
const roomsOf = new WeakMap<Team, SharedRooms>()

const ownRooms = (team: Team): SharedRooms => {
  const rooms = roomsOf.get(team) ?? sharedRooms()
  roomsOf.set(team, rooms)
  return rooms
}

type Options = GramOptions & CallOptions

// For fewer a worker would centre far more of a chunk than it computes.
const fewestRows = stripRows / 4

/** Rows [start, end) for each of so many workers, as equal as whole tiles can be. */
const allotRows = (rows: number, workers: number): [number, number][] => {
  const parts = Math.min(workers, Math.ceil(rows / fewestRows))
  const start = (part: number): number => Math.min(rows, tileRows * Math.round((part * rows) / (parts * tileRows)))
  return Array.from({ length: parts }, (_, part) => [start(part), part + 1 === parts ? rows : start(part + 1)])
}

/** The chunks that rows [start, end) lie in, up to row `last` of all, and where they lie there. */
const chunksAround = (X: Matrix, start: number, end: number) => {
  const first = start - (start % stripRows)
  const last = Math.min(X.rows, stripRows * Math.ceil(end / stripRows))
  return { chunks: sliceRows(X, first, last), wanted: [start - first, end - first] as const, last }
}

/**
 * A Gram matrix whose rows are shared out among the workers of a team. What an entry depends on is its chunk of rows, which the
 * worker gets as a whole, so that the bytes are those of one thread. Where threads may share memory, every worker reads the same
 * arguments there, prepares Z while X is still being copied, and writes its rows of the same result; elsewhere each gets a copy of
 * its own, and its rows come back by transfer.
 */
export const gramAcross = async (
  team: Team,
  X: Matrix,
  Z: Matrix | undefined,
  kernel: Kernel,
  given: Options = {},
): Promise<Matrix> => {
  const keys = ['precision', 'out', 'transfer', 'signal']
  const { precision = 'f64', out, transfer = false, signal } = checkOptions(given, 'options', keys)
  const options = { precision }
  const points = Z ?? X
  const { rows: m } = X
  const { rows: n } = points
  const parts = allotRows(m, m * n * X.columns < worthSplitting ? 1 : team.size)
  const share = canShare()
  const known = precision === 'f32' || precision === 'f64'
  if (out !== undefined && known) checkOut(out, X, points, precision)
  if (parts.length < 2 || !known || (transfer && !share)) {
    const whole = (await team.run('gram', [X, Z, kernel, options], { transfer, signal })) as Matrix
    out?.set(whole.data)
    return out ? { ...whole, data: out } : whole
  }
  const rooms = share ? ownRooms(team) : undefined
  const x = rooms?.room(X) ?? X
  const z = points === X ? x : (rooms?.room(points) ?? points)
  const f32 = precision === 'f32'
  const fresh = (): Float32Array | Float64Array => (f32 ? new Float32Array(m * n) : new Float64Array(m * n))
  // After a stop workers may still be at it: what the caller has is written at the end then.
  const values = rooms === undefined ? (out ?? fresh()) : out && isShared(out) && !signal ? out : rooms.take(m * n, f32)
  const shares = parts.map(([start, end]) => ({ start, end, ...chunksAround(x, start, end) }))
  const copied = share ? new Int32Array(new SharedArrayBuffer(4)) : undefined
  // A product kernel looks at all of its rows first.
  const waits = points !== X && kernel?.kind !== 'product'
  if (copied && z !== points) z.data.set(points.data)
  if (copied && !waits) copyRows(X, x, [m], copied)
  const work = shares.map(async ({ start, end, chunks, wanted, last }) => {
    const own = values.subarray(start * n, end * n)
    const args = [chunks, z, kernel, { precision, wanted }]
    const gate = copied && { copied, rows: last }
    return team.run('gramRows', share ? [...args, own, gate] : args, { signal })
  })
  const done = Promise.all(work)
  // Until it is waited for nobody else hears of a failure.
  done.catch(() => {})
  if (copied && waits) copyRows(X, x, [...shares.map(({ last }) => last)], copied)
  try {
    if (transfer) structuredClone(null, { transfer: parcel([X, Z], true).buffers })
    const answers = await done
    if (!share) for (const [s, rows] of answers.entries()) values.set((rows as Matrix).data, shares[s].start * n)
  } catch (error) {
    signal?.throwIfAborted()
    await Promise.allSettled(work)
    // A part does not know which rows of the whole it has: the whole says what is wrong with itself.
    await team.run('gram', [x, Z && z, kernel, options], { signal })
    throw error
  }
  if (out && out !== values) out.set(values)
  const data = out ?? (share ? unshared(values) : values)
  // Only where all went well: after a throw a worker may still be at it.
  for (const room of [x.data, z.data, values]) rooms?.giveBack(room)
  if (Z === undefined && isNormalised(checkKernel(kernel))) for (let i = 0; i < m; i++) data[i * m + i] = 1
  return { rows: m, columns: n, data }
}
