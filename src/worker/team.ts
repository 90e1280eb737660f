import { proxy, type Remote, transfer } from 'comlink'
import { type Matrix, sliceRows } from '../base/matrix.js'
import type { Embedding } from '../rkme/embedding.js'
import { allotSpans } from '../rkme/driver.js'
import { type SumRequest, spanCount, spanRows } from '../rkme/request.js'
import { type Connection, connect, type Start } from './connection.js'
import type { FunctionName } from './functions.js'
import { type Outcome, plainError, unpacked } from './outcome.js'
import { parcel } from './parcel.js'
import type { PlainSolverOptions, Progress, WorkerFace } from './protocol.js'

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
  /** Runs one function in the worker that has the least to do. */
  run(name: FunctionName, args: readonly unknown[], options: JobOptions): Promise<unknown>
  /** Reduces rows with all workers; the bytes do not depend on how many there are. */
  reduce(rows: Matrix, solver: PlainSolverOptions, options: JobOptions): Promise<Embedding>
  close(): Promise<void>
}

interface Member extends Connection {
  pending: number
}

type Asked = Promise<Outcome<unknown>>

/** Starts so many workers; rejects where one of them cannot start. */
export const assemble = async (size: number, start: Start): Promise<Team> => {
  const names = Array.from({ length: size }, (_, i) => (size === 1 ? 'the worker' : `worker ${i + 1} of ${size}`))
  const starts = await Promise.allSettled(names.map((name) => connect(name, start)))
  const members: Member[] = []
  for (const begun of starts) if (begun.status === 'fulfilled') members.push({ ...begun.value, pending: 0 })
  const close = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.close()))
  }
  const failed = starts.find((begun) => begun.status === 'rejected')
  if (failed) {
    await close()
    throw failed.reason
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

  const run: Team['run'] = async (name, args, options) => {
    options.signal?.throwIfAborted()
    const member = members.reduce((least, other) => (other.pending < least.pending ? other : least))
    const job = ++jobs
    const { value, buffers } = parcel(args, options.transfer)
    const { signal, progress } = reporting(options)
    return ask(member, job, signal, (face) => face.run(job, name, transfer(value as never, buffers), progress) as Asked)
  }

  const reduce: Team['reduce'] = async (rows, solver, options) => {
    options.signal?.throwIfAborted()
    const { signal, progress } = reporting(options)
    const team = members.slice(0, spanCount(rows.rows))
    const spans = allotSpans(rows.rows, team.length)
    const job = ++jobs
    const [leader, ...others] = team
    const holding = (k: number, giving?: boolean) => {
      // A span pairs its rows with all later ones, so that a worker holds the rows from its first span to the end.
      const offset = spans[k][0] * spanRows(rows.rows)
      const part = offset === 0 ? rows : sliceRows(rows, offset, rows.rows)
      const { rowWeights } = solver
      const weights = rowWeights && Float64Array.from({ length: part.rows }, (_, i) => rowWeights[offset + i])
      const { value, buffers } = parcel({ rows: part, weights, total: rows.rows, offset }, giving)
      return transfer(value, buffers)
    }
    const serve = async (request: SumRequest): Promise<Outcome<readonly Float64Array[]>> => {
      try {
        const shares = await Promise.all(
          others.map((member, k) =>
            ask(member, job, signal, (face) => face.take(job, request, ...spans[k + 1]) as Asked),
          ),
        )
        return { value: (shares as Float64Array[][]).flat() }
      } catch (error) {
        return { error: plainError(error) }
      }
    }
    try {
      await Promise.all(
        others.map((member, k) => ask(member, job, signal, (face) => face.hold(job, holding(k + 1)) as Asked)),
      )
      const served = others.length > 0 ? proxy(serve) : undefined
      const all = holding(0, options.transfer)
      return (await ask(
        leader,
        job,
        signal,
        (face) => face.lead(job, all, spans[0][1], solver, progress, served) as Asked,
      )) as Embedding
    } finally {
      for (const member of others) member.call((face) => face.drop(job)).catch(() => {})
    }
  }

  return { size, run, reduce, close }
}
