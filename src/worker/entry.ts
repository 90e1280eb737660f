import { type Endpoint, expose, releaseProxy, transfer } from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { type ShareTaker, shareTaker } from '../rkme/share.js'
import { type Context, functions } from './functions.js'
import { lead } from './lead.js'
import { workerThreads } from './node-builtin.js'
import { type Outcome, plainError, unpacked } from './outcome.js'
import { parcel } from './parcel.js'
import type { Progress, WorkerFace } from './protocol.js'

const running = new Map<number, AbortController>()
const held = new Map<number, ShareTaker>()

const outcome = async (work: () => unknown): Promise<Outcome<unknown>> => {
  try {
    const { value, buffers } = parcel(await work(), true)
    return transfer({ value }, buffers)
  } catch (error) {
    return { error: plainError(error) }
  }
}

const withContext = async (
  job: number,
  progress: Progress | undefined,
  work: (context: Context) => unknown,
): Promise<Outcome<unknown>> => {
  const controller = new AbortController()
  running.set(job, controller)
  let told: unknown
  const onProgress =
    progress &&
    ((state: unknown): void => {
      told = progress(state)
    })
  try {
    const result = await outcome(() => work({ signal: controller.signal, onProgress }))
    // Progress goes by a channel of its own, which the answer must not overtake.
    await told
    return result
  } finally {
    running.delete(job)
    release(progress)
  }
}

/** Closes the channel of a callback of the other thread. */
const release = (remote: unknown): void => (remote as { [releaseProxy]?: () => void } | undefined)?.[releaseProxy]?.()

const face: WorkerFace = {
  start: async (lock) => {
    if (workerThreads() || !globalThis.navigator?.locks) return false
    return new Promise((resolve) => {
      navigator.locks.request(lock, () => {
        resolve(true)
        return new Promise(() => {})
      })
    })
  },
  run: (job, name, args, progress) => {
    const work = functions[name as keyof typeof functions] as (context: Context, ...rest: unknown[]) => unknown
    return withContext(job, progress, (context) => work(context, ...args))
  },
  lead: (job, holding, ownSpans, options, progress, serve) =>
    withContext(job, progress, async ({ signal, onProgress }) => {
      try {
        const others = serve && (async (request: Parameters<typeof serve>[0]) => unpacked(await serve(request)))
        return await lead(holding, ownSpans, { ...options, onProgress }, signal, others)
      } finally {
        release(serve)
      }
    }),
  hold: (job, holding) =>
    outcome(() => {
      held.set(job, shareTaker(holding))
    }),
  take: (job, request, firstSpan, endSpan) => outcome(() => held.get(job)?.(request, firstSpan, endSpan)),
  drop: (job) => {
    held.delete(job)
  },
  cancel: (job) => running.get(job)?.abort(),
}

const port = workerThreads()?.parentPort
expose(face, port ? nodeEndpoint(port) : (globalThis as unknown as Endpoint))
