import { ValueError } from '../../base/error.js'
import type { ModelInput, ModelOutput } from '../model.js'
import type { Fitted } from './cross-validation.js'

/** What the bytes of a saved model begin with. */
export const heading = '{"format":"learnware model","version":1,'

/** The largest number of a saved model: products and sums of such stay finite. */
export const largest = 1e150

/**
 * A fitted model as bytes: one object of JSON, so that opening it runs nothing.
 * @throws RangeError where it holds numbers beyond 1e150.
 */
export const saved = (
  { inputs, output }: { readonly inputs: readonly ModelInput[]; readonly output: ModelOutput },
  { state }: Pick<Fitted, 'state'>,
): Uint8Array => {
  const text = JSON.stringify({ inputs, output, ...state() }, (_, value) => {
    // JSON has no −Infinity, the intercept of a class that was never seen.
    if (ArrayBuffer.isView(value))
      return Array.from(value as Float64Array, (each) => (each === -Infinity ? null : each))
    if (typeof value === 'number' && !(Math.abs(value) <= largest)) {
      throw new ValueError(
        `"model" expected numbers of at most ${largest} to save, got ${value}; scale its columns and labels and fit it anew`,
      )
    }
    return value
  })
  return new TextEncoder().encode(heading + text.slice(1))
}
