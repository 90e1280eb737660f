import { type Endpoint, expose, releaseProxy, transfer } from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { workerThreads } from '../node-builtin.js'
import { type Outcome, plainError } from '../outcome.js'
import { parcel } from '../parcel.js'
import { type Context, functions } from './functions.js'
import { serveLeader } from './partner.js'
import type { WorkerFace } from './protocol.js'
import { sharedSource } from './shared.js'

const running = new Map<number, AbortController>()
const leaders = new Map<number, MessagePort>()

const outcome = async (work: () => unknown): Promise<Outcome<unknown>> => {
  try {
    const { value, buffers } = parcel(await work(), true)
    return transfer({ value }, buffers)
  } catch (error) {
    return { error: plainError(error) }
  }
}

/** Closes the channel of a callback that lives in the other thread. */
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
  run: async (job, name, args, partners, progress) => {
    const controller = new AbortController()
    running.set(job, controller)
    let told: unknown
    const onProgress = (state: unknown): void => {
      told = progress?.(state)
    }
    const context: Context = {
      signal: controller.signal,
      onProgress: progress && onProgress,
      open: sharedSource(partners, controller.signal),
    }
    try {
      const work = functions[name] as (context: Context, ...args: unknown[]) => unknown
      const result = await outcome(() => work(context, ...args))
      // Progress goes by a channel of its own, which the answer must not overtake.
      await told
      return result
    } finally {
      running.delete(job)
      release(progress)
      for (const port of partners) port.close()
    }
  },
  join: (job, leader) => {
    leaders.set(job, leader)
    serveLeader(leader)
  },
  leave: (job) => {
    leaders.get(job)?.close()
    leaders.delete(job)
  },
  cancel: (job) => running.get(job)?.abort(),
}

const port = workerThreads()?.parentPort
expose(face, port ? nodeEndpoint(port) : (globalThis as unknown as Endpoint))
