import { type Endpoint, type Remote, releaseProxy, wrap } from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { MarketError } from '../../base/error.js'
import { workerThreads } from '../node-builtin.js'
import type { WorkerFace } from '../serve/protocol.js'
import { source } from '../source.js'

/** One worker and what it takes to know that it lives. */
export interface Connection {
  /** Calls the worker; rejects where the worker ends before it answers, which comlink alone would never notice. */
  call<T>(request: (face: Remote<WorkerFace>) => Promise<T>): Promise<T>
  /** Rejects when the worker ends; never resolves. */
  readonly ended: Promise<never>
  close(): Promise<void>
}

interface Thread {
  readonly endpoint: Endpoint
  /** Keeps the process alive while calls are pending, and only then. */
  hold(busy: boolean): void
  terminate(): Promise<unknown>
}

type Die = (why: string, cause?: unknown) => void

const nodeThread = (url: string | URL | undefined, die: Die): Thread => {
  const { Worker } = workerThreads() as NonNullable<ReturnType<typeof workerThreads>>
  const worker = url ? new Worker(new URL(url)) : new Worker(source, { eval: true, execArgv: [] })
  worker.once('error', (error: Error) => die(error.message, error))
  worker.once('messageerror', (error: Error) => die('a message could not be read', error))
  worker.once('exit', (code) => die(`it ended with code ${code}`))
  return {
    endpoint: nodeEndpoint(worker),
    hold: (busy) => (busy ? worker.ref() : worker.unref()),
    terminate: () => worker.terminate(),
  }
}

const pageThread = (url: string | URL | undefined, die: Die): Thread => {
  const address = url ?? URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  const worker = new Worker(address)
  worker.onerror = (event) => {
    event.preventDefault()
    die(
      event.message || 'its script could not be loaded; where the page forbids blob: workers, pass "url"',
      event.error,
    )
  }
  worker.onmessageerror = () => die('a message could not be read')
  return {
    endpoint: worker,
    hold: () => {},
    terminate: async () => {
      worker.terminate()
      if (!url) URL.revokeObjectURL(String(address))
    },
  }
}

/** How a worker starts. */
export interface Start {
  readonly url?: string | URL
  readonly startLimitMs: number
}

/** Starts a worker, a thread in Node, and resolves once it answers. */
export const connect = async (name: string, { url, startLimitMs }: Start): Promise<Connection> => {
  let over: Error | undefined
  let reject: (error: Error) => void = () => {}
  const ended = new Promise<never>((_, fail) => {
    reject = fail
  })
  ended.catch(() => {})
  const end = (sentence: string, cause?: unknown): void => {
    over ??= new MarketError('unreachable', sentence, { cause })
    reject(over)
  }
  const die: Die = (why, cause) => end(`${name} has died: ${why}; close this engine and spawn another`, cause)

  const thread = workerThreads() ? nodeThread(url, die) : pageThread(url, die)
  const face = wrap<WorkerFace>(thread.endpoint)
  let pending = 0
  let closing: Promise<void> | undefined
  const connection: Connection = {
    ended,
    call: async (request) => {
      if (over) throw over
      if (pending++ === 0) thread.hold(true)
      try {
        return await Promise.race([request(face), ended])
      } finally {
        // While it is being closed the process must live to see it end.
        if (--pending === 0 && !closing) thread.hold(false)
      }
    },
    close: () => {
      end(`${name} was closed; spawn another engine`)
      closing ??= (async () => {
        face[releaseProxy]()
        thread.hold(true)
        await thread.terminate()
      })()
      return closing
    },
  }

  // A page is told of errors in a worker, not of its end; a lock that the worker holds comes free when it ends.
  const lock = `learnware-${crypto.getRandomValues(new Uint32Array(4)).join('-')}`
  const late = setTimeout(
    () => die(`it did not answer within ${startLimitMs} ms; is "url" the worker's script?`),
    startLimitMs,
  )
  try {
    const held = await connection.call((remote) => remote.start(lock))
    if (held) {
      const watch = new AbortController()
      navigator.locks.request(lock, { signal: watch.signal }, () => die('it ended')).catch(() => {})
      ended.catch(() => watch.abort())
    }
  } catch (error) {
    await connection.close()
    throw error
  } finally {
    clearTimeout(late)
  }
  return connection
}
