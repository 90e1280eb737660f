import type { InferenceSession, Tensor } from 'onnxruntime-web'
import { MarketError } from '../base/error.js'

/** The part of onnxruntime-web that is used here. */
export interface Ort {
  readonly env: typeof import('onnxruntime-web').env
  readonly InferenceSession: {
    create(bytes: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>
  }
  readonly Tensor: typeof Tensor
}

/** Where the runtime finds its WebAssembly file: a folder's address with a closing slash, or addresses by file. */
export type WasmPaths = string | { readonly mjs?: string; readonly wasm?: string }

let loaded: Promise<Ort> | undefined

/** onnxruntime-web, loaded at the first call and set to one thread and silence. */
export const ort = (wasmPaths?: WasmPaths): Promise<Ort> => {
  loaded ??= import('onnxruntime-web/wasm').then(
    (module) => {
      const found = ('env' in module ? module : (module as { default: unknown }).default) as unknown as Ort
      found.env.wasm.numThreads = 1
      found.env.wasm.proxy = false
      found.env.logLevel = 'fatal'
      if (wasmPaths !== undefined) found.env.wasm.wasmPaths = wasmPaths
      return found
    },
    (cause) => {
      loaded = undefined
      throw new MarketError(
        'unreachable',
        'onnxruntime-web could not be loaded; install it: npm install onnxruntime-web@1.30',
        { cause },
      )
    },
  )
  return loaded
}

let last: Promise<unknown> = Promise.resolve()

/** Runs one task after the other: the WebAssembly behind all sessions is one, and it must not be entered twice. */
export const queued = <T>(task: () => Promise<T>): Promise<T> => {
  const result = last.then(task)
  last = result.catch(() => undefined)
  return result
}
