import { type Endpoint, expose, releaseProxy, transfer } from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { type Context, functions } from './functions.js'
import { workerThreads } from './node-builtin.js'
import { type Outcome, plainError } from './outcome.js'
import { parcel } from './parcel.js'
import type { RemoteProgress, WorkerFace } from './protocol.js'

const jobs = new Map<number, AbortController>()

const outcome = async (work: () => unknown): Promise<Outcome<unknown>> => {
  try {
    const { value, buffers } = parcel(await work(), true)
    return transfer({ value }, buffers)
  } catch (error) {
    return { error: plainError(error) }
  }
}

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
  run: async (job, name, args, progress) => {
    const controller = new AbortController()
    jobs.set(job, controller)
    const context = { signal: controller.signal, onProgress: progress && ((state: unknown) => void progress(state)) }
    const work = functions[name as keyof typeof functions] as (context: Context, ...rest: unknown[]) => unknown
    try {
      return await outcome(() => work(context, ...args))
    } finally {
      jobs.delete(job)
      release(progress)
    }
  },
  cancel: (job) => jobs.get(job)?.abort(),
}

const release = (progress: RemoteProgress | undefined): void =>
  (progress as { [releaseProxy]?: () => void } | undefined)?.[releaseProxy]?.()

const port = workerThreads()?.parentPort
expose(face, port ? nodeEndpoint(port) : (globalThis as unknown as Endpoint))
