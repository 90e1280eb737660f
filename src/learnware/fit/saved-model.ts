import { ValueError } from '../../base/error.js'
import type { ModelInput, ModelOutput } from '../model.js'
import type { Fitted } from './cross-validation.js'

/** What the bytes of a saved model begin with. */
export const heading = '{"format":"learnware model","version":1,'

/** A fitted model as bytes: one object of JSON, so that opening it runs nothing. */
export const saved = (
  { inputs, output }: { readonly inputs: readonly ModelInput[]; readonly output: ModelOutput },
  { state }: Pick<Fitted, 'state'>,
): Uint8Array => {
  const text = JSON.stringify({ inputs, output, ...state() }, (_, value) =>
    ArrayBuffer.isView(value) ? Array.from(value as Float64Array, written) : value,
  )
  return new TextEncoder().encode(heading + text.slice(1))
}

/** JSON has no −Infinity, the intercept of a class that was never seen. */
const written = (value: number): number | null => {
  if (value === -Infinity) return null
  if (!Number.isFinite(value))
    throw new ValueError(`"model" expected finite numbers to save, got ${value}; fit it anew`)
  return value
}
