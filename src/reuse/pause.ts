/**
 * A function to await between steps of a long piece of work: it rethrows the reason of an abort, and lets the event loop
 * turn where it has not for `every` milliseconds.
 */
export const pauses = (signal?: AbortSignal, every = 25): (() => Promise<void>) => {
  let last = performance.now()
  return async () => {
    signal?.throwIfAborted()
    if (performance.now() - last < every) return
    await new Promise((resolve) => setTimeout(resolve))
    last = performance.now()
    signal?.throwIfAborted()
  }
}
