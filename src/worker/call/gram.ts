import { options } from '../../base/check.js'
import { type Matrix, sliceRows } from '../../base/matrix.js'
import { type Precision, unfilled } from '../../kernel/centre.js'
import { isNormalised } from '../../kernel/form.js'
import { checkOut, type GramOptions, roomBytes, rowsTogether, stripRows } from '../../kernel/gram.js'
import { checkKernel, type Kernel } from '../../kernel/kernel.js'
import { pairRows } from '../../kernel/pairs.js'
import {
  canShare,
  isShared,
  layout,
  type Numbers,
  numbersIn,
  type Placed,
  type SharedRooms,
  sharedRooms,
} from '../memory.js'
import { parcel } from '../parcel.js'
import type { SharedGram } from '../serve/gram.js'
import { copyArguments, endTurns, planTurns } from '../turns.js'
import type { CallOptions, Team } from './team.js'

// Multiply-adds below which a second worker costs more than it takes over: about a tenth of a millisecond of one.
const worthSplitting = 2_097_152
// For fewer a worker would centre far more of a chunk than it computes.
const fewestRows = stripRows / 4

/** A Gram matrix to share out. */
interface Job {
  readonly team: Team
  readonly X: Matrix
  /** X itself for K(X, X). */
  readonly Z: Matrix
  readonly kernel: Kernel
  readonly precision: Precision
  readonly workers: number
  readonly out?: Numbers
  readonly signal?: AbortSignal
}

/**
 * A Gram matrix whose rows are shared out among the workers of a team. What an entry depends on is its chunk of rows, which the
 * worker gets as a whole, so that the bytes are those of one thread. Where threads may share memory, workers read the same arguments
 * there and take rows of the same result in turns; elsewhere each gets a copy of its share, and its rows come back by transfer.
 */
export const gramAcross = async (
  team: Team,
  X: Matrix,
  Z: Matrix | undefined,
  kernel: Kernel,
  given: GramOptions & CallOptions = {},
): Promise<Matrix> => {
  const keys = ['precision', 'out', 'transfer', 'signal']
  const { precision = 'f64', out, transfer = false, signal } = options(given, 'options', keys)
  signal?.throwIfAborted()
  const points = Z ?? X
  const alone = points === X
  const { rows: m } = X
  const { rows: n } = points
  const many = m * n * X.columns >= worthSplitting
  const workers = many ? Math.min(team.size, Math.ceil(m / fewestRows)) : 1
  const known = precision === 'f32' || precision === 'f64'
  if (out !== undefined && known) checkOut(out, X, points, precision)
  const share = canShare()
  if (workers < 2 || !known || (transfer && !share)) {
    const whole = (await team.run('gram', [X, alone ? undefined : Z, kernel, { precision }], {
      transfer,
      signal,
    })) as Matrix
    out?.set(whole.data)
    return out ? { ...whole, data: out } : whole
  }
  const job: Job = { team, X, Z: points, kernel, precision, workers, out, signal }
  const data = await (share ? inTurns(job, transfer) : inShares(job))
  if (alone && isNormalised(checkKernel(kernel))) for (let i = 0; i < m; i++) data[i * m + i] = 1
  return { rows: m, columns: n, data }
}

// Rooms go with their team.
const roomsOf = new WeakMap<Team, SharedRooms>()

const ownRooms = (team: Team): SharedRooms => {
  const rooms = roomsOf.get(team) ?? sharedRooms()
  roomsOf.set(team, rooms)
  return rooms
}

/** Where everything of a Gram matrix goes in a room; what lies in other shared memory stays there. */
const planRoom = ({ X, Z, precision, workers, out, signal }: Job) => {
  const f32 = precision === 'f32'
  const { numbers, bytes, size } = layout()
  const place = (data: Numbers): Placed | Numbers =>
    isShared(data) ? data : numbers(data.length, data instanceof Float32Array)
  const x = place(X.data)
  const z = Z === X ? x : place(Z.data)
  // After a stop workers may still be at it: what the caller has is written at the end then.
  const values = out && isShared(out) && !signal ? out : numbers(X.rows * Z.rows, f32)
  const each = roomBytes(X.columns, Z.rows, precision, values !== out)
  const parts = Array.from({ length: workers }, () => bytes(each))
  return { x, z, values, parts, size: size() }
}

/** The values by way of shared memory; with `give` the arguments are taken away once they are there. */
const inTurns = async (job: Job, give: boolean): Promise<Numbers> => {
  const { team, X, Z, kernel, precision, workers, out, signal } = job
  const rooms = ownRooms(team)
  const { x, z, values, parts, size } = planRoom(job)
  const room = rooms.take(size)
  if (!room) {
    const data = await inShares(job)
    if (give) takeAway(X, Z)
    return data
  }
  // A product kernel looks at all of its rows first; others prepare Z while X is still being copied.
  const early = Z !== X && kernel?.kind !== 'product'
  const rowsAtOnce = rowsTogether(X.columns, values === out ? Z.rows : 0, precision)
  const turns = planTurns(X.rows, workers, rowsAtOnce, early ? 0 : X.rows)
  const shared: SharedGram = {
    room,
    parts,
    X: { ...X, data: x },
    Z: { ...Z, data: z },
    kernel,
    form: { precision, symmetric: Z === X },
    values,
    turns,
  }
  const work = Array.from({ length: workers }, (_, part) => team.run('gramTurns', [shared, part], { signal }))
  const done = Promise.all(work)
  // Until it is waited for nobody else hears of a failure.
  done.catch(() => {})
  const { buffer } = room.memory
  const X0 = { ...X, data: numbersIn(buffer, x) }
  const there = { X: X0, Z: Z === X ? X0 : { ...Z, data: numbersIn(buffer, z) } }
  copyArguments(X, Z, there.X, there.Z, turns)
  if (give) takeAway(X, Z)
  const data = out ?? settled(unfilled(X.rows * Z.rows, precision))
  try {
    await done
  } catch (error) {
    endTurns(turns)
    return explain({ ...job, ...there }, work, error)
  }
  if (data !== values) data.set(numbersIn(buffer, values))
  // Only where all went well: after a throw a worker may still be at it.
  rooms.giveBack(room)
  return data
}

const takeAway = (X: Matrix, Z: Matrix): void => {
  structuredClone(null, { transfer: parcel([X, Z], true).buffers })
}

// Fresh memory costs the system a page for every 4 KB where it is first written to: best while others work.
const settled = <T extends Numbers>(data: T): T => {
  for (let at = 0; at < data.length; at += 4096 / data.BYTES_PER_ELEMENT) data[at] = 0
  return data
}

/** The values by copies: to every worker the chunks that its rows lie in, as equal as whole tiles can be. */
const inShares = async (job: Job): Promise<Numbers> => {
  const { team, X, Z, kernel, precision, workers, out, signal } = job
  const { rows: m } = X
  const bound = (part: number): number =>
    part === workers ? m : Math.min(m, pairRows * Math.round((part * m) / (workers * pairRows)))
  const work = Array.from({ length: workers }, async (_, part) => {
    const [start, end] = [bound(part), bound(part + 1)]
    const first = start - (start % stripRows)
    const chunks = sliceRows(X, first, Math.min(m, stripRows * Math.ceil(end / stripRows)))
    const range = [start - first, end - first]
    const rows = await team.run('gramPart', [chunks, Z, kernel, { precision, symmetric: Z === X }, range], { signal })
    return [start, rows as Matrix] as const
  })
  try {
    const parts = await Promise.all(work)
    const data = out ?? unfilled(m * Z.rows, precision)
    for (const [start, rows] of parts) data.set(rows.data, start * Z.rows)
    return data
  } catch (error) {
    return explain(job, work, error)
  }
}

/** A part does not know which rows of the whole it has: the whole says what is wrong with itself. */
const explain = async (
  { team, X, Z, kernel, precision, signal }: Job,
  work: readonly Promise<unknown>[],
  error: unknown,
): Promise<never> => {
  signal?.throwIfAborted()
  await Promise.allSettled(work)
  await team.run('gram', [X, X === Z ? undefined : Z, kernel, { precision }], { signal })
  throw error
}
