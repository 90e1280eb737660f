import type { InferenceSession, Tensor } from 'onnxruntime-web'
import { options, positive, signalOf, whole } from '../base/check.js'
import { KindError, MarketError, shown, ValueError } from '../base/error.js'
import type { Matrix } from '../base/matrix.js'
import type { Model, ModelInput, ModelOutput, Runtime } from '../learnware/model.js'
import { readTable } from '../specification/rows/table.js'
import { type Contract, contractOf } from './contract.js'
import { feed, read } from './feed.js'
import { type Ort, ort, queued, type WasmPaths } from './queue.js'
import { openRefusal, runRefusal } from './refusal.js'

export type { WasmPaths } from './queue.js'

/** What {@link onnxRuntime} takes. */
export interface OnnxOptions {
  /** Where onnxruntime-web finds its WebAssembly file; by default beside its own script. It counts at the first model. */
  readonly wasmPaths?: WasmPaths
  /** Bytes that a model may have. */
  readonly largestModel?: number
  /** Rows that run at once; progress and aborts come between. */
  readonly batch?: number
  /** Milliseconds that one `predict` may run, looked at between batches. */
  readonly executionLimitMs?: number
}

/** A model's place in memory and how to use it. */
interface Opened {
  readonly session: InferenceSession
  readonly contract: Contract
}

/**
 * Opens ONNX models from their bytes on onnxruntime-web (WebAssembly, one thread), in Node, a page or a worker.
 * A model takes one tensor [N, D], float32, float64, int64 or int32, where D is the number of inputs (a category as its
 * index) or their one-hot width; it gives [N] or [N, 1] for a real and [N, C] for C classes. Where a classifier gives
 * labels beside probabilities, the probabilities are read; two classes may come as the probability of the second.
 * Nothing but the graph is used: no metadata, no files beside the bytes. All models share one queue. The graph runs in
 * WebAssembly without access to anything, but a long batch can not be stopped: run this in a worker that can be killed
 * where models come from strangers. `close` closes its models and is final: what is still being opened is given free again.
 */
export const onnxRuntime = (settings: OnnxOptions = {}): Runtime => {
  options(settings, 'options', ['wasmPaths', 'largestModel', 'batch', 'executionLimitMs'])
  const { wasmPaths, largestModel = 1e8, batch = 4096, executionLimitMs = Infinity } = settings
  whole(largestModel, 'largestModel', 1)
  whole(batch, 'batch', 1)
  if (executionLimitMs !== Infinity) positive(executionLimitMs, 'executionLimitMs')
  const models = new Set<Model>()
  let closed = false
  const refuseClosed = (): void => {
    if (closed) throw new MarketError('unreachable', 'this runtime is closed; make another with onnxRuntime()')
  }
  return {
    name: 'onnxruntime-web',
    open: async (bytes, declared) => {
      if (!(bytes instanceof Uint8Array)) throw new KindError(`"bytes" expected a Uint8Array, got ${shown(bytes)}`)
      if (bytes.length > largestModel) {
        throw new ValueError(
          `"bytes" expected a model of at most ${largestModel} bytes, got ${bytes.length}; raise "largestModel" if you trust it`,
        )
      }
      refuseClosed()
      const copy = bytes.slice()
      const runtime = await ort(wasmPaths)
      const session = await queued(() => create(runtime, copy))
      const contract = await fitting(session, declared, refuseClosed)
      const model = modelOf(runtime, { session, contract }, declared, { batch, executionLimitMs }, () =>
        models.delete(model),
      )
      models.add(model)
      return model
    },
    close: async () => {
      closed = true
      for (const model of [...models]) await model.close()
    },
  }
}

const create = async (runtime: Ort, bytes: Uint8Array): Promise<InferenceSession> => {
  try {
    return await runtime.InferenceSession.create(bytes, { executionProviders: ['wasm'], logSeverityLevel: 4 })
  } catch (cause) {
    throw openRefusal(cause)
  }
}

/** The contract of a session that may stay; a session that may not, or does not fit, is given free. */
const fitting = async (
  session: InferenceSession,
  declared: Parameters<typeof contractOf>[1],
  mayStay: () => void,
): Promise<Contract> => {
  try {
    mayStay()
    return contractOf(session, declared)
  } catch (error) {
    await queued(() => session.release())
    throw error
  }
}

const modelOf = (
  runtime: Ort,
  { session, contract }: Opened,
  { inputs, output }: { inputs: readonly ModelInput[]; output: ModelOutput },
  { batch, executionLimitMs }: { batch: number; executionLimitMs: number },
  onClose: () => void,
): Model => {
  let open = true
  const width = output.kind === 'real' ? 1 : output.classes.length
  const step = contract.fixedRows ?? batch
  const columns = inputs.map((input) => ({ ...input, missing: 'allowed' as const }))
  return {
    inputs,
    output,
    predict: async (rows, given) => {
      const signal = signalOf(given)
      signal?.throwIfAborted()
      const raw: Matrix = readTable(rows, columns)
      const result = new Float64Array(raw.rows * width)
      const begin = Date.now()
      for (let start = 0; start < raw.rows; start += step) {
        if (!open) throw new MarketError('unreachable', '"model" is closed; open or fetch it again')
        if (Date.now() - begin > executionLimitMs) {
          throw new MarketError(
            'timeout',
            `"model" expected to finish within ${executionLimitMs} ms, it is at row ${start} of ${raw.rows}; raise "executionLimitMs" or leave it out`,
          )
        }
        const end = Math.min(start + step, raw.rows)
        const fed = contract.fixedRows ?? end - start
        const content = feed(raw, start, end, fed, contract.input, inputs)
        await queued(async () => {
          signal?.throwIfAborted()
          const tensor = new runtime.Tensor(contract.input.type, content as never, [fed, contract.input.width])
          const outputs = await run(session, contract, tensor)
          read(outputs, end - start, fed, output, result, start)
          outputs.dispose()
        })
      }
      return { rows: raw.rows, columns: width, data: result }
    },
    close: async () => {
      if (!open) return
      open = false
      onClose()
      await queued(() => session.release())
    },
  }
}

const run = async (session: InferenceSession, { input, output }: Contract, tensor: Tensor): Promise<Tensor> => {
  try {
    return (await session.run({ [input.name]: tensor }, [output]))[output] as Tensor
  } catch (cause) {
    throw runRefusal(cause)
  }
}
