import { options } from '../../base/check.js'
import { KindError, shown } from '../../base/error.js'
import type { Runtime } from '../model.js'
import { isSaved, opened } from './opened-model.js'

/** What {@link builtInRuntime} takes. */
export interface BuiltInRuntimeOptions {
  /** Opens bytes that are no saved model, such as `onnxRuntime()`. Without it they are refused. */
  readonly otherwise?: Runtime
}

/**
 * Opens models that `fitOwn` fitted and `save` made bytes of: a learnware without onnxruntime. The bytes are JSON, of which
 * every number is looked at and nothing is run; predictions are those of the model that was saved, to the bit, and it can
 * be fine-tuned further.
 */
export const builtInRuntime = (settings: BuiltInRuntimeOptions = {}): Runtime => {
  options(settings, 'options', ['otherwise'])
  const { otherwise } = settings
  if (otherwise !== undefined && typeof otherwise?.open !== 'function') {
    throw new KindError(`"otherwise" expected a runtime, got ${shown(otherwise)}; give onnxRuntime() or leave it out`)
  }
  return {
    name: otherwise ? `built-in, ${otherwise.name}` : 'built-in',
    open: async (bytes, declared) =>
      otherwise && bytes instanceof Uint8Array && !isSaved(bytes)
        ? otherwise.open(bytes, declared)
        : opened(bytes, declared),
    close: async () => otherwise?.close?.(),
  }
}
