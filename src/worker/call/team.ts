import { proxy, type Remote, transfer } from 'comlink'
import type { Matrix } from '../../base/matrix.js'
import { canShare } from '../memory.js'
import { type Outcome, unpacked } from '../outcome.js'
import { parcel } from '../parcel.js'
import type { FunctionName } from '../serve/functions.js'
import type { Progress, WorkerFace } from '../serve/protocol.js'
import { type Connection, connect, type Start } from './connection.js'

/** How any call of an engine may go. */
export interface CallOptions {
  /** Stops the work between two of its steps; the call rejects with the signal's reason at once. */
  readonly signal?: AbortSignal
  /** Gives typed arrays to the worker instead of copying them: they are empty afterwards. */
  readonly transfer?: boolean
}

/** {@link CallOptions} with a callback for every step that is done. */
export interface JobOptions extends CallOptions {
  readonly onProgress?: Progress
}

/** Workers that share the work of one engine. */
export interface Team {
  readonly size: number
  /** Runs a function in the worker that has the least to do; reductions share their sums with all others. */
  run(name: FunctionName, args: readonly unknown[], options: JobOptions): Promise<unknown>
  close(): Promise<void>
}

interface Member extends Connection {
  pending: number
}

type Asked = Promise<Outcome<unknown>>

const startAll = async (size: number, start: Start): Promise<Member[]> => {
  const names = Array.from({ length: size }, (_, i) => (size === 1 ? 'the worker' : `worker ${i + 1} of ${size}`))
  const begun = await Promise.allSettled(names.map((name) => connect(name, start)))
  const members: Member[] = []
  for (const one of begun) if (one.status === 'fulfilled') members.push({ ...one.value, pending: 0 })
  for (const one of begun) {
    if (one.status === 'fulfilled') continue
    await Promise.all(members.map((member) => member.close()))
    throw one.reason
  }
  return members
}

/** Starts so many workers; rejects where one of them cannot start. */
export const assemble = async (size: number, start: Start): Promise<Team> => {
  const members = await startAll(size, start)
  const close = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.close()))
  }
  // With one worker less, what was split cannot be answered: the engine ends as a whole.
  const ended = Promise.race(members.map((member) => member.ended))
  ended.catch(close)
  let jobs = 0

  /** Asks a member; rejects at once where the signal fires or any member dies. */
  const ask = async (
    member: Member,
    job: number,
    signal: AbortSignal | undefined,
    request: (face: Remote<WorkerFace>) => Asked,
  ): Promise<unknown> => {
    signal?.throwIfAborted()
    let stop: () => void = () => {}
    const stopped = new Promise<never>((_, reject) => {
      stop = () => {
        reject(signal?.reason)
        member.call((face) => face.cancel(job)).catch(() => {})
      }
    })
    signal?.addEventListener('abort', stop, { once: true })
    member.pending++
    const answer = member.call(request).finally(() => {
      member.pending--
    })
    answer.catch(() => {})
    try {
      return unpacked(await Promise.race([answer, stopped, ended]))
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  /** A callback for the worker, and a signal that also fires where the callback throws. */
  const reporting = ({ signal, onProgress }: JobOptions): { signal?: AbortSignal; progress?: Progress } => {
    if (!onProgress) return { signal }
    const failure = new AbortController()
    const progress = proxy((state: unknown) => {
      try {
        onProgress(state)
      } catch (error) {
        failure.abort(error)
      }
    })
    return { signal: signal ? AbortSignal.any([signal, failure.signal]) : failure.signal, progress }
  }

  /** Ports of a leader, one to each of the others, who serve it until they are told to leave. */
  const partnersOf = (others: readonly Member[], job: number): MessagePort[] =>
    others.map((member) => {
      const { port1, port2 } = new MessageChannel()
      member.call((face) => face.join(job, transfer(port2, [port2]))).catch(() => {})
      return port1
    })

  const run: Team['run'] = async (name, args, options) => {
    options.signal?.throwIfAborted()
    const leader = members.reduce((least, other) => (other.pending < least.pending ? other : least))
    const others = hasPartners(name, args) ? members.filter((member) => member !== leader) : []
    const job = ++jobs
    const { value, buffers } = parcel(args, options.transfer, others.length > 0 && canShare())
    const { signal, progress } = reporting(options)
    const partners = partnersOf(others, job)
    try {
      return await ask(
        leader,
        job,
        signal,
        (face) =>
          face.run(job, name, transfer(value as never, buffers), transfer(partners, partners), progress) as Asked,
      )
    } finally {
      for (const member of others) member.call((face) => face.leave(job)).catch(() => {})
    }
  }

  return { size, run, close }
}

// Reductions of fewer numbers times rows have no request that is worth a message, and are over before a channel pays.
const worthPartners = 8_388_608

/** Whether the sums over rows are taken by all workers. */
const hasPartners = (name: FunctionName, [first]: readonly unknown[]): boolean => {
  if (name !== 'reduce') return name === 'specify'
  const { rows, columns } = first as Matrix
  return rows * rows * columns >= worthPartners
}
