type WorkerThreads = typeof import('node:worker_threads')

/** Node's worker threads, or undefined elsewhere; without an import that would trip the bundler of a page. */
export const workerThreads = (): WorkerThreads | undefined => {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }
  return process?.getBuiltinModule?.('node:worker_threads') as WorkerThreads | undefined
}
