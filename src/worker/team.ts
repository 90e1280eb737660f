import { proxy, type Remote, transfer } from 'comlink'
import { type Connection, connect } from './connection.js'
import type { FunctionName } from './functions.js'
import { type Outcome, revivedError } from './outcome.js'
import { parcel } from './parcel.js'
import type { Progress, RemoteProgress, WorkerFace } from './protocol.js'

/** How a call of an engine may go. */
export interface CallOptions {
  /** Stops the work between two of its steps; the call rejects with the signal's reason at once. */
  readonly signal?: AbortSignal
  /** Give typed arrays to the worker instead of copying them: they are empty afterwards. */
  readonly transfer?: boolean
}

/** Workers that share the work of one engine. */
export interface Team {
  readonly size: number
  /** Runs one function in the worker that has the least to do. */
  run(name: FunctionName, args: readonly unknown[], options?: CallOptions & { onProgress?: Progress }): Promise<unknown>
  close(): Promise<void>
}

interface Member extends Connection {
  pending: number
}

/** Starts so many workers; rejects where one of them cannot start. */
export const assemble = async (size: number, url?: string | URL): Promise<Team> => {
  const names = Array.from({ length: size }, (_, i) => (size === 1 ? 'the worker' : `worker ${i + 1} of ${size}`))
  const starts = await Promise.allSettled(names.map((name) => connect(name, url)))
  const members = starts.flatMap((start) => (start.status === 'fulfilled' ? [{ ...start.value, pending: 0 }] : []))
  const close = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.close()))
  }
  const failed = starts.find((start) => start.status === 'rejected')
  if (failed) {
    await close()
    throw failed.reason
  }
  // One worker less is an engine that can answer nothing that was split: it ends as a whole.
  const ended = Promise.race(members.map((member) => member.ended))
  ended.catch(close)
  let next = 1

  const call = async (
    member: Member,
    job: number,
    request: (face: Remote<WorkerFace>) => Promise<Outcome<unknown>>,
    signal?: AbortSignal,
  ): Promise<unknown> => {
    signal?.throwIfAborted()
    member.pending++
    let stop: () => void = () => {}
    const stopped = new Promise<never>((_, reject) => {
      stop = () => {
        reject(signal?.reason)
        member.call((face) => face.cancel(job)).catch(() => {})
      }
    })
    signal?.addEventListener('abort', stop, { once: true })
    const answer = member.call(request).finally(() => {
      member.pending--
    })
    answer.catch(() => {})
    try {
      const result = await Promise.race([answer, stopped, ended])
      if ('error' in result) throw revivedError(result.error)
      return result.value
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  return {
    size,
    run: async (name, args, { signal, transfer: give = false, onProgress } = {}) => {
      signal?.throwIfAborted()
      const member = members.reduce((least, other) => (other.pending < least.pending ? other : least))
      const job = next++
      const { value, buffers } = parcel(args, give)
      const progress = onProgress && (proxy(onProgress) as unknown as RemoteProgress)
      return call(
        member,
        job,
        (face) => face.run(job, name, transfer(value, buffers) as never, progress as never) as Promise<Outcome<unknown>>,
        signal,
      )
    },
    close,
  }
}
