import type { Matrix } from '../base/matrix.js'
import { workerThreads } from './node-builtin.js'

type Numbers = Float32Array | Float64Array

/** Whether threads may see the same memory: always in Node, and in pages that are isolated from other origins. */
export const canShare = (): boolean =>
  typeof SharedArrayBuffer === 'function' &&
  (workerThreads() !== undefined || (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true)

/** Whether an array lies in shared memory, so that it goes to another thread without a copy. */
export const isShared = ({ buffer }: ArrayBufferView): boolean =>
  Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]'

/** Room for so many numbers in shared memory. */
export const sharedRoom = (length: number, f32: boolean): Numbers =>
  f32 ? new Float32Array(new SharedArrayBuffer(length * 4)) : new Float64Array(new SharedArrayBuffer(length * 8))

/** The same matrix in shared memory; itself where it is there already. */
export const sharedMatrix = ({ rows, columns, data }: Matrix): Matrix => {
  if (isShared(data)) return { rows, columns, data }
  const copy = sharedRoom(data.length, data instanceof Float32Array)
  copy.set(data)
  return { rows, columns, data: copy }
}

/** An array of this thread's own. */
export const unshared = (data: Numbers): Numbers =>
  data instanceof Float32Array ? new Float32Array(data) : new Float64Array(data)
